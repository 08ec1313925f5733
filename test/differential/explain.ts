// Why two outputs of a program may differ.

import { differences, type Difference } from './differences.js';
import type { DifferentialProgram } from './program.js';

/** The rewritings that make them equal, or the record that names the program; none where it is a fault.
 * @param old  what bpftrace printed
 * @param now  what tbpf printed */
export function explain(program: Pick<DifferentialProgram, 'name' | 'format'>, old: string, now: string, known: readonly Difference[] = differences): Difference[] {
  const used: Difference[] = [];
  let [theirs, ours] = [old, now];
  for (const difference of known) {
    if (theirs === ours || (difference.format ?? program.format) !== program.format) continue;
    const before = [theirs, ours];
    if (difference.rewrite !== undefined) theirs = difference.rewrite(theirs);
    if (difference.ignore !== undefined) [theirs, ours] = [theirs.replaceAll(difference.ignore, ''), ours.replaceAll(difference.ignore, '')];
    if (theirs !== before[0] || ours !== before[1]) used.push(difference);
  }
  if (theirs === ours) return used;
  const named = known.find(({ programs }) => programs?.test(program.name));
  return named === undefined ? [] : [named];
}
