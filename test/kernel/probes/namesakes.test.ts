// Functions of one name: static ones of several sources, versions of a library's function; and names that are no function of the file.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { listProbes, probeArguments } from '../../../lib/runtime/discover/list/list.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { lacking } from './machines.js';
import { nothingLeft, tellWrong } from './tables.js';
import { mapLines } from './worker.js';

const files = {
  'a.c': `
#include <stdio.h>
static volatile long sink;
struct shape { int side; };
static __attribute__((noinline)) int dup(int first) { sink = first; return -first; }
static __attribute__((noinline)) int same(int x) { sink = x; return -1; }
static __attribute__((noinline)) struct shape *made(int x) { static struct shape s; s.side = x; return &s; }
static __attribute__((noinline)) int apart(int x) { sink = x; return -1; }
static int counter = 3;
int named = 4;
void b(void); void c(void);
int main(void) { dup(1); dup(2); b(); c(); same(1); made(5); apart(1); counter++; puts("x"); return counter & named & 0; }
`,
  'b.c': `
static volatile long sink;
struct shape { int side; };
static __attribute__((noinline)) long dup(long second, char third) { sink = second; asm volatile("nop"); return -second - third; }
static __attribute__((noinline)) int same(int x) { sink = x; asm volatile("nop; nop"); return -2; }
static __attribute__((noinline)) struct shape *made(int x) { static struct shape s; sink = x; s.side = x + 1; return &s; }
static __attribute__((noinline)) long apart(int x) { sink = x; return -1L << 40; }
static int counter = 3;
static int named = 5;
void b(void) { dup(3, 4); same(2); same(2); made(6); apart(2); counter += named; }
`,
  'c.c': `
static volatile double sink;
static __attribute__((noinline)) double dup(double d) { sink = d; return d; }
void c(void) { dup(3); }
`,
};

function build(t: Test, sources: Readonly<Record<string, string>>, ...options: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-namesakes-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text);
  execFileSync('gcc', ['-w', '-o', 'program', ...options, ...Object.keys(sources).filter((name) => name.endsWith('.c'))], { cwd: folder });
  return join(folder, 'program');
}

/** What a script's maps hold after a run of a program. */
async function counted(t: Test, path: string, script: string, machine = runningMachine()): Promise<readonly string[]> {
  const { stdout, stderr } = await runLive(script, { during: async () => void execFileSync(path), target: machine });
  t.match(stderr, /^Attached \d+ probes?\n$/);
  return mapLines(stdout);
}

t.test('static functions of one name', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  const path = build(t, files, '-O0', '-g');
  const at = (f: string): string => `uprobe:${path}:${f}`;
  const back = (f: string): string => `uretprobe:${path}:${f}`;
  const rows: readonly (readonly [title: string, script: string, expected: readonly string[]])[] = [
    ['all are probed', `${at('dup')} { @ = count(); }`, ['@: 4']],
    ['their returns', `${back('dup')} { @ = count(); }`, ['@: 4']],
    ['by a wildcard', `${at('du*')} { @[probe] = count(); }`, [`@[uprobe:${path}:dup]: 4`]],
    ['in alternatives', `${at('dup|same')} { @[probe] = count(); }`, [`@[uprobe:${path}:dup]: 4`, `@[uprobe:${path}:same]: 3`]],
    ['func is one of them', `${at('same')} { @[probe, func] = count(); }`, [`@[uprobe:${path}:same, same]: 1`, `@[uprobe:${path}:same, same]: 2`]],
    ['behind their starts', `${at('dup')}+4 { @ = count(); }`, ['@: 4']],
    ['arguments that agree', `${at('same')} { @[args.x] = count(); }`, ['@[1]: 1', '@[2]: 2']],
    ['results that agree', `${back('same')} { @[retval] = count(); }`, ['@[-1]: 1', '@[-2]: 2']],
    ['results that differ, each by its type', `${back('apart')} { @ = sum(retval); }`, [`@: ${-1n - (1n << 40n)}`]],
    ['results that are pointers to one type of two sources', `${back('made')} { @[retval->side] = count(); }`, ['@[5]: 1', '@[7]: 1']],
    ['a pattern whose results agree', `${back('s*e')} { @[retval] = count(); }`, ['@[-1]: 1', '@[-2]: 2']],
    ['a pattern whose results are pointers to one type', `${back('m*de')} { @[retval->side] = count(); }`, ['@[5]: 1', '@[7]: 1']],
    ['the variable that other files see', `${at('same')} { @ = *uaddr("named"); }`, ['@: 4']],
  ];
  const machines = [['one link for all', runningMachine()], ['one link each', lacking('uprobe_multi')]] as const;
  for (const [way, machine] of machines) {
    if (way === 'one link for all' && !machine.has('uprobe_multi')) continue;
    for (const [title, script, expected] of rows) await t.test(`${title}: ${way}`, async (t) => t.strictSame(await counted(t, path, script, machine), expected));
  }

  const [, second, third] = runningMachine().binary(path)!.findFunctions('dup').map(({ address }) => `0x${address.toString(16)}`);
  tellWrong(t, [
    [`${at('dup')} { @ = args.first; }`, ...[second, third].map((address) => `Struct/union of type 'struct uprobe:${path}:dup_args at ${address!}' does not contain a field named 'first'`)],
    [`${at('same')} { print(uaddr("counter")); }`, `${path} has 2 symbols called counter`],
    [`${back('dup')} { print(retval); }`, `retval of uretprobe:${path}:dup cannot be read: it is a floating-point number, which no register that programs can read holds`],
    [`${at('puts')} { }`, `No matches for uprobe ${path}:puts.`],
    [`${at('puts@plt')} { }`, `No matches for uprobe ${path}:puts@plt.`],
  ]);
  t.match(compile(new Source('stdin', `${at('dup')}+3000 { }`), runningMachine()).diagnostics.map(({ message }) => message), [/^Offset outside the function bounds \('dup' at 0x[0-9a-f]+ size is \d+\)$/]);

  t.strictSame([...listProbes(runningMachine(), `${at('dup')},${at('same')}`, { verbose: true })], [
    at('dup'), '    // 3 functions of this name', '    int first or long int second or double d', '    char third', at('same'), '    // 2 functions of this name', '    int x',
  ]);
  t.strictSame(probeArguments(runningMachine(), at('same'), {}), ['int x']);
});

const versions = {
  'lib.c': `
static volatile int sink;
int old_f(int a) { sink = a; return a; } int new_f(int a) { sink = a; return a + 1; } int plain(int a) { sink = a; return a; }
__asm__(".symver old_f,f@V1"); __asm__(".symver new_f,f@@V2");
static int fast(int a) { sink = a; return a; }
static int (*choose(void))(int) { return fast; }
int chosen(int a) __attribute__((ifunc("choose")));
`,
  'lib.map': 'V1 { global: f; plain; chosen; local: *; }; V2 { global: f; } V1;',
  'old.c': 'int f_old(int); __asm__(".symver f_old,f@V1"); int f(int); int chosen(int); int main(void) { f_old(1); f_old(2); f(3); chosen(4); chosen(5); return 0; }',
};

t.test('versions of a function, and one that is chosen at run time', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  for (const strip of [false, true]) {
    await t.test(strip ? 'without .symtab' : 'with .symtab', async (t) => {
      const library = build(t, { 'lib.c': versions['lib.c'], 'lib.map': versions['lib.map'] }, '-shared', '-fPIC', '-Wl,--version-script=lib.map', '-Wl,-soname,libversions.so');
      const folder = join(library, '..');
      execFileSync('mv', [library, join(folder, 'libversions.so')]);
      const path = join(folder, 'libversions.so');
      if (strip) execFileSync('strip', [path]);
      writeFileSync(join(folder, 'old.c'), versions['old.c']);
      execFileSync('gcc', ['-w', '-o', 'user', 'old.c', './libversions.so', `-Wl,-rpath,${folder}`], { cwd: folder });
      const user = join(folder, 'user');
      const rows: readonly (readonly [script: string, expected: readonly string[]])[] = [
        [`uprobe:${path}:f { @[arg0] = count(); }`, ['@[1]: 1', '@[2]: 1', '@[3]: 1']],
        [`uprobe:${path}:f@V1 { @[probe, arg0] = count(); }`, [`@[uprobe:${path}:f@V1, 1]: 1`, `@[uprobe:${path}:f@V1, 2]: 1`]],
        [`uprobe:${path}:f@@V2 { @[arg0] = count(); }`, ['@[3]: 1']],
        [`uprobe:${path}:"f@V2" { @[arg0] = count(); }`, ['@[3]: 1']],
        [`uretprobe:${path}:f@V2 { @[retval] = count(); }`, ['@[4]: 1']],
        [`uprobe:${path}:"f@*" { @[probe] = count(); }`, [`@[uprobe:${path}:f@V1]: 2`, `@[uprobe:${path}:f@V2]: 1`]],
        ...(strip ? [] : [[`uprobe:${path}:fast { @[arg0] = count(); }`, ['@[4]: 1', '@[5]: 1']] as const]),
      ];
      for (const [script, expected] of rows) await t.test(script.slice(script.lastIndexOf('/')), async (t) => t.strictSame(await counted(t, user, script), expected));
      const chooser = `chosen of ${path} is no function that programs call: it chooses one when a program starts (IFUNC), and a probe on it would count the choices`;
      tellWrong(t, [
        [`uprobe:${path}:chosen { }`, chooser], [`uretprobe:${path}:chosen { }`, chooser], [`uprobe:${path}:f@V3 { }`, `No matches for uprobe ${path}:f@V3.`], [`uprobe:${path}:f@ { }`, `No matches for uprobe ${path}:f@.`],
      ]);
      t.notMatch([...listProbes(runningMachine(), `uprobe:${path}:*`, {})].join('\n'), /:chosen$/m);
      tellWrong(t, [[`uprobe:${path}:chos*n { }`, nothingLeft]]);
    });
  }
});
