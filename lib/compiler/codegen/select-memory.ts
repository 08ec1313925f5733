// `zero` and `copy`: runs of bytes as loads and stores of the widest units that fit, or as a loop when that gets long.
//
//   facts  the verifier wants stack accesses aligned to their size; every other region may be accessed unaligned on the
//          architectures tbpf runs on, so there a remainder of 3, 5, 6 or 7 bytes is one access that overlaps the one before
//          the stack has 512 bytes: a run on it is never a loop
//          a loop with constant bounds is followed by the verifier round by round; 64 bytes a round keep that short

import type { Func, Value, Width } from '../../model/ir/ir.js';
import type { Span } from '../../model/source/source.js';
import type { Address, MachineBlock, MachineFunc, MachineInsn, Reg } from './machine.js';
import { fitsOffset } from './select-tables.js';
import { slotAlign } from './stack.js';

/** What is needed to write a sequence of instructions, loops included; select.ts implements it. */
export interface InsnWriter {
  readonly func: MachineFunc;
  push(insn: MachineInsn): void;
  /** Ends the current block with `end` and goes on in `block`. */
  continueIn(block: MachineBlock): void;
  newBlock(label: string): MachineBlock;
  readonly span: Span | undefined;
  readonly unrolls: Unrolls;
}

/** Bytes above which a run becomes a loop. */
export interface Unrolls {
  readonly zero: number;
  readonly copy: number;
}

const WIDEST = 8;
const ROUND = 64;
const FAST: Unrolls = { zero: 1024, copy: 512 };
const SHORT: Unrolls = { zero: 2 * ROUND, copy: 2 * ROUND };
/** Instructions above which a function's runs become loops wherever that is shorter: a jump passes over 32767 */
const LONG = 16_000;

/** A function with hundreds of strings has to be short before it is fast: a string of 1024 bytes is 128 stores to zero and 256 instructions to copy. */
export function unrollsOf(func: Func): Unrolls {
  let instructions = 0;
  for (const block of func.blocks) {
    for (const { op, attributes } of block.instructions) instructions += op === 'zero' ? attributes.size! / WIDEST : op === 'copy' ? (2 * attributes.size!) / WIDEST : 1;
  }
  return instructions > LONG ? SHORT : FAST;
}

interface Piece {
  readonly at: number;
  readonly width: Width;
}

/** Alignment of an address, as far as it matters: 8 where unaligned access is allowed. */
function alignment(address: Address, pointer: Value): number {
  const { base, offset } = address;
  if (typeof base !== 'number') return commonPower(slotAlign(base), offset);
  return pointer.type.kind === 'ptr' && pointer.type.region === 'stack' ? commonPower(8, offset) : 8;
}

function commonPower(align: number, offset: number): number {
  let power = align;
  while (offset % power !== 0) power >>= 1;
  return power;
}

const isStack = (address: Address, pointer: Value): boolean =>
  typeof address.base !== 'number' || (pointer.type.kind === 'ptr' && pointer.type.region === 'stack');

/** Aligned pieces that cover [0, size); with `overlap`, the last may repeat bytes of the one before. */
function pieces(size: number, align: number, overlap: boolean): Piece[] {
  const list: Piece[] = [];
  let at = 0;
  while (at < size) {
    const rest = size - at;
    if (overlap && rest < 8 && rest !== 1 && rest !== 2 && rest !== 4 && size >= (rest > 4 ? 8 : 4)) {
      const width = rest > 4 ? 8 : 4;
      list.push({ at: size - width, width });
      return list;
    }
    const width = ([8, 4, 2, 1] as const).find((w) => w <= rest && w <= align && at % w === 0)!;
    list.push({ at, width });
    at += width;
  }
  return list;
}

export function zeroMemory(writer: InsnWriter, address: Address, size: number, pointer: Value): void {
  const align = alignment(address, pointer);
  const looped = size > writer.unrolls.zero && !isStack(address, pointer) ? size - (size % ROUND) : 0;
  if (looped > 0) {
    repeat(writer, looped, (index) => {
      const base = addIndex(writer, address, index);
      for (const { at, width } of pieces(ROUND, align, false)) writer.push({ kind: 'store', address: { base, offset: at }, width, value: { imm: 0 } });
    });
  }
  const rest = part(writer, address, looped, size);
  for (const { at, width } of pieces(size - looped, align, !isStack(address, pointer))) {
    writer.push({ kind: 'store', address: { ...rest, offset: rest.offset + at }, width, value: { imm: 0 } });
  }
}

export function copyMemory(writer: InsnWriter, to: Address, from: Address, size: number, toPointer: Value, fromPointer: Value): void {
  const align = Math.min(alignment(to, toPointer), alignment(from, fromPointer));
  const looped = size > writer.unrolls.copy && !isStack(to, toPointer) && !isStack(from, fromPointer) ? size - (size % ROUND) : 0;
  const move = (target: Address, source: Address, width: Width): void => {
    const dst = writer.func.newReg();
    writer.push({ kind: 'load', dst, address: source, width });
    writer.push({ kind: 'store', address: target, width, value: { reg: dst } });
  };
  if (looped > 0) {
    repeat(writer, looped, (index) => {
      const target = addIndex(writer, to, index);
      const source = addIndex(writer, from, index);
      for (const { at, width } of pieces(ROUND, align, false)) move({ base: target, offset: at }, { base: source, offset: at }, width);
    });
  }
  const [target, source] = [part(writer, to, looped, size), part(writer, from, looped, size)];
  for (const { at, width } of pieces(size - looped, align, !isStack(to, toPointer) && !isStack(from, fromPointer))) {
    move({ ...target, offset: target.offset + at }, { ...source, offset: source.offset + at }, width);
  }
}

/** Bytes [start, end) of what is at an address; what offsets of 16 bits do not reach gets a register of its own. */
function part(writer: InsnWriter, { base, offset }: Address, start: number, end: number): Address {
  if (typeof base !== 'number' || fitsOffset(offset + end)) return { base, offset: offset + start };
  const far = writer.func.newReg();
  writer.push({ kind: 'copies', copies: [{ dst: far, from: { kind: 'address', reg: base, offset: offset + start } }] });
  return { base: far, offset: 0 };
}

/** A loop whose index counts from 0 to `size` in steps of ROUND. */
function repeat(writer: InsnWriter, size: number, body: (index: Reg) => void): void {
  const index = writer.func.newReg();
  const loop = writer.newBlock('');
  const done = writer.newBlock('');
  writer.push({ kind: 'copies', copies: [{ dst: index, from: { kind: 'imm', imm: 0n } }] });
  writer.push({ kind: 'jump', to: loop });
  writer.continueIn(loop);
  body(index);
  const next = writer.func.newReg();
  writer.push({ kind: 'alu', op: 'add', dst: next, a: index, b: { imm: ROUND } });
  writer.push({ kind: 'copies', copies: [{ dst: index, from: { kind: 'reg', reg: next } }] });
  writer.push({ kind: 'branch', condition: '<', a: index, b: { imm: size }, bits: 64, whenTrue: loop, whenFalse: done, likely: undefined });
  writer.continueIn(done);
}

function addIndex(writer: InsnWriter, { base, offset }: Address, index: Reg): Reg {
  const start = writer.func.newReg();
  writer.push({
    kind: 'copies',
    copies: [{ dst: start, from: typeof base === 'number' ? { kind: 'address', reg: base, offset } : { kind: 'slot', slot: base, offset } }],
  });
  const sum = writer.func.newReg();
  writer.push({ kind: 'alu', op: 'add', dst: sum, a: start, b: { reg: index } });
  return sum;
}
