// Which text of the script an instruction was made for, so that a message about a refused instruction shows that text.
//
//   idea   numbers in arrays, which go from thread to thread without being copied
//   facts  In the kernel's numbering of instructions a program is followed by the functions that it reaches: libbpf appends each where an
//          instruction first refers to it, and those that it refers to behind it (bpf_object__reloc_code). Wide instructions count twice

import { type Insn, slotCount } from '../model/bpf/insn.js';
import type { ObjectSpec } from '../model/bpf/object-spec.js';
import type { Source, Span } from '../model/source/source.js';

export interface InsnPlaces {
  /** the script, what it imports */
  readonly sources: readonly Source[];
  /** by program: for each place its first instruction (slots of 8 bytes), the index of its source, start and end in the text */
  readonly byProgram: ReadonlyMap<string, Uint32Array>;
}

const NUMBERS = 4;

/** @param script  the first of the sources, whether instructions come from it or not */
export function insnPlaces({ programs, subprograms, externals: others = [] }: Pick<ObjectSpec, 'programs' | 'subprograms' | 'externals'>, script?: Source): InsnPlaces {
  const externals = new Set(others.map(({ name }) => name));
  const sources: Source[] = script ? [script] : [];
  const indexOf = (source: Source): number => {
    const known = sources.indexOf(source);
    return known < 0 ? sources.push(source) - 1 : known;
  };
  const insnsByName = new Map(subprograms.map(({ name, insns }) => [name, insns]));
  const byProgram = new Map(programs.map(({ name, insns }) => {
    const places: number[] = [];
    let slot = 0;
    let last: Span | undefined;
    for (const insn of linked(insns, insnsByName, externals)) {
      const { span } = insn;
      if (span && span !== last) places.push(slot, indexOf(span.source), span.start, span.end);
      last = span ?? last;
      slot += slotCount(insn);
    }
    return [name, Uint32Array.from(places)] as const;
  }));
  return { sources, byProgram };
}

/** A program with the functions that it reaches, as libbpf gives it to the kernel. */
function linked(program: readonly Insn[], insnsByName: ReadonlyMap<string, readonly Insn[]>, externals: ReadonlySet<string>): Insn[] {
  const order = new Set<string>();
  const visit = (insns: readonly Insn[]): boolean => insns.every(({ reference }) => {
    // of a function of another object nobody here knows how long it is
    if (reference?.kind === 'kfunc' && externals.has(reference.name)) return false;
    if (reference?.kind !== 'function' || order.has(reference.name)) return true;
    order.add(reference.name);
    return visit(insnsByName.get(reference.name) ?? []);
  });
  visit(program);
  return [...program, ...[...order].flatMap((name) => insnsByName.get(name) ?? [])];
}

/** The text that an instruction was made for; undefined: unknown. */
export function spanOfInsn({ sources, byProgram }: InsnPlaces, program: string, slot: number): Span | undefined {
  const places = byProgram.get(program);
  let found: Span | undefined;
  for (let i = 0; places && i < places.length && places[i]! <= slot; i += NUMBERS) found = sources[places[i + 1]!]!.span(places[i + 2]!, places[i + 3]!);
  return found;
}
