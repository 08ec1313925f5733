// Every kind of expression in every position is answered: with a program that runs in the simulator, or with errors.
// TBPF_POSITIONS=from-to tries other seeds.

import t from 'tap';
import { scriptsOf, wrongAnswer } from './answers.js';

process.env['TBPF_CHECK'] = '1';

const RANDOM = 300;
const [from = 1, to = from] = (process.env['TBPF_POSITIONS'] ?? '1').split('-').map(Number);

/** Had wrong answers once, for probes that the tests of the language do not have. */
const found: readonly (readonly [probe: string, body: string])[] = [
  ['kretprobe:vfs_read', '$b = true; @v[1] = if ($b) { ctx } else { ctx }; @w = @v[1]; print(@w); print((uint64)ctx * 2);'],
  ['kprobe:vfs_read', '$v = ctx; { print($v); } @v = $v; @k[$v] = $v; print(ctx == $v); print(*(uint64 *)ctx);'],
  ['kprobe:vfs_read', '$a = (int32[2])0x100000002; $v = (int32 **)$a; { print($v); } @v = $v; @k[$v] = $v;'],
  ['uretprobe:/bin/app:main', 'return { return; 1 };'],
  ['fentry:vfs_read', '$b = true; if ($b) { return ~{ return; 1 }; } print(1);'],
];
for (const [probe, body] of found) {
  const text = `${probe} { ${body} }`;
  t.test(text, async (t) => t.equal(wrongAnswer({ text, probe }, 1), undefined));
}

t.test('every kind of expression in every position', async (t) => {
  for (let seed = from; seed <= to; seed++) {
    const scripts = scriptsOf(seed, RANDOM);
    for (const script of scripts) {
      const wrong = wrongAnswer(script, seed);
      if (wrong !== undefined) t.fail(`seed ${seed}: ${wrong}\n${script.text}`);
    }
    t.pass(`${scripts.length} scripts`);
  }
});
