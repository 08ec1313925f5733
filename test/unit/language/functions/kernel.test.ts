// kfunc_exist and kfunc_allowed: questions that are answered while compiling, of the machine and of the kind of program.

import t from 'tap';
import { FixtureTarget } from '../../../helpers/fixture-target.js';
import { outputOf, runInSim } from '../../../helpers/sim-session.js';

process.env.TBPF_CHECK = '1';

const target = new FixtureTarget({ lacks: ['kfunc:bpf_none', 'kfunc:bpf_some:raw_tracepoint'] });
const answers = (script: string): string => outputOf(script, { target }).trim();

t.test('answers', async (t) => {
  t.equal(answers('begin { print(kfunc_exist("bpf_some")); print(kfunc_exist("bpf_none")); }'), 'true\nfalse');
  t.equal(answers('begin { print(kfunc_allowed("bpf_some")); print(kfunc_allowed("bpf_other")); }'), 'false\ntrue');
  const { stdout } = runInSim('tracepoint:sched:sched_switch { print(kfunc_allowed("bpf_some")); }', { target, fire: [{ context: Buffer.alloc(128) }] });
  t.equal(stdout.trim(), 'true');
});

t.test('what a condition on them leaves out is not compiled', async (t) => {
  t.equal(answers('begin { if (kfunc_exist("bpf_none")) { fail("wrong"); } else { print("without"); } }'), 'without');
  t.equal(answers('begin { if (kfunc_exist("bpf_some") && !kfunc_allowed("bpf_some")) { print("it is not for begin"); } else { fail("wrong"); } }'), 'it is not for begin');
  t.equal(answers('macro has(name) { kfunc_exist(name) } begin { print(has("bpf_none")); $x = kfunc_exist("bpf_some") ? 1 : 2; @[kfunc_exist("bpf_none")] = $x; }'), 'false\n@[false]: 1');
});
