// Chains of functions that call each other: what a program needs together with all that it calls.
//
//   facts  Callbacks count like calls: the verifier adds up the frames of every chain

import { bug } from '../../model/diagnostics/errors.js';
import type { Insn, Reference } from '../../model/bpf/insn.js';
import { roundedFrame } from './stack.js';

export interface Frame {
  readonly sizeBytes: number;
  readonly callees: readonly string[];
  /** names of the maps that the function itself uses */
  readonly maps: readonly string[];
}

/** The names, each once, that instructions refer to in one of these ways. */
export function referencesOf(insns: readonly Insn[], ...kinds: readonly Reference['kind'][]): string[] {
  const names = new Set<string>();
  for (const { reference } of insns) if (reference && kinds.includes(reference.kind)) names.add(reference.name);
  return [...names];
}

export class Chains {
  private readonly largest = new Map<string, number>();

  constructor(private readonly frames: ReadonlyMap<string, Frame>) {}

  /** Bytes of the largest chain of frames that begins with this function. */
  largestFrom(name: string): number {
    return this.chainFrom(name, []);
  }

  /** The same for functions that become one: its frame has room for each of theirs, and it calls what any of them calls. */
  largestOfJoined(names: readonly string[]): number {
    const sizes = names.map((name) => roundedFrame(this.frameOf(name, []).sizeBytes));
    return Math.max(...sizes) + Math.max(...names.map((name, i) => this.largestFrom(name) - sizes[i]!));
  }

  /** The maps that these functions use, with all that they call. */
  mapsOf(names: readonly string[]): ReadonlySet<string> {
    const reached = new Set(names);
    // a set that grows while it is walked is walked to its end
    for (const name of reached) for (const callee of this.frameOf(name, []).callees) reached.add(callee);
    return new Set([...reached].flatMap((name) => this.frameOf(name, []).maps));
  }

  private chainFrom(name: string, callers: readonly string[]): number {
    const known = this.largest.get(name);
    if (known !== undefined) return known;
    const frame = this.frameOf(name, callers);
    const chain = [...callers, name];
    if (callers.includes(name)) bug('codegen', `recursion: ${chain.join(' → ')}`);
    const bytes = roundedFrame(frame.sizeBytes) + Math.max(0, ...frame.callees.map((callee) => this.chainFrom(callee, chain)));
    this.largest.set(name, bytes);
    return bytes;
  }

  private frameOf(name: string, callers: readonly string[]): Frame {
    return this.frames.get(name) ?? bug('codegen', `${callers[callers.length - 1] ?? 'the module'} refers to function ${name}, which does not exist`);
  }
}
