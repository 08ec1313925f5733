// Why addresses of processes were printed without names, for people.

import type { Unnamed } from '../model/layout/symbols.js';

const sentences: Readonly<Record<Unnamed, string>> = {
  exited: 'the process had ended before tbpf could see what it maps',
  unmapped: 'no code was there. The unwinder goes astray in programs that are compiled without frame pointers',
  unreadable: 'the file that was mapped there cannot be opened, or is another one by now',
  stripped: 'the file has no symbols, and no debug file for it was found',
  uncovered: 'no symbol covers the address',
  no_perf_map: 'a run-time compiler made the code, and there is no perf map of its process (node: --perf-basic-prof)',
};

/** A sentence for each reason, the most frequent first. */
export function describeUnnamed(counts: ReadonlyMap<Unnamed, number>): readonly string[] {
  return [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${count} ${count === 1 ? 'frame has' : 'frames have'} no name: ${sentences[reason]}`);
}
