// signal and signal_thread in the simulator: which number reaches whom, and what is said of numbers that are none.

import t from 'tap';
import { signalNumber } from '../../../../lib/language/signals.js';
import { runInSim } from '../../../helpers/sim-session.js';

process.env.TBPF_CHECK = '1';

const fire = [{ probe: 'tracepoint:sched:sched_switch', task: { pid: 12, tgid: 11 }, context: Buffer.alloc(128) }];
const rows: [statement: string, sent: string][] = [
  ['signal("KILL");', 'process 9'],
  ['signal("sigkill");', 'process 9'],
  ['signal("SigTerm");', 'process 15'],
  ['signal("STOP"); signal("SEGV"); signal("sys");', 'process 19, process 11, process 31'],
  ['signal(1); signal(64);', 'process 1, process 64'],
  ['signal_thread("USR1");', 'thread 10'],
  ['$n = 10; signal($n); $n += 2; signal_thread($n);', 'process 10, thread 12'],
  ['signal(tid);', 'process 12'],
  ['$n = (uint8)2; signal($n);', 'process 2'],
  ['for $i : 1..4 { signal($i); }', 'process 1, process 2, process 3'],
  ['if (pid == 1) { signal("KILL"); }', ''],
  ['@n = 3; signal(@n); @x = count(); @x = count(); signal(@x);', 'process 3, process 2'],
  ['$t = (1, 15); signal($t.1);', 'process 15'],
];

for (const [statement, sent] of rows) {
  t.test(statement, async (t) => {
    const { machine, stderr, diagnostics } = runInSim(`tracepoint:sched:sched_switch { ${statement} }`, { fire, unsafe: true });
    t.same(diagnostics, []);
    t.equal(stderr, '');
    t.equal(machine?.signals.map(({ scope, signal }) => `${scope} ${signal}`).join(', '), sent);
    for (const { pid, tgid } of machine!.signals) t.same([pid, tgid], [12, 11]);
  });
}

t.test('numbers that are no signals', async (t) => {
  const script = 'tracepoint:sched:sched_switch { $n = (int64)65; signal($n); $n = 0; signal($n); $n = -1; signal_thread($n); $u = (uint64)-1; signal($u); }';
  const { machine, stderr } = runInSim(script, { fire, unsafe: true });
  t.same(machine!.signals, []);
  const [places, texts] = [0, 1].map((i) => stderr.trim().split('\n').map((line) => line.split(': ERROR: ')[i]));
  t.same(texts, [65, 0, -1, -1].map((n, i) => `signal${i === 2 ? '_thread' : ''}() expects an integer between 1 and 64 (inclusive). Got ${n}`));
  t.equal(places[0], 'stdin:1:49-59');
});

t.test('a signal that the kernel refuses is a warning', async (t) => {
  // the simulator's init is as protected as the kernel's
  const { machine, stderr } = runInSim('tracepoint:sched:sched_switch { signal("KILL"); signal_thread(3); }', { fire: [{ ...fire[0]!, task: { pid: 1, tgid: 1 } }], unsafe: true });
  t.same(machine!.signals, []);
  t.equal(stderr, 'stdin:1:33-47: WARNING: signal call failed with error -1\nstdin:1:49-65: WARNING: signal_thread call failed with error -1\n');
});

t.test('names', async (t) => {
  t.equal(signalNumber('toString'), undefined);
  t.equal(signalNumber('SIGSIGKILL'), undefined);
  for (const [name, number] of Object.entries({ STKFLT: 16, IOT: 6, CLD: 17, IO: 29, POLL: 29, PROF: 27, PWR: 30 })) t.equal(signalNumber(name), number, name);
  for (const name of ('ABRT ALRM BUS CHLD CONT FPE HUP ILL INT KILL PIPE POLL QUIT SEGV STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ').split(' ')) {
    const { constants } = await import('node:os');
    t.equal(signalNumber(name), (constants.signals as Record<string, number>)[`SIG${name}`], name);
  }
});
