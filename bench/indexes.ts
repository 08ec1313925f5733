// Times the two large tables a kernel has, the symbols of a large program and stacks with names, in a process that did not need them before. Prints JSON for ./start-up.ts.

import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, readSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackValue } from '../lib/model/layout/value.js';
import { parseMaps } from '../lib/model/target/process-maps.js';
import { BtfSource } from '../lib/runtime/discover/kernel/btf-source.js';
import { KernelSymbols } from '../lib/runtime/discover/kernel/kernel-symbols.js';
import { loadNative } from '../lib/runtime/native/index.js';
import { renderStack } from '../lib/runtime/output/stack.js';
import { SymbolFiles } from '../lib/runtime/symbolize/files.js';
import { Symbolizer } from '../lib/runtime/symbolize/index.js';
import { dice as diceOf } from '../test/helpers/dice.js';
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
  ...stackTimes(),
  ...nodeTimes(),
  btfMs: timeMs(() => new BtfSource().kernel?.find('struct', 'task_struct')),
  kallsymsMs: timeMs(() => new KernelSymbols(() => native.readKallsyms()).table),
  kallsymsAheadMs: await longestPauseMs(native.readKallsymsAsync()),
  kallsymsKernelMs: timeMs(() => readThrough('/proc/kallsyms')),
};
console.log(JSON.stringify(times));

/** Symbols of Node's own program, and the same program under another path. */
function nodeTimes(): Pick<IndexTimes, 'nodeMs' | 'nodeAgainMs'> {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-bench-'));
  const copy = join(folder, 'node');
  try {
    copyFileSync(process.execPath, copy);
    const files = new SymbolFiles(() => native, []);
    return { nodeMs: timeMs(() => files.open([process.execPath])!.load()), nodeAgainMs: timeMs(() => files.open([copy])!.load()) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Text of 10,000 different stacks of 20 frames, all over Node's program. */
function stackTimes(): Pick<IndexTimes, 'stacksMs' | 'stacksMiB'> {
  const code = parseMaps(readFileSync('/proc/self/maps', 'utf8')).filter(({ executable, path }) => executable && path === realpathSync(process.execPath));
  const { start, end } = code.reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a));
  const dice = diceOf(1);
  const places = Array.from({ length: 5000 }, () => start + BigInt(dice.below(Number(end - start))));
  const stacks = Array.from({ length: 10_000 }, (): StackValue => ({ $: 'stack', addresses: Array.from({ length: 20 }, () => places[dice.below(places.length)]!), pid: process.pid, program: 0 }));
  const symbols = new Symbolizer({ native: () => native });
  const before = process.memoryUsage().rss;
  const stacksMs = timeMs(() => stacks.forEach((stack) => renderStack(stack, { kind: 'stack', space: 'user', mode: 'bpftrace', limit: 127 }, symbols)));
  return { stacksMs, stacksMiB: (process.memoryUsage().rss - before) / 2 ** 20 };
}
