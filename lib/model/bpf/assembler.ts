// Writes instructions one after another, with labels, maps and functions as operands instead of counted offsets.
//
//   in     calls in program order
//   out    finish(): Insn[] with every jump distance filled in; maps and functions stay references for the ELF writer
//   idea   an operand is a Register or a number; the opcode follows from that
//   facts  jump distances count 8-byte slots from the next instruction and must fit 16 bits

import type { Span } from '../source/source.js';
import { bug } from '../diagnostics/errors.js';
import type { Insn, Reference } from './insn.js';
import { LDDW, slotCount } from './insn.js';
import type { AluOp, AtomicOp, Condition, MemorySize, Width } from './opcodes.js';
import {
  CALL_OPCODE, EXIT_OPCODE, GOTO, composeAlu, composeAtomic, composeAtomicOp, composeEndian, composeJump, composeLoad, composeNeg, composeStore,
} from './opcodes.js';
import { Register } from './registers.js';
import { flag, helper } from './uapi.js';

export type Operand = Register | number;

/** A place in the code of one assembler; made by `label()`, put down once by `place()`. */
export class Label {
  /** slot of the instruction it stands before; undefined until placed */
  slot: number | undefined;

  constructor(
    /** for dumps; need not be unique */
    readonly name: string,
    readonly owner: Assembler,
  ) {}
}

/** Helpers whose calls the verifier replaces by instructions of its own (do_misc_fixups in kernel/bpf/verifier.c, map_gen_lookup of the
 *  map types), and by how many a call grows at most. Any other call stays one instruction. */
const growthOfHelper: ReadonlyMap<number, number> = new Map([
  [helper.map_lookup_elem, 8], [helper.map_lookup_percpu_elem, 8], [helper.loop, 24], [helper.get_func_arg, 8], [helper.jiffies64, 3],
  [helper.get_smp_processor_id, 3], [helper.get_current_task, 2], [helper.get_current_task_btf, 2],
]);

/** A jump that no instruction can express: the distance has 16 bits. */
export class JumpTooFar extends Error {
  constructor(
    readonly slots: number,
    readonly span: Span | undefined,
  ) {
    super(`a jump of ${slots} instructions cannot be encoded`);
  }
}

type Fields = { opcode: number; dst?: Register; src?: Register; off?: number; imm?: number | bigint; reference?: Reference };

export class Assembler {
  private readonly insns: Insn[] = [];
  /** jump target by index into insns */
  private readonly targets = new Map<number, Label>();
  private slots = 0;
  private span: Span | undefined;
  private note: string | undefined;
  private placed: string | undefined;

  /** Slots written so far. */
  get slotCount(): number {
    return this.slots;
  }

  /** The source of the instructions that follow; undefined ends it. */
  at(span: Span | undefined): this {
    this.span = span;
    return this;
  }

  /** A remark on the next instruction, for dumps. */
  comment(text: string): this {
    this.note = text;
    return this;
  }

  label(name: string): Label {
    return new Label(name, this);
  }

  place(label: Label): this {
    if (label.owner !== this) bug('assembler', `label '${label.name}' belongs to another assembler`);
    if (label.slot !== undefined) bug('assembler', `label '${label.name}' is placed twice`);
    label.slot = this.slots;
    this.placed ??= label.name;
    return this;
  }

  // Arithmetic. 32-bit forms clear the upper half of dst.

  alu64(op: AluOp, dst: Register, operand: Operand): this {
    return this.alu(64, op, dst, operand);
  }

  alu32(op: AluOp, dst: Register, operand: Operand): this {
    return this.alu(32, op, dst, operand);
  }

  mov64 = (dst: Register, operand: Operand): this => this.alu(64, 'mov', dst, operand);
  add64 = (dst: Register, operand: Operand): this => this.alu(64, 'add', dst, operand);
  sub64 = (dst: Register, operand: Operand): this => this.alu(64, 'sub', dst, operand);
  mul64 = (dst: Register, operand: Operand): this => this.alu(64, 'mul', dst, operand);
  div64 = (dst: Register, operand: Operand): this => this.alu(64, 'div', dst, operand);
  mod64 = (dst: Register, operand: Operand): this => this.alu(64, 'mod', dst, operand);
  and64 = (dst: Register, operand: Operand): this => this.alu(64, 'and', dst, operand);
  or64 = (dst: Register, operand: Operand): this => this.alu(64, 'or', dst, operand);
  xor64 = (dst: Register, operand: Operand): this => this.alu(64, 'xor', dst, operand);
  lsh64 = (dst: Register, operand: Operand): this => this.alu(64, 'lsh', dst, operand);
  rsh64 = (dst: Register, operand: Operand): this => this.alu(64, 'rsh', dst, operand);
  arsh64 = (dst: Register, operand: Operand): this => this.alu(64, 'arsh', dst, operand);
  mov32 = (dst: Register, operand: Operand): this => this.alu(32, 'mov', dst, operand);
  add32 = (dst: Register, operand: Operand): this => this.alu(32, 'add', dst, operand);
  sub32 = (dst: Register, operand: Operand): this => this.alu(32, 'sub', dst, operand);
  and32 = (dst: Register, operand: Operand): this => this.alu(32, 'and', dst, operand);

  neg64(dst: Register): this {
    return this.emit({ opcode: composeNeg(64), dst });
  }

  neg32(dst: Register): this {
    return this.emit({ opcode: composeNeg(32), dst });
  }

  /** Converts the low `bits` from this machine's order to little or big endian and clears the rest; on x86 and arm64 `be` swaps. */
  endian(dst: Register, to: 'le' | 'be', bits: 16 | 32 | 64): this {
    return this.emit({ opcode: composeEndian(to), dst, imm: bits });
  }

  /** Any 64-bit constant by the shortest instruction; negative numbers mean their two's complement. */
  loadConst(dst: Register, value: number | bigint): this {
    const bits = BigInt.asUintN(64, BigInt(value));
    const signed = BigInt.asIntN(64, bits);
    if (BigInt.asIntN(32, bits) === signed) return this.mov64(dst, Number(signed));
    if (bits <= 0xffffffffn) return this.mov32(dst, Number(bits) | 0);
    return this.loadImm64(dst, bits);
  }

  /** lddw: always two slots. */
  loadImm64(dst: Register, value: bigint): this {
    return this.emit({ opcode: LDDW, dst, imm: BigInt.asUintN(64, value) });
  }

  // References, filled in when the object is written or loaded.

  loadMap(dst: Register, name: string): this {
    return this.emit({ opcode: LDDW, dst, imm: 0n, reference: { kind: 'map', name } });
  }

  /** Address of byte `offset` in the only value of an array map, or in `.rodata`. */
  loadMapValue(dst: Register, name: string, offset: number): this {
    return this.emit({ opcode: LDDW, dst, imm: 0n, reference: { kind: 'map_value', name, offset } });
  }

  /** Offset of a member, which is relocated. */
  loadField(dst: Register, name: string, offset: number): this {
    return this.emit({ opcode: LDDW, dst, imm: BigInt(offset), reference: { kind: 'field', name, offset } });
  }

  /** Address of a subprogram, for helpers that take a callback. */
  loadFunction(dst: Register, name: string): this {
    return this.emit({ opcode: LDDW, dst, src: Register.all[flag.BPF_PSEUDO_FUNC]!, imm: 0n, reference: { kind: 'function', name } });
  }

  /** @param number  from `helper` of uapi.ts */
  call(number: number): this {
    return this.emit({ opcode: CALL_OPCODE, imm: number });
  }

  callFunction(name: string): this {
    return this.emit({ opcode: CALL_OPCODE, src: Register.all[flag.BPF_PSEUDO_CALL]!, imm: -1, reference: { kind: 'function', name } });
  }

  callKfunc(name: string): this {
    return this.emit({ opcode: CALL_OPCODE, src: Register.all[flag.BPF_PSEUDO_KFUNC_CALL]!, imm: 0, reference: { kind: 'kfunc', name } });
  }

  // Memory.

  /** dst = *(size *)(base + offset), zero extended. */
  load(dst: Register, base: Register, offset: number, size: MemorySize, reference?: Reference): this {
    return this.emit({ opcode: composeLoad(size), dst, src: base, off: offset, reference });
  }

  /** *(size *)(base + offset) = value; a number is sign extended from 32 bits. */
  store(base: Register, offset: number, value: Operand, size: MemorySize): this {
    if (value instanceof Register) return this.emit({ opcode: composeStore(size, 'reg'), dst: base, src: value, off: offset });
    return this.emit({ opcode: composeStore(size, 'imm'), dst: base, off: offset, imm: value });
  }

  /** Read-modify-write; with `fetch` src receives the old value (kernel 5.12). add without fetch works everywhere. */
  atomic(op: AtomicOp, base: Register, offset: number, src: Register, size: 'u32' | 'u64', fetch = false): this {
    return this.emit({ opcode: composeAtomic(size), dst: base, src, off: offset, imm: composeAtomicOp(op, fetch) });
  }

  atomicAdd(base: Register, offset: number, src: Register, size: 'u32' | 'u64'): this {
    return this.atomic('add', base, offset, src, size);
  }

  fetchAdd(base: Register, offset: number, src: Register, size: 'u32' | 'u64'): this {
    return this.atomic('add', base, offset, src, size, true);
  }

  xchg(base: Register, offset: number, src: Register, size: 'u32' | 'u64'): this {
    return this.atomic('xchg', base, offset, src, size, true);
  }

  /** Stores src when the memory equals r0; r0 receives the old value either way. */
  cmpxchg(base: Register, offset: number, src: Register, size: 'u32' | 'u64'): this {
    return this.atomic('cmpxchg', base, offset, src, size, true);
  }

  // Control flow.

  jump(target: Label): this {
    return this.emitJump({ opcode: GOTO }, target);
  }

  jumpIf(left: Register, condition: Condition, right: Operand, target: Label): this {
    return this.compareAndJump(64, left, condition, right, target);
  }

  /** Compares the low halves (kernel 5.1). */
  jumpIf32(left: Register, condition: Condition, right: Operand, target: Label): this {
    return this.compareAndJump(32, left, condition, right, target);
  }

  exit(): this {
    return this.emit({ opcode: EXIT_OPCODE });
  }

  /** The code of a function that is finished already. Where it returns, it goes to `exit` instead. */
  append(insns: readonly Insn[], exit: Label): this {
    for (const insn of insns) {
      if (insn.opcode === EXIT_OPCODE) {
        this.at(insn.span).jump(exit);
        continue;
      }
      this.insns.push(this.placed === undefined ? insn : { ...insn, label: this.placed });
      this.slots += slotCount(insn);
      this.placed = undefined;
    }
    return this;
  }

  /** The instructions written so far with jumps resolved; the assembler must not be used afterwards.
   * @throws Bug         a label that a jump uses was never placed, or stands behind the last instruction
   * @throws JumpTooFar  a jump spans more than 32767 slots, now or when the kernel has put its own code in the place of calls */
  finish(): Insn[] {
    let slot = 0;
    const grown = this.growthBySlot();
    return this.insns.map((insn, index) => {
      slot += slotCount(insn);
      const target = this.targets.get(index);
      if (!target) return insn;
      if (target.slot === undefined) bug('assembler', `label '${target.name}' is used but never placed`);
      if (target.slot >= this.slots) bug('assembler', `label '${target.name}' stands behind the last instruction`);
      const off = target.slot - slot;
      const patched = Math.abs(off) + Math.abs(grown[target.slot]! - grown[slot]!);
      if (patched > 0x7fff) throw new JumpTooFar(patched, insn.span);
      return { ...insn, off };
    });
  }

  /** For each slot, by how many instructions the program before it may grow when it is loaded: the verifier replaces calls of some helpers
   *  (look-ups in arrays, bpf_loop) by instructions, and fails when a jump over them no longer reaches. */
  private growthBySlot(): number[] {
    const growth: number[] = [];
    let sum = 0;
    for (const insn of this.insns) {
      for (let i = slotCount(insn); i > 0; i--) growth.push(sum);
      if (insn.opcode === CALL_OPCODE && insn.src === 0) sum += growthOfHelper.get(Number(insn.imm)) ?? 0;
    }
    growth.push(sum);
    return growth;
  }

  private alu(width: Width, op: AluOp, dst: Register, operand: Operand): this {
    if (operand instanceof Register) return this.emit({ opcode: composeAlu(width, op, 'reg'), dst, src: operand });
    return this.emit({ opcode: composeAlu(width, op, 'imm'), dst, imm: operand });
  }

  private compareAndJump(width: Width, left: Register, condition: Condition, right: Operand, target: Label): this {
    if (right instanceof Register) return this.emitJump({ opcode: composeJump(width, condition, 'reg'), dst: left, src: right }, target);
    return this.emitJump({ opcode: composeJump(width, condition, 'imm'), dst: left, imm: right }, target);
  }

  private emitJump(fields: Fields, target: Label): this {
    if (target.owner !== this) bug('assembler', `label '${target.name}' belongs to another assembler`);
    this.targets.set(this.insns.length, target);
    return this.emit(fields);
  }

  private emit(fields: Fields): this {
    const { opcode, dst, src, off = 0, imm = 0, reference } = fields;
    if (typeof imm === 'number' && (imm | 0) !== imm) bug('assembler', `immediate ${imm} does not fit signed 32 bits`);
    if (off < -0x8000 || off > 0x7fff || !Number.isInteger(off)) bug('assembler', `offset ${off} does not fit signed 16 bits`);
    const insn: Insn = {
      opcode, dst: dst?.number ?? 0, src: src?.number ?? 0, off, imm,
      ...(reference && { reference }), ...(this.span && { span: this.span }),
      ...(this.note !== undefined && { comment: this.note }), ...(this.placed !== undefined && { label: this.placed }),
    };
    this.insns.push(insn);
    this.slots += slotCount(insn);
    this.note = undefined;
    this.placed = undefined;
    return this;
  }
}
