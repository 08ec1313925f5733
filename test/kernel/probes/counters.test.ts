// software and hardware counters on the running kernel: every name, counts, builtins, what is wrong.

import t from 'tap';
import { runLive } from '../../helpers/live-run.js';
import { lacking, needs } from '../../helpers/needs.js';
import { tellWrong } from './tables.js';
import { mapLines, spinner, Worker } from './worker.js';

/** Touches a thousand pages and sleeps thirty times. */
const busy = 'my @pages = map { "x" x 5000 } 1 .. 1000; select undef, undef, undef, 0.001 for 1 .. 30;';

const counts: [written: string, probe: string][] = [
  ['software:page-faults:1', 'software:page-faults:1'],
  ['software:faults:7', 'software:faults:7'],
  ['s:page-faults:8', 'software:page-faults:8'],
  ['SOFTWARE:page-faults:9', 'software:page-faults:9'],
  ['software:page-faults', 'software:page-faults:100'],
  ['software:faults:', 'software:faults:100'],
  ['software:minor-faults', 'software:minor-faults:100'],
  ['software:minor-faults:0x10', 'software:minor-faults:16'],
  ['software:context-switches:1', 'software:context-switches:1'],
  ['software:cs:1e1', 'software:cs:10'],
  ['here=software:cs:5', 'here'],
];

t.test('software counters of one process', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const [worker, other] = [new Worker(busy), new Worker(busy)];
  await Promise.all([worker.ready, other.ready]);
  const script = counts.map(([written]) => `${written} { @n[probe] = count(); @who[pid, tid, comm] = count(); @at[reg("ip") != 0 ? "known" : "unknown"] = count(); }`).join('\n');
  const { stdout, stderr } = await runLive(`${script} software:faults:3 { @stack[ustack(1)] = count(); }`, { pid: worker.pid, during: async () => void (await Promise.all([worker.work(), other.work()])) });
  t.equal(stderr, `Attached ${counts.length + 1} probes\n`);
  const lines = mapLines(stdout);
  const n = new Map(lines.flatMap((line) => (/^@n\[(.*)\]: (\d+)$/.exec(line) ? [[/\[(.*)\]/.exec(line)![1]!, Number(/\d+$/.exec(line)![0])]] : [])) as [string, number][]);
  t.strictSame([...n.keys()].sort(), counts.map(([, probe]) => probe).sort());
  t.ok(n.get('software:context-switches:1')! >= 30, `${n.get('software:context-switches:1')} switches`);
  // the kernel leaves out overflows that come too fast, never adds any
  t.ok(n.get('software:page-faults:1')! > n.get('software:page-faults:100')!, `${n.get('software:page-faults:1')} faults, ${n.get('software:page-faults:100')} hundreds of them`);
  t.strictSame(lines.filter((line) => line.startsWith('@who') || line.startsWith('@at')).map((line) => line.replace(/: \d+$/, '')), ['@at[known]', `@who[${worker.pid}, ${worker.pid}, perl]`]);
  t.match(stdout, /^@stack\[\n {8}\S.*\n\]: \d+$/m);
});

t.test('blocks on one software event fire in source order', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  for (const [title, filter] of [['of one process', ''], ['of all processes', 'pid']] as const) {
    const worker = new Worker(busy);
    await worker.ready;
    const probe = filter ? `software:faults:1 /pid == ${worker.pid}/` : 'software:faults:1';
    const { stdout } = await runLive(`${probe} { @order = 1; } ${probe} { @order = @order * 2; } ${probe} { @order = @order + 3; }`, { ...(filter ? {} : { pid: worker.pid }), during: worker.work });
    t.strictSame(mapLines(stdout), ['@order: 5'], title);
  }
});

const names = ['alignment-faults', 'bpf-output', 'context-switches', 'cs', 'cpu-clock', 'cpu', 'cpu-migrations', 'dummy', 'emulation-faults', 'major-faults', 'minor-faults', 'page-faults', 'faults', 'task-clock'];

t.test('every software counter can be attached to', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const worker = new Worker('');
  await worker.ready;
  const { stderr, status } = await runLive(names.map((name) => `software:${name}:1000000 { }`).join('\n'), { pid: worker.pid, during: worker.work });
  t.equal(status, 0);
  t.equal(stderr, `Attached ${names.length} probes\n`);
});

t.test('the clock of the CPU counts nanoseconds of a process', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const worker = spinner();
  await worker.ready;
  const ended = worker.work();
  const { stdout, status } = await runLive('software:cpu { @[probe, pid] = count(); @n++; if (@n == 5) { exit(); } } interval:s:60 { exit(1); }', { pid: worker.pid });
  worker.process.kill();
  await ended;
  t.equal(status, 0);
  t.match(stdout, new RegExp(`^@\\[software:cpu:1000000, ${worker.pid}\\]: \\d+$`, 'm'));
});

t.test('hardware counters', async (t) => {
  if (!needs(t, 'root', 'hardware')) return;
  const worker = spinner();
  await worker.ready;
  const ended = worker.work();
  const ways: [written: string, probe: string][] = [['hardware:cycles:1e5', 'hardware:cycles:100000'], ['h:cpu-cycles:100001', 'hardware:cpu-cycles:100001'], ['hardware:instructions', 'hardware:instructions:1000000']];
  const script = ways.map(([written]) => `${written} { @fired[probe, pid] = 1; @ip[reg("ip") != 0 ? "known" : "unknown"] = count(); }`).join('\n');
  const { stdout, stderr, status } = await runLive(`${script} interval:ms:5 { if (${ways.map(([, probe]) => `@fired["${probe}", ${worker.pid}] == 1`).join(' && ')}) { exit(); } } interval:s:60 { exit(1); }`, { pid: worker.pid });
  worker.process.kill();
  await ended;
  t.equal(status, 0, stderr);
  t.strictSame(mapLines(stdout).filter((line) => line.startsWith('@fired')), ways.map(([, probe]) => `@fired[${probe}, ${worker.pid}]: 1`).sort());
  t.match(stdout, /^@ip\[known\]: \d+$/m);
});

t.test('a processor without counters', { skip: lacking('hardware') === undefined ? 'this one has them' : false }, async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const { stderr, status } = await runLive('hardware:cycles:1e6 { }');
  t.match(stderr, /^ERROR: Unable to attach probe: hardware:cycles:1000000$/m);
  t.equal(status, 255);
});

t.test('what is wrong is told', async (t) => {
  for (const [kind, name, foreign] of [['software', 'faults', 'cycles'], ['hardware', 'cycles', 'faults']] as const) {
    tellWrong(t, [
      [`${kind} { }`, `${kind} probe type requires 1 or 2 arguments, found 0`],
      [`${kind}:${name}:1:2 { }`, `${kind} probe type requires 1 or 2 arguments, found 3`],
      [`${kind}:nosuch { }`, `nosuch is not a ${kind} probe`],
      [`${kind}:${foreign}:1 { }`, `${foreign} is not a ${kind} probe`],
      [`${kind}:* { }`, `wildcards are not allowed for ${kind} probe type`],
      [`${kind}:${name.slice(0, 3)}*:1 { }`, `wildcards are not allowed for ${kind} probe type`],
      [`${kind}:${name}:x { }`, `${kind} probe can only have an integer count`],
      [`${kind}:${name}:* { }`, `${kind} probe can only have an integer count`],
      [`${kind}:${name}:0 { }`, `${kind} count should be a positive integer`],
      [`${kind}:${name}:-1 { }`, `${kind} count should be a positive integer`],
      [`${kind}:${name} { @ = args.x; }`, `The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and uprobe probes (${kind} used here)`],
      [`${kind}:${name} { @ = arg0; }`, "The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes"],
      [`${kind}:${name} { @ = func; }`, `The func builtin can not be used with '${kind}' probes`],
    ]);
  }
});
