// Stacks as lines of text: the form of Brendan Gregg's stackcollapse programs, written and read.
//
//   facts  frames between `;`, then a blank and the number. `_[k]` marks frames of the kernel and `_[i]` inlined ones, as flamegraph.pl colours them

import { TbpfError } from '../../../model/diagnostics/errors.js';
import type { SampleFrame, StackSample } from './stack-samples.js';

const MARKS = { kernel: '_[k]', inlined: '_[i]' };

/** Stacks that look the same are one. */
export function foldedStacks(samples: readonly StackSample[]): ReadonlyMap<string, bigint> {
  const stacks = new Map<string, bigint>();
  for (const { frames, weight } of samples) {
    const stack = frames.map(foldedFrame).join(';');
    stacks.set(stack, (stacks.get(stack) ?? 0n) + weight);
  }
  return stacks;
}

/** A frame's text, which must not end the frame or the line. */
export function foldedFrame({ kind, inlined, text }: SampleFrame): string {
  const fitting = text.replaceAll(';', ':').replaceAll(/[\n\t]/g, ' ');
  return `${fitting}${kind === 'kernel' ? MARKS.kernel : ''}${inlined ? MARKS.inlined : ''}`;
}

/** The stacks of a file, each with the sum of its numbers.
 * @param path  for messages
 * @throws TbpfError  a line is no stack with a number */
export function parseFolded(text: string, path: string): Map<string, bigint> {
  const stacks = new Map<string, bigint>();
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const found = /^(.*) (\d+)(?:\.\d+)?\r?$/.exec(line);
    if (found === null) throw new TbpfError(`${path}:${index + 1}: no stack, a blank and a number, as -f folded writes them`, { code: 'ERR_FOLDED', operation: 'read' });
    stacks.set(found[1]!, (stacks.get(found[1]!) ?? 0n) + BigInt(found[2]!));
  });
  return stacks;
}
