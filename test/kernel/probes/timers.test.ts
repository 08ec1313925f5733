// profile and interval on the running kernel: every way to write a rate, which CPUs and processes they see, what is wrong.
//
//   idea   a script ends itself when what is waited for has happened; a guard ends it when it has not

import t from 'tap';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { runLive } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { tellWrong } from './tables.js';
import { mapLines, spinner, Worker } from './worker.js';

const guard = 'interval:s:60 { exit(1); }';

const rates: [written: string, probe: string][] = [
  ['interval:us:2000', 'interval:us:2000'],
  ['interval:ms:3', 'interval:ms:3'],
  ['interval:s:1', 'interval:s:1'],
  ['interval:hz:200', 'interval:hz:200'],
  ['interval:4ms', 'interval:us:4000'],
  ['interval:5000us', 'interval:us:5000'],
  ['interval:6000000', 'interval:us:6000'],
  ['interval:7000000ns', 'interval:us:7000'],
  ['interval:us:1e4', 'interval:us:10000'],
  ['i:ms:8', 'interval:ms:8'],
  ['INTERVAL:ms:9', 'interval:ms:9'],
  ['here=interval:ms:11', 'here'],
];

t.test('rates of interval', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  // all run on the first CPU, one after the other: no update is lost
  const script = rates.map(([written]) => `${written} { if (@fired[probe] == 0) { @fired[probe] = 1; @kinds++; if (@kinds == ${rates.length}) { exit(); } } }`).join('\n');
  const { stdout, status } = await runLive(`${script} ${guard}`);
  t.equal(status, 0);
  t.strictSame(mapLines(stdout), [...rates.map(([, probe]) => `@fired[${probe}]: 1`), `@kinds: ${rates.length}`].sort());
});

t.test('rates of profile', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const written = rates.filter(([rate]) => /^interval:(?!s)/.test(rate)).map(([rate, probe]) => [rate, probe].map((text) => text.replace('interval', 'profile')) as [string, string]);
  const ways: [written: string, probe: string][] = [...written, ['p:ms:8', 'profile:ms:8'], ['PROFILE:hz:97', 'profile:hz:97'], ['here=profile:ms:11', 'here']];
  const script = ways.map(([rate]) => `${rate} { @fired[probe] = 1; }`).join('\n');
  const { stdout, status } = await runLive(`${script} interval:ms:5 { if (${ways.map(([, probe]) => `@fired["${probe}"] == 1`).join(' && ')}) { exit(); } } ${guard}`);
  t.equal(status, 0);
  t.strictSame(mapLines(stdout), ways.map(([, probe]) => `@fired[${probe}]: 1`).sort());
});

t.test('interval fires on one CPU, profile on all', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const cpus = loadNative().onlineCpus();
  const { stdout, status } = await runLive(`interval:ms:1 { @one[cpu] = 1; @n++; } profile:hz:97 { @all[cpu] = 1; } interval:ms:5 { if (@n >= 5 && ${cpus.map((cpu) => `@all[${cpu}] == 1`).join(' && ')}) { exit(); } } ${guard}`);
  t.equal(status, 0);
  t.strictSame(mapLines(stdout).filter((line) => !line.startsWith('@n')), [...cpus.map((cpu) => `@all[${cpu}]: 1`), `@one[${cpus[0]}]: 1`].sort());
});

t.test('time goes on between them', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const { stdout, status } = await runLive(`interval:ms:2 { if (@n > 0 && (nsecs <= @last || elapsed <= @before)) { @back = count(); } @last = nsecs; @before = elapsed; @n++; if (@n == 10) { exit(); } } ${guard}`);
  t.equal(status, 0);
  t.notMatch(stdout, /^@back/m);
});

t.test('profile of one process', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const worker = spinner();
  await worker.ready;
  const ended = worker.work();
  const { stdout, stderr, status } = await runLive(`
    profile:hz:997 { @who[pid, tid, comm] = count(); @probe[probe] = count(); @ip[reg("ip") != 0 && reg("sp") != 0 ? "known" : "unknown"] = count(); @n++; if (@n == 20) { exit(); } }
    profile:hz:997 { @stack[ustack(1)] = count(); } ${guard}`, { pid: worker.pid });
  worker.process.kill();
  await ended;
  t.equal(status, 0, stderr);
  const keys = mapLines(stdout).map((line) => line.replace(/\]?: \d+$/, ''));
  t.strictSame(keys.filter((key) => /^@(who|probe|ip)/.test(key)), ['@ip[known', '@probe[profile:hz:997', `@who[${worker.pid}, ${worker.pid}, perl`]);
  t.match(stdout, /^@stack\[\n {8}\S.*\n\]: \d+$/m);
});

t.test('profile sees both modes', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  if (process.arch !== 'x64') return t.plan(0, 'usermode is there on x86_64');
  const worker = spinner();
  await worker.ready;
  const ended = worker.work();
  // addresses of the kernel have the highest bit
  const { stdout, stderr, status } = await runLive(`profile:hz:997 { @mode[usermode, reg("ip") >> 63] = count(); @n++; if (@n == 20) { exit(); } } ${guard}`, { pid: worker.pid });
  worker.process.kill();
  await ended;
  t.equal(status, 0, stderr);
  const keys = mapLines(stdout).filter((line) => line.startsWith('@mode')).map((line) => line.replace(/: \d+$/, ''));
  t.ok(keys.includes('@mode[1, 0]'), 'in the interpreter');
  t.strictSame(keys.filter((key) => key !== '@mode[1, 0]' && key !== '@mode[0, 1]'), []);
});

t.test('interval does not mind -p', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  // it sleeps all the time
  const worker = new Worker('');
  await worker.ready;
  const { stdout, status } = await runLive(`interval:ms:1 { @n++; if (@n == 5) { printf("five\\n"); exit(); } } ${guard}`, { pid: worker.pid });
  await worker.work();
  t.equal(status, 0);
  t.match(stdout, /^five$/m);
});

t.test('what is wrong is told', async (t) => {
  for (const kind of ['profile', 'interval']) {
    tellWrong(t, [
      [`${kind} { }`, `${kind} probe type requires 1 or 2 arguments, found 0`],
      [`${kind}:hz:99:x { }`, `${kind} probe type requires 1 or 2 arguments, found 3`],
      [`${kind}:hz { }`, `Invalid rate of ${kind} probe: hz`],
      [`${kind}:* { }`, `Invalid rate of ${kind} probe: *`],
      [`${kind}:999 { }`, `Invalid rate of ${kind} probe. Minimum is 1000 or 1us. Found: 999 nanoseconds`],
      [`${kind}:10ns { }`, `Invalid rate of ${kind} probe. Minimum is 1000 or 1us. Found: 10 nanoseconds`],
      [`${kind}:h:1 { }`, 'h is not an accepted unit of time'],
      [`${kind}:*:1 { }`, '* is not an accepted unit of time'],
      [`${kind}:hz:x { }`, `${kind} probe must have an integer frequency`],
      [`${kind}:s:1.5 { }`, `${kind} probe must have an integer frequency`],
      [`${kind}:s:* { }`, `${kind} probe must have an integer frequency`],
      [`${kind}:s:0 { }`, `${kind} frequency should be a positive integer`],
      [`${kind}:hz:-5 { }`, `${kind} frequency should be a positive integer`],
      [`${kind}:s:18446744074 { }`, `Invalid rate of ${kind} probe: s:18446744074`],
      [`${kind}:s:1 { @ = args.x; }`, `The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and uprobe probes (${kind} used here)`],
      [`${kind}:s:1 { @ = arg0; }`, "The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes"],
      [`${kind}:s:1 { @ = retval; }`, "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes"],
      [`${kind}:s:1 { @ = func; }`, `The func builtin can not be used with '${kind}' probes`],
    ]);
  }
});
