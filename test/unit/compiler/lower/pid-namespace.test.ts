// Which numbers a script sees, and which addresses are recorded with, when tbpf runs in a PID namespace of its own.

import t from 'tap';
import { FixtureTarget } from '../../../helpers/fixture-target.js';
import { runInSim, type SimOptions } from '../../../helpers/sim-session.js';

const inner = { device: 4n, inode: 0xf000_0001n };
const outer = { device: 4n, inode: 0xf000_0002n };
/** 300/301 to the kernel, 30/31 in the namespace `inner` */
const insider = { tgid: 300, pid: 301, namespace: { dev: inner.device, ino: inner.inode, tgid: 30, pid: 31 } };
const outsider = { tgid: 500, pid: 501, namespace: { dev: outer.device, ino: outer.inode, tgid: 50, pid: 51 } };

const ids = 'printf("%d %d %d %d %d %d", pid, tid, pid(curr_ns), tid(curr_ns), pid(init), tid(init));';

const rows: [title: string, options: SimOptions & { readonly own?: typeof inner; readonly proc?: typeof inner }, task: object, script: string, want: string][] = [
  ['the initial one', {}, insider, ids, '300 301 300 301 300 301'],
  ['one of its own', { own: inner, proc: inner }, insider, ids, '30 31 30 31 300 301'],
  ['a task outside has no number', { own: inner, proc: inner }, outsider, ids, '0 0 0 0 500 501'],
  ['cpid is a number of tbpf\'s', { own: inner, proc: inner, startValues: { cpid: 30n, has_cpid: 1n } }, insider, 'printf("%d", pid == cpid);', '1'],
  ['-p lets the process through', { own: inner, proc: inner, pid: 30 }, insider, 'printf("seen");', 'seen'],
  ['-p is no number of the kernel\'s', { own: inner, proc: inner, pid: 300 }, insider, 'printf("seen");', ''],
  ['addresses: by the number of the initial one', {}, insider, 'printf("%s", usym(16));', '300:16'],
  ['addresses: by the number in tbpf\'s own', { own: inner, proc: inner }, insider, 'printf("%s", usym(16));', '30:16'],
  ['addresses: /proc is of the initial one', { own: inner }, insider, 'printf("%d %s", pid, usym(16));', '30 300:16'],
  ['addresses: /proc is of another one', { own: inner, proc: outer }, outsider, 'printf("%d %s", pid, usym(16));', '0 50:16'],
];

for (const [title, { own, proc, ...options }, task, script, want] of rows) {
  t.test(title, async (t) => {
    const target = new FixtureTarget({ pidNamespace: own, procNamespace: proc });
    const symbols = {
      kernelFrame: (address: bigint) => ({ address }),
      userFrame: (address: bigint, pid: number) => ({ address, name: `${pid}:${address}`, offset: 0n }),
      frames: () => [],
    };
    const { stdout, stderr } = runInSim(`tracepoint:sched:sched_switch { ${script} }`, { ...options, target, rendering: { symbols }, fire: [{ task }] });
    t.equal(stderr, '');
    t.equal(stdout.trim(), want);
  });
}
