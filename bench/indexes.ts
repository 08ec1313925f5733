// Times the two large tables a kernel has, in a process that did not need them before. Prints JSON for ./start-up.ts.

import { closeSync, openSync, readSync } from 'node:fs';
import { BtfSource } from '../lib/runtime/discover/btf-source.js';
import { KernelSymbols } from '../lib/runtime/discover/kernel-symbols.js';
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

const native = loadNative();
const times: IndexTimes = {
  btfMs: timeMs(() => new BtfSource().kernel?.find('struct', 'task_struct')),
  kallsymsMs: timeMs(() => new KernelSymbols(() => native.readKallsyms()).table),
  kallsymsKernelMs: timeMs(() => readThrough('/proc/kallsyms')),
};
console.log(JSON.stringify(times));
