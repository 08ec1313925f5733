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

t.test('percpu_kaddr', async (t) => {
  const DISTANCES = 0xffff_ffff_8261_0000n;
  const VARIABLE = 0x3_5000n;
  const distances = Buffer.alloc(16);
  distances.writeBigUInt64LE(0xffff_8881_0000_0000n, 0);
  distances.writeBigUInt64LE(0xffff_8881_0010_0000n, 8);
  const cpus = Buffer.alloc(0x10_0008);
  cpus.writeBigUInt64LE(40n, 0);
  cpus.writeBigUInt64LE(41n, 0x10_0000);
  const rows: [expression: string, cpu: number, want: string][] = [
    ['percpu_kaddr("runqueues")', 1, String(0xffff_8881_0010_0000n + VARIABLE)],
    ['*percpu_kaddr("runqueues")', 0, '40'],
    ['*percpu_kaddr("runqueues")', 1, '41'],
    ['*(uint64*)percpu_kaddr("runqueues", 1)', 0, '41'],
    ['percpu_kaddr("runqueues", 64)', 0, '0'],
    ['percpu_kaddr("runqueues", -1)', 0, '0'],
    ['percpu_kaddr("runqueues", arg0) == percpu_kaddr("runqueues")', 1, 'false'],
    ['percpu_kaddr("runqueues", cpu) == percpu_kaddr("runqueues")', 1, 'true'],
  ];
  for (const [expression, cpu, want] of rows) {
    const { stdout, stderr } = runInSim(`kprobe:vfs_read { print(${expression}); }`, {
      target: new FixtureTarget({ btf: false, symbols: { vfs_read: 1n, runqueues: VARIABLE, __per_cpu_offset: DISTANCES } }),
      fire: [{ cpu, context: Buffer.alloc(168) }],
      environment: { memory: [{ address: DISTANCES, bytes: distances, space: 'kernel' }, { address: 0xffff_8881_0000_0000n + VARIABLE, bytes: cpus, space: 'kernel' }] },
    });
    t.equal(stdout.trim() || stderr, want, expression);
  }
});
