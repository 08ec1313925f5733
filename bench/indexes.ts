// Times the two large tables a kernel has, in a process that did not need them before. Prints JSON for ./start-up.ts.

import { closeSync, openSync, readSync } from 'node:fs';
import { BtfSource } from '../lib/runtime/discover/kernel/btf-source.js';
import { KernelSymbols } from '../lib/runtime/discover/kernel/kernel-symbols.js';
import { loadNative } from '../lib/runtime/native/index.js';
import type { IndexTimes } from './start-up.js';

function timeMs(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Reads and forgets: what the kernel takes to print it. */
function readThrough(path: string): void {
  const buffer = Buffer.allocUnsafe(1 << 20);
  const fd = openSync(path, 'r');
  while (readSync(fd, buffer) > 0);
  closeSync(fd);
}

/** The longest time that other work has to wait while something is done on another thread. */
async function longestPauseMs(work: Promise<unknown>): Promise<number> {
  let done = false;
  const ended = work.finally(() => (done = true));
  let longest = 0;
  for (let last = performance.now(); !done;) {
    await new Promise(setImmediate);
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await ended;
  return longest;
}

const native = loadNative();
const times: IndexTimes = {
  btfMs: timeMs(() => new BtfSource().kernel?.find('struct', 'task_struct')),
  kallsymsMs: timeMs(() => new KernelSymbols(() => native.readKallsyms()).table),
  kallsymsAheadMs: await longestPauseMs(native.readKallsymsAsync()),
  kallsymsKernelMs: timeMs(() => readThrough('/proc/kallsyms')),
};
console.log(JSON.stringify(times));
