// Watchpoints on the running machine: memory of the kernel that changes by itself, and of one process.

import t from 'tap';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { CProgram } from './program.js';
import { fireTogether, tellWrong, type Row } from './tables.js';

t.test('memory of the kernel', async (t) => {
  if (!needs(t, 'root', 'watchpoint', 'debug_registers')) return;
  const address = runningMachine().kernelSymbol('jiffies_64') ?? runningMachine().kernelSymbol('jiffies');
  if (address === undefined) return t.plan(0, 'the address of jiffies is not known here');
  const { stdout, stderr } = await runLive(`watchpoint:0x${address.toString(16)}:8:w { @[probe] = count(); @s[kstack(2)] = count(); if (@n++ > 5) { exit(); } } interval:s:20 { exit(); }`);
  t.match(stdout, new RegExp(`^@\\[watchpoint:${address}:8:w\\]: [1-9]`, 'm'), stderr);
  t.match(stdout, /@s\[\n {8}\w+/);
});

t.test('memory of a process', async (t) => {
  if (!needs(t, 'root', 'watchpoint', 'gcc', 'debug_registers')) return;
  const program = new CProgram();
  t.teardown(() => program.close());
  const { tenfold, watched, bytes } = await program.places();
  const { pid, work } = program;
  const ip = runningMachine().arch === 'x86_64' ? 'ip' : 'pc';

  // a processor has four of them: each session takes one or two. Virtual ones are seen to miss or repeat a trap in a thousand
  const sessions: Row[][] = [
    [['writes', `watchpoint:${watched}:8:w { @written[probe, pid, tid, comm] = count(); @where[ustack(1)] = count(); @ip[reg("${ip}") > 0 ? "known" : "unknown"] = count(); }`, [`@written[watchpoint:${watched}:8:w, ${pid}, ${pid}, watched]: 7`]]],
    [['reads and writes', `watchpoint:${watched}:8:rw { @both[probe] = count(); }`, [`@both[watchpoint:${watched}:8:rw]: 14`]]],
    [['letters in any order, an address in hexadecimal', `watchpoint:0x${watched.toString(16)}:4:wr { @letters[probe] = count(); }`, [`@letters[watchpoint:${watched}:4:rw]: 14`]],
      ['execution', `watchpoint:${tenfold}:8:x { @executed[probe] = count(); }`, [`@executed[watchpoint:${tenfold}:8:x]: 7`]]],
    [['where it was', `watchpoint:${watched}:8:w { @stack[ustack(1)] = count(); }`, /^@stack\[\n {8}main\+\d+\n\]: 7$/m],
      ['where it was called', `watchpoint:${tenfold}:8:x { @called[ustack(1), reg("${ip}")] = count(); }`, new RegExp(`^@called\\[\\n {8}tenfold\\+0\\n, ${tenfold}\\]: 7$`, 'm')]],
    [['one byte', `watchpoint:${bytes + 3n}:1:w { @one[probe] = count(); }`, [`@one[watchpoint:${bytes + 3n}:1:w]: 1`]],
      ['two bytes', `w:${bytes + 2n}:2:w { @two[probe] = count(); }`, [`@two[watchpoint:${bytes + 2n}:2:w]: 2`]]],
    [['four bytes', `here=watchpoint:${bytes + 4n}:4:w { @four[probe] = count(); }`, ['@four[here]: 4']],
      ['eight bytes', `WATCHPOINT:${bytes}:8:w { @eight[probe] = count(); }`, [`@eight[watchpoint:${bytes}:8:w]: 8`]]],
  ];
  const twice: Row[] = [['two blocks for one place', `watchpoint:${bytes}:8:w { @blocks++; } watchpoint:${bytes}:8:w { @blocks += 100; }`, ['@blocks: 808']]];
  for (const rows of sessions) {
    await t.test(rows.map(([title]) => title).join('; '), (t) => fireTogether(t, rows, { pid, during: work, tries: 4 }));
  }

  const emulated = process.env['TBPF_GUEST'] ? 'QEMU tells of one of the debug registers that hold the same address' : false;
  await t.test('two blocks for one place', { skip: emulated }, (t) => fireTogether(t, twice, { pid, during: work, tries: 4 }));

  await t.test('of another process it says nothing', async (t) => {
    const { stdout, stderr } = await runLive(`watchpoint:${watched}:8:w { @ = count(); }`, { pid: process.pid, during: work });
    t.equal(stdout, '\n\n');
    t.equal(stderr, 'Attached 1 probe\n');
  });
});

t.test('what is wrong is told', async (t) => {
  tellWrong(t, [
    ['watchpoint { }', 'watchpoint probe type requires 3 arguments, found 0'],
    ['watchpoint:0x1000 { }', 'watchpoint probe type requires 3 arguments, found 1'],
    ['watchpoint:0x1000:8 { }', 'watchpoint probe type requires 3 arguments, found 2'],
    ['watchpoint:0x1000:8:w:x { }', 'watchpoint probe type requires 3 arguments, found 4'],
    ['watchpoint:0:8:w { }', 'watchpoint must be attached to a non-zero address'],
    ...['0', '3', '16', '-8', 'x', '*'].map((length): [string, string] => [`watchpoint:0x1000:${length}:w { }`, 'watchpoint length must be one of (1,2,4,8)']),
    ...['', 'q', 'W', '*', 'rwq'].map((mode): [string, string] => [`watchpoint:0x1000:8:${mode} { }`, 'watchpoint mode must be combination of (r,w,x)']),
    ...['ww', 'rwr'].map((mode): [string, string] => [`watchpoint:0x1000:8:${mode} { }`, 'watchpoint modes may not be duplicated']),
    ['watchpoint:0x1000:8:rx { }', 'invalid watchpoint mode: rx'],
    ['watchpoint:0x1000:8:rwx { }', 'invalid watchpoint mode: rwx'],
    ['asyncwatchpoint:0x1000:8:w { }', 'Invalid probe type: asyncwatchpoint'],
    ['watchpoint:0x1000:8:w { @ = args.x; }', 'The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and uprobe probes (watchpoint used here)'],
    ['watchpoint:0x1000:8:w { @ = arg0; }', "The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes"],
    ['watchpoint:0x1000:8:w { @ = func; }', "The func builtin can not be used with 'watchpoint' probes"],
  ]);
  if (runningMachine().arch === 'x86_64') tellWrong(t, [['watchpoint:0x1000:8:r { }', 'invalid watchpoint mode: r']]);
});

t.test('no watchpoint can be at an odd address', async (t) => {
  if (!needs(t, 'root', 'watchpoint')) return;
  const { stderr, status } = await runLive('watchpoint:0x10000001:8:w { }');
  t.match(stderr, /^ERROR: Unable to attach probe: watchpoint:268435457:8:w$/m);
  t.equal(status, 255);
});
