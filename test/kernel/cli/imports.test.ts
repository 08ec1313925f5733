// Imports of BPF objects and of BPF C: linked, loaded, called.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bpfObject } from '../../helpers/bpf-object.js';
import { Running, command } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

t.test('an object', async (t) => {
  if (!needs(t, 'root')) return;
  const folder = t.testdir({
    'main.bt': `import "math.bpf.o";
fn both($n : int32) : int64 { return scaled($n) + joined(100, 5); }
begin { print(scaled(14)); print(scaled(-5)); print(joined(-1, 255)); print(both(2)); for $i : 0..3 { @[scaled($i)] = count(); } printf("%d %s\\n", scaled(1), comm == "" ? "no" : "yes"); }
end { print(joined(1, 2)); }`,
  });
  writeFileSync(join(folder, 'math.bpf.o'), bpfObject());
  const { stdout, stderr, status } = await new Running(['-q', join(folder, 'main.bt')]).ended;
  t.equal(stdout.trim(), '42\n-15\n254\n111\n3 yes\n3\n\n\n@[0]: 1\n@[3]: 1\n@[6]: 1');
  t.same([stderr, status], ['', 0]);
});

t.test('a folder with an object in it, and a function of the script by the same name', async (t) => {
  if (!needs(t, 'root')) return;
  const folder = t.testdir({
    both: { 'more.bt': 'macro twice(x) { x + x }' }, 'folder.bt': 'import "both"; begin { print(scaled(twice(7))); }',
    'own.bt': 'import "both"; fn scaled($x : int32) : int32 { return $x; } begin { print(scaled(7)); }',
  });
  writeFileSync(join(folder, 'both/math.bpf.o'), bpfObject());
  for (const [script, printed] of [['folder.bt', '42'], ['own.bt', '7']] as const) {
    const { stdout, stderr, status } = await new Running(['-q', join(folder, script)]).ended;
    t.same([stdout.trim(), stderr, status], [printed, '', 0], script);
  }
});

const c = `#define SEC(name) __attribute__((section(name), used))
static __attribute__((noinline)) int hidden(int x) { return x * 2; }
const volatile int factor = 5;
int scaled(int x) { return hidden(x) * factor; }
SEC("raw_tp") int unused(void *ctx) { return 0; }
char _license[] SEC("license") = "GPL";
`;

t.test('BPF C', async (t) => {
  if (!needs(t, 'root', 'clang')) return;
  const folder = t.testdir({ 'math.bpf.c': c, 'main.bt': 'import "math.bpf.c"; begin { print(scaled(4)); print(elapsed > 0); }', 'wrong.bpf.c': 'int f(int x) { return y; }', 'wrong.bt': 'import "wrong.bpf.c"; begin { print(f(1)); }' });
  const fine = await new Running(['-q', join(folder, 'main.bt')]).ended;
  t.same([fine.stdout.trim(), fine.stderr, fine.status], ['40\ntrue', '', 0]);
  const wrong = await new Running(['-q', join(folder, 'wrong.bt')]).ended;
  t.match(wrong.stderr, /clang cannot compile .*wrong\.bpf\.c: .*undeclared identifier 'y'/);
  t.equal(wrong.status, 1);
});

t.test('BPF C without clang', async (t) => {
  const folder = t.testdir({ 'math.bpf.c': c, 'main.bt': 'import "math.bpf.c"; begin { print(scaled(4)); }' });
  if (!needs(t, 'root')) return;
  const { stderr, status } = await new Running([`PATH=${folder}`, process.execPath, command, join(folder, 'main.bt')], { program: 'env' }).ended;
  t.match(stderr, /BPF C cannot be imported: .*math\.bpf\.c needs clang, which is not installed\n[^]*HINT: Install it, or compile the file elsewhere and import the \.bpf\.o\. .*clang /);
  t.equal(status, 1);
});
