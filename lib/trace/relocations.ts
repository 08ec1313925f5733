// What is relocated in a portable program: members of structs (CO-RE), by libbpf while it loads the object; arguments of tracepoints, here, before.
//
//   facts  to do any, libbpf reads all types of the kernel

import type { Origin } from '../model/layout/origin.js';
import type { Target } from '../model/target/target.js';
import { btfExtPart } from '../model/btf/ext-header.js';
import { viewOf } from '../model/bytes/bytes.js';
import { findSection } from '../runtime/session/start-values.js';
import { isOtherKernel } from './may-differ.js';

/** The object without relocations, where it is for the kernel that it was compiled for: there they change nothing, and take time. */
export function relocatedElsewhere(elf: Uint8Array, origin: Origin | undefined, target: Pick<Target, 'kernelBuild'>): Uint8Array {
  return !origin || isOtherKernel(origin, target) ? elf : withoutRelocations(elf);
}

export function withoutRelocations(elf: Uint8Array): Uint8Array {
  const at = findSection(elf, '.BTF.ext');
  const { sizeBytes, lengthAt } = btfExtPart(viewOf(elf.subarray(at)), 'relocations');
  if (sizeBytes === 0) return elf;
  const out = elf.slice();
  viewOf(out).setUint32(at + lengthAt, 0, true);
  return out;
}

/** A load from the record of a tracepoint, and how many bytes further the argument lies here. */
export interface MovedLoad {
  readonly section: string;
  /** bytes from the start of the section to the instruction */
  readonly at: number;
  readonly by: number;
}

/** Bytes from the start of an instruction to its offset (model/bpf/insn.ts). */
const OFFSET_AT = 2;

export function withMovedLoads(elf: Uint8Array, moves: readonly MovedLoad[]): Uint8Array {
  if (moves.length === 0) return elf;
  const out = elf.slice();
  const view = viewOf(out);
  const starts = new Map([...new Set(moves.map(({ section }) => section))].map((section) => [section, findSection(elf, section)]));
  for (const { section, at, by } of moves) {
    const place = starts.get(section)! + at + OFFSET_AT;
    view.setInt16(place, view.getInt16(place, true) + by, true);
  }
  return out;
}
