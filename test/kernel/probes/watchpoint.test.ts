// Watchpoints on the running machine: memory of the kernel that changes by itself, and of one process.

import t from 'tap';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

t.test('memory of the kernel', async (t) => {
  if (!needs(t, 'root', 'watchpoint')) return;
  const address = runningMachine().kernelSymbol('jiffies_64') ?? runningMachine().kernelSymbol('jiffies');
  if (address === undefined) return t.plan(0, 'the address of jiffies is not known here');
  const { stdout, stderr } = await runLive(`watchpoint:0x${address.toString(16)}:8:w { @[probe] = count(); @s[kstack(2)] = count(); if (@n++ > 5) { exit(); } } interval:s:20 { exit(); }`);
  t.match(stdout, new RegExp(`^@\\[watchpoint:${address}:8:w\\]: [1-9]`, 'm'), stderr);
  t.match(stdout, /@s\[\n {8}\w+/);
});
