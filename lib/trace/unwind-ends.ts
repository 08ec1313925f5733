// How the stacks of dw_ustack ended, for people.

import { unwindEnds, type UnwindEnd } from '../model/layout/unwind.js';
import type { Manifest } from '../model/layout/manifest.js';
import type { SessionKernel } from '../runtime/session/kernel.js';

const sentences: Readonly<Record<UnwindEnd, string>> = {
  complete: 'where the thread begins: complete',
  limit: 'at the number of frames that was asked for',
  uncovered: 'in code that has no unwind data: made by a run-time compiler, written in assembly, or mapped a moment ago',
  unreadable: 'where the stack could not be read, or the unwind data led nowhere',
  unknown: 'at once: nothing was known of the process',
};

/** How many stacks ended for each reason so far. */
export function readUnwindEnds(kernel: Pick<SessionKernel, 'map' | 'cpuCount'>, { unwind }: Pick<Manifest, 'unwind'>): ReadonlyMap<UnwindEnd, number> {
  if (unwind === undefined) return new Map();
  const { values } = kernel.map(unwind.ends).readAll();
  const words = new BigUint64Array(values.slice().buffer);
  return new Map(unwindEnds.map((end, i) => [end, Number(words.subarray(i * kernel.cpuCount, (i + 1) * kernel.cpuCount).reduce((sum, word) => sum + word, 0n))]));
}

/** A sentence for each reason, the most frequent first. */
export function describeUnwindEnds(counts: ReadonlyMap<UnwindEnd, number>): readonly string[] {
  const seen = [...counts].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  return seen.map(([end, count]) => `${count} ${count === 1 ? 'stack' : 'stacks'} of dw_ustack ended ${sentences[end]}`);
}
