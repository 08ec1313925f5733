// One BPF instruction as data, and its 8-byte encoding.
//
//   layout  opcode u8 | dst:4 src:4 | off s16 | imm s32      (little endian; dst is the low nibble)
//           lddw (0x18) takes a second slot whose imm holds the upper 32 bits
//   facts   Documentation/bpf/standardization/instruction-set.rst

import type { Span } from '../source/source.js';

/** What is put into an instruction when the object is loaded: into its imm, or into the offset of a load. */
export type Reference =
  | { readonly kind: 'map'; readonly name: string }
  /** address of byte `offset` of the (only) value of an array map or of a data section such as `.rodata` */
  | { readonly kind: 'map_value'; readonly name: string; readonly offset: number }
  /** BPF-to-BPF call, or the address of a subprogram passed as callback (lddw with src = BPF_PSEUDO_FUNC) */
  | { readonly kind: 'function'; readonly name: string }
  /** kernel function by BTF, declared as extern in .ksyms */
  | { readonly kind: 'kfunc'; readonly name: string }
  /** lddw of a member's offset in a kernel struct, from which libbpf makes that of the running kernel (CO-RE); `offset` is that of the compiler's */
  | { readonly kind: 'field'; readonly name: string; readonly offset: number }
  /** load from the record of a tracepoint, in which the argument `name` may lie elsewhere on another kernel (trace/relocations.ts) */
  | { readonly kind: 'argument'; readonly name: string };

export interface Insn {
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  /** signed 16 bit; for jumps counted in slots from the next one */
  readonly off: number;
  /** signed 32 bit; the full 64-bit value for lddw */
  readonly imm: number | bigint;
  readonly reference?: Reference;
  readonly span?: Span;
  readonly comment?: string;
  /** name of the label placed before it, for dumps only */
  readonly label?: string;
}

export const LDDW = 0x18;
export const SLOT_BYTES = 8;

/** 8-byte slots the instruction takes: 2 for lddw, else 1. */
export function slotCount(insn: Insn): number {
  return insn.opcode === LDDW ? 2 : 1;
}

export function encodeInsns(insns: readonly Insn[]): Uint8Array {
  const slots = insns.reduce((n, insn) => n + slotCount(insn), 0);
  const bytes = new Uint8Array(slots * SLOT_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const insn of insns) {
    view.setUint8(at, insn.opcode);
    view.setUint8(at + 1, (insn.src << 4) | insn.dst);
    view.setInt16(at + 2, insn.off, true);
    if (insn.opcode === LDDW) {
      const imm = BigInt.asUintN(64, BigInt(insn.imm));
      view.setUint32(at + 4, Number(imm & 0xffffffffn), true);
      view.setUint32(at + 12, Number(imm >> 32n), true);
      at += 2 * SLOT_BYTES;
    } else {
      view.setInt32(at + 4, Number(insn.imm), true);
      at += SLOT_BYTES;
    }
  }
  return bytes;
}

export function decodeInsns(bytes: Uint8Array): Insn[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const insns: Insn[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const opcode = view.getUint8(at);
    const registers = view.getUint8(at + 1);
    const insn = { opcode, dst: registers & 15, src: registers >> 4, off: view.getInt16(at + 2, true) };
    if (opcode === LDDW) {
      const imm = BigInt(view.getUint32(at + 4, true)) | (BigInt(view.getUint32(at + 12, true)) << 32n);
      insns.push({ ...insn, imm });
      at += SLOT_BYTES;
    } else insns.push({ ...insn, imm: view.getInt32(at + 4, true) });
  }
  return insns;
}
