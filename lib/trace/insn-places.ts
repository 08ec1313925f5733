// Which text of the script an instruction was made for, so that a message about a refused instruction shows that text.
//
//   idea   numbers in arrays, which go from thread to thread without being copied
//   facts  callbacks follow the program in the kernel's numbering of instructions; wide ones count twice

import { slotCount } from '../model/bpf/insn.js';
import type { ObjectSpec } from '../model/bpf/object-spec.js';
import type { Source, Span } from '../model/source/source.js';

export interface InsnPlaces {
  /** the script, what it imports */
  readonly sources: readonly Source[];
  /** by program: for each place its first instruction (slots of 8 bytes), the index of its source, start and end in the text */
  readonly byProgram: ReadonlyMap<string, Uint32Array>;
}

const NUMBERS = 4;

export function insnPlaces({ programs, subprograms }: Pick<ObjectSpec, 'programs' | 'subprograms'>): InsnPlaces {
  const sources: Source[] = [];
  const indexOf = (source: Source): number => {
    const known = sources.indexOf(source);
    return known < 0 ? sources.push(source) - 1 : known;
  };
  const callbacks = subprograms.flatMap(({ insns }) => insns);
  const byProgram = new Map(programs.map(({ name, insns }) => {
    const places: number[] = [];
    let slot = 0;
    let last: Span | undefined;
    for (const insn of [...insns, ...callbacks]) {
      const { span } = insn;
      if (span && span !== last) places.push(slot, indexOf(span.source), span.start, span.end);
      last = span ?? last;
      slot += slotCount(insn);
    }
    return [name, Uint32Array.from(places)] as const;
  }));
  return { sources, byProgram };
}

/** The text that an instruction was made for; undefined: unknown. */
export function spanOfInsn({ sources, byProgram }: InsnPlaces, program: string, slot: number): Span | undefined {
  const places = byProgram.get(program);
  let found: Span | undefined;
  for (let i = 0; places && i < places.length && places[i]! <= slot; i += NUMBERS) found = sources[places[i + 1]!]!.span(places[i + 2]!, places[i + 3]!);
  return found;
}
