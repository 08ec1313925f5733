// Instruction selection: one IR function to machine code over virtual registers.
//
//   in     Func that passes validateIr
//   out    MachineFunc: blocks in IR order, followed by blocks made for edges that carry values
//   idea   constants, slots, map references and pointer + constant are no instructions of their own: they are folded into memory
//          operands and immediates, or made in the register where a call, a store or a comparison needs them
//   facts  immediates are 32 bits, sign-extended; memory offsets are 16 bits; a context pointer must be used unmodified, which
//          folding its offsets guarantees; a constant divisor of 0 and shifts by 64 or more are refused by the verifier

import type { Condition } from '../../model/bpf/opcodes.js';
import { helper, type HelperName } from '../../model/bpf/uapi.js';
import { bug } from '../../model/diagnostics/errors.js';
import type { Block, Comparison, Func, Target, Terminator, Value } from '../../model/ir/ir.js';
import type { Span } from '../../model/source/source.js';
import { type Address, type Copy, MachineBlock, MachineFunc, type MachineInsn, type Operand, type Reg, type RegOrImm } from './machine.js';
import { findGuarded } from './guarded.js';
import { type InsnWriter, type Unrolls, copyMemory, unrollsOf, zeroMemory } from './select-memory.js';
import { aluOps, conditions, fitsOffset, fitsS32, foldsAddress, isZeroExtended32, mapValue, mirrored } from './select-tables.js';

export function select(func: Func): MachineFunc {
  return new Selector(func).run();
}

class Selector implements InsnWriter {
  readonly func: MachineFunc;
  readonly unrolls: Unrolls;
  span: Span | undefined;
  private current!: MachineBlock;
  private partCount = 0;
  private readonly blocks = new Map<Block, MachineBlock>();
  /** by number of the value; undefined: it has none yet */
  private readonly regs: (Reg | undefined)[];
  /** by number of the value */
  private readonly uses: Uint32Array;
  /** by number of the value: 1 when its users cannot all fold it, which is pointer + constant kept in a register */
  private readonly kept: Uint8Array;
  /** comparisons used once, by a shift to the left: they give the shifted bit directly */
  private readonly shiftedSets = new Set<Value>();
  private readonly edgeBlocks: MachineBlock[] = [];

  constructor(private readonly ir: Func) {
    this.func = new MachineFunc(ir.name, ir.kind, ir.section, ir.entry.params.length);
    this.unrolls = unrollsOf(ir);
    this.regs = new Array<Reg | undefined>(ir.valueCount).fill(undefined);
    this.uses = new Uint32Array(ir.valueCount);
    this.kept = new Uint8Array(ir.valueCount);
  }

  run(): MachineFunc {
    this.countUses();
    for (const block of this.ir.blocks) {
      const made = this.newBlock(`b${block.id}`);
      this.blocks.set(block, made);
      this.func.blocks.push(made);
    }
    const starts = [...this.func.blocks];
    this.current = starts[0]!;
    if (this.ir.entry.params.length > 0) this.push({ kind: 'arguments', dsts: this.ir.entry.params.map((p) => this.reg(p)) });
    this.ir.blocks.forEach((block, index) => {
      this.current = starts[index]!;
      for (const value of block.instructions) {
        this.span = value.span;
        this.instruction(value);
      }
      const end = block.terminator ?? bug('select', `${block} of ${this.ir.name} has no end`);
      this.span = end.span;
      this.terminator(end);
    });
    this.func.blocks.push(...this.edgeBlocks);
    for (const value of findGuarded(this.ir)) if (this.regs[value.id] !== undefined) this.func.guarded.add(this.reg(value));
    return this.func;
  }

  // ---- writing ---------------------------------------------------------------------------------------------------

  push(insn: MachineInsn): void {
    if (this.span) insn.span = this.span;
    this.current.insns.push(insn);
  }

  /** Without a label it is named after the block it belongs to. */
  newBlock(label: string): MachineBlock {
    return new MachineBlock(label || `${this.current.label}.${this.partCount++}`);
  }

  continueIn(block: MachineBlock): void {
    this.func.blocks.push(block);
    this.current = block;
  }

  // ---- operands --------------------------------------------------------------------------------------------------

  private countUses(): void {
    const { uses, kept } = this;
    const count = ({ id }: Value): void => {
      uses[id]!++;
    };
    for (const block of this.ir.blocks) {
      for (const value of block.instructions) {
        const { args } = value;
        for (let index = 0; index < args.length; index++) {
          const { id } = args[index]!;
          uses[id]!++;
          if (kept[id] === 0 && !foldsAddress(value, index)) kept[id] = 1;
        }
      }
      const end = block.terminator;
      if (end?.kind === 'branch') {
        for (const arg of [end.left, end.right]) {
          count(arg);
          kept[arg.id] = 1;
        }
      } else if (end?.kind === 'return') count(end.value);
      for (let i = 0; i < block.wayCount; i++) block.way(i).args.forEach(count);
    }
    for (const block of this.ir.blocks) {
      for (const { op, args: [a, b] } of block.instructions) {
        if (op === 'shl' && b!.isConst && b!.constant >= 0n && b!.constant < 31n && a!.op in conditions && a!.block === block && uses[a!.id] === 1) {
          this.shiftedSets.add(a!);
        }
      }
    }
  }

  /** The virtual register of a value that has one. */
  private reg(value: Value): Reg {
    return (this.regs[value.id] ??= this.func.newReg());
  }

  /** Pointer + constant: an instruction only where its value is needed in a register. */
  private isOffset(value: Value): boolean {
    return value.op === 'add' && value.type.kind === 'ptr' && value.args[1]!.isConst && fitsS32(value.args[1]!.constant);
  }

  private operand(value: Value): Operand {
    switch (value.op) {
      case 'const': return { kind: 'imm', imm: value.constant };
      case 'slot': return { kind: 'slot', slot: value.attributes.slot!, offset: 0 };
      case 'map': return { kind: 'reference', reference: { kind: 'map', name: value.attributes.name! } };
      case 'function': return { kind: 'reference', reference: { kind: 'function', name: value.attributes.name! } };
      case 'map_value': return mapValue(value, 0);
      case 'field_offset': return { kind: 'reference', reference: { kind: 'field', name: value.attributes.name!, offset: value.attributes.offset! } };
      case 'extend': if (value.attributes.width === 8) return this.operand(value.args[0]!); break;
      case 'add':
        if (this.isOffset(value) && this.kept[value.id] === 0) {
          const offset = Number(value.args[1]!.constant);
          const base = this.operand(value.args[0]!);
          if (base.kind === 'slot') return { ...base, offset: base.offset + offset };
          if (base.kind === 'address') return { ...base, offset: base.offset + offset };
          if (base.kind === 'reg') return { kind: 'address', reg: base.reg, offset };
          if (base.kind === 'reference' && base.reference.kind === 'map_value') {
            return { kind: 'reference', reference: { ...base.reference, offset: base.reference.offset + offset } };
          }
        }
        break;
      default:
    }
    return { kind: 'reg', reg: this.reg(value) };
  }

  /** The value in a register; what has none is made anew. */
  private use(value: Value): Reg {
    if (value.op === 'map_value') return this.reg(value);
    const operand = this.operand(value);
    return operand.kind === 'reg' ? operand.reg : this.materialize(operand);
  }

  private materialize(operand: Operand): Reg {
    const dst = this.func.newReg();
    this.push({ kind: 'copies', copies: [{ dst, from: operand }] });
    if (operand.kind !== 'reg' && operand.kind !== 'address') this.func.remakeable.set(dst, operand);
    return dst;
  }

  private regOrImm(value: Value): RegOrImm {
    return value.isConst && fitsS32(value.constant) ? { imm: Number(value.constant) } : { reg: this.use(value) };
  }

  private address(pointer: Value, offset: number): Address {
    let base = pointer;
    let sum = offset;
    for (;;) {
      if (base.op === 'slot') return { base: base.attributes.slot!, offset: sum };
      const step = this.isOffset(base) ? Number(base.args[1]!.constant) : undefined;
      if (step === undefined || !fitsOffset(sum + step)) break;
      sum += step;
      base = base.args[0]!;
    }
    if (fitsOffset(sum)) return { base: this.use(base), offset: sum };
    const far = this.func.newReg();
    this.push({ kind: 'copies', copies: [{ dst: far, from: { kind: 'address', reg: this.use(base), offset: sum } }] });
    return { base: far, offset: 0 };
  }

  // ---- instructions ----------------------------------------------------------------------------------------------

  private instruction(value: Value): void {
    const { args, attributes } = value;
    switch (value.op) {
      case 'param':
      case 'const':
      case 'map':
      case 'function':
      case 'slot':
      case 'field_offset':
        return;
      case 'map_value':
        if (this.kept[value.id] === 1) {
          const from = mapValue(value, 0);
          this.func.remakeable.set(this.reg(value), from);
          this.push({ kind: 'copies', copies: [{ dst: this.reg(value), from }] });
        }
        return;
      case 'neg':
        return this.push({ kind: 'unary', op: 'neg', dst: this.reg(value), a: this.use(args[0]!) });
      case 'bswap':
        return this.swapBytes(value);
      case 'extend':
        return this.extend(value);
      case 'load':
        return this.load(value);
      case 'store':
        return this.push({
          kind: 'store', address: this.address(args[0]!, attributes.offset ?? 0), width: attributes.width!, value: this.storedValue(args[1]!, attributes.width!),
        });
      case 'zero':
        return zeroMemory(this, this.address(args[0]!, attributes.offset ?? 0), attributes.size!, args[0]!);
      case 'copy':
        return copyMemory(
          this, this.address(args[0]!, attributes.offset ?? 0), this.address(args[1]!, attributes.sourceOffset ?? 0), attributes.size!, args[0]!, args[1]!,
        );
      case 'atomic_add':
      case 'atomic_xchg':
      case 'atomic_cmpxchg':
        return this.atomic(value);
      case 'call':
      case 'call_function':
      case 'call_kfunc':
        return this.call(value);
      default:
        if (value.op in conditions) this.set(value, 1);
        else this.arithmetic(value);
    }
  }

  private arithmetic(value: Value): void {
    const op = aluOps[value.op] ?? bug('select', `no instruction for ${value.op}`);
    let [a, b] = value.args as [Value, Value];
    if (this.isOffset(value) && this.kept[value.id] === 0) return;
    const swappable = value.op === 'add' || value.op === 'mul' || value.op === 'and' || value.op === 'or' || value.op === 'xor';
    if (a.isConst && !b.isConst && swappable) [a, b] = [b, a];
    const dst = this.reg(value);
    if (this.shiftedSets.has(a)) return this.set(a, 1 << Number(b.constant), dst);
    if (b.isConst) {
      const n = b.constant;
      if ((op === 'div' || op === 'mod') && n === 0n) {
        return this.push({ kind: 'copies', copies: [{ dst, from: op === 'div' ? { kind: 'imm', imm: 0n } : this.operand(a) }] });
      }
      if (op === 'lsh' || op === 'rsh' || op === 'arsh') return this.push({ kind: 'alu', op, dst, a: this.use(a), b: { imm: Number(n & 63n) } });
      if (op === 'and' && n === 0xffffffffn) return this.push({ kind: 'low32', dst, a: this.use(a) });
    }
    this.push({ kind: 'alu', op, dst, a: this.use(a), b: this.regOrImm(b) });
  }

  private extend(value: Value): void {
    const { width, signed } = value.attributes;
    if (width === 8) return;
    const dst = this.reg(value);
    const a = this.use(value.args[0]!);
    if (signed) return this.signExtend(dst, a, 64 - width! * 8);
    if (width === 4) this.push({ kind: 'low32', dst, a });
    else this.push({ kind: 'alu', op: 'and', dst, a, b: { imm: width === 1 ? 0xff : 0xffff } });
  }

  private signExtend(dst: Reg, a: Reg, bits: number): void {
    const shifted = this.func.newReg();
    this.push({ kind: 'alu', op: 'lsh', dst: shifted, a, b: { imm: bits } });
    this.push({ kind: 'alu', op: 'arsh', dst, a: shifted, b: { imm: bits } });
  }

  private swapBytes(value: Value): void {
    const a = this.use(value.args[0]!);
    const dst = this.reg(value);
    const { width } = value.attributes;
    if (width === 1) this.push({ kind: 'alu', op: 'and', dst, a, b: { imm: 0xff } });
    else this.push({ kind: 'unary', op: width === 2 ? 'be16' : width === 4 ? 'be32' : 'be64', dst, a });
  }

  private load(value: Value): void {
    const { offset = 0, width, signed, name: argument } = value.attributes;
    const address = this.address(value.args[0]!, offset);
    if (!signed || width === 8) return this.push({ kind: 'load', dst: this.reg(value), address, width: width!, argument });
    const raw = this.func.newReg();
    this.push({ kind: 'load', dst: raw, address, width: width!, argument });
    this.signExtend(this.reg(value), raw, 64 - width! * 8);
  }

  /** Only the low bytes count, so any immediate that agrees in them will do. */
  private storedValue(value: Value, width: number): RegOrImm {
    if (value.isConst && width < 8) return { imm: Number(BigInt.asIntN(Math.min(width * 8, 32), value.constant)) };
    return this.regOrImm(value);
  }

  private atomic(value: Value): void {
    const { args, attributes } = value;
    const address = this.address(args[0]!, attributes.offset ?? 0);
    const width = attributes.width as 4 | 8;
    const result = this.uses[value.id]! > 0 ? this.reg(value) : undefined;
    if (value.op === 'atomic_add') return this.push({ kind: 'atomic', op: 'add', address, width, value: this.use(args[1]!), dst: result });
    const dst = result ?? this.func.newReg();
    if (value.op === 'atomic_xchg') return this.push({ kind: 'atomic', op: 'xchg', address, width, value: this.use(args[1]!), dst });
    this.push({ kind: 'atomic', op: 'cmpxchg', address, width, expected: this.use(args[1]!), value: this.use(args[2]!), dst });
  }

  private call(value: Value): void {
    const name = value.attributes.name!;
    const dst = this.uses[value.id]! > 0 ? this.reg(value) : undefined;
    const args = value.args.map((arg) => this.operand(arg));
    if (args.length > 5) bug('select', `${name} is called with ${args.length} arguments`);
    if (value.op === 'call_function') return this.push({ kind: 'call', callee: { kind: 'function', name }, args, dst });
    if (value.op === 'call_kfunc') return this.push({ kind: 'call', callee: { kind: 'kfunc', name }, args, dst });
    const number = helper[name as HelperName] ?? bug('select', `there is no helper ${name}`);
    this.push({ kind: 'call', callee: { kind: 'helper', number, name }, args, dst });
  }

  // ---- comparisons -----------------------------------------------------------------------------------------------

  private set(value: Value, whenTrue: number, shifted?: Reg): void {
    if (shifted === undefined && this.shiftedSets.has(value)) return;
    const [left, right] = value.args as [Value, Value];
    const compared = this.compare(value.op as Comparison, left, right);
    this.push({ kind: 'set', dst: shifted ?? this.reg(value), ...compared, whenTrue, whenFalse: 0 });
  }

  private compare(comparison: Comparison, left: Value, right: Value): { condition: Condition; a: Reg; b: RegOrImm; bits: 32 | 64 } {
    if (left.isConst && !right.isConst) return this.compare(mirrored[comparison], right, left);
    const condition = conditions[comparison];
    if (right.isConst && !fitsS32(right.constant) && right.constant >= 0n && right.constant <= 0xffffffffn && !condition.startsWith('s') && isZeroExtended32(left)) {
      return { condition, a: this.use(left), b: { imm: Number(BigInt.asIntN(32, right.constant)) }, bits: 32 };
    }
    return { condition, a: this.use(left), b: this.regOrImm(right), bits: 64 };
  }

  // ---- ends of blocks --------------------------------------------------------------------------------------------

  private terminator(end: Terminator): void {
    if (end.kind === 'return') return this.push({ kind: 'exit', value: this.operand(end.value) });
    if (end.kind === 'jump') {
      this.copyArgs(end.target);
      return this.push({ kind: 'jump', to: this.blocks.get(end.target.block)! });
    }
    const compared = this.compare(end.comparison, end.left, end.right);
    const whenTrue = this.edge(end.whenTrue, '');
    const whenFalse = this.edge(end.whenFalse, end.whenTrue.block === end.whenFalse.block ? '_else' : '');
    this.push({ kind: 'branch', ...compared, whenTrue, whenFalse, likely: end.likely });
  }

  private copyArgs(target: Target): void {
    const copies: Copy[] = [];
    target.block.params.forEach((param, index) => {
      if (this.uses[param.id]! > 0) copies.push({ dst: this.reg(param), from: this.operand(target.args[index]!) });
    });
    const moving = copies.filter((c) => c.from.kind !== 'reg' || c.from.reg !== c.dst);
    if (moving.length > 0) this.push({ kind: 'copies', copies: moving });
  }

  /** A branch whose target takes values gets a block of its own for the copies. */
  private edge(target: Target, suffix: string): MachineBlock {
    const to = this.blocks.get(target.block)!;
    if (!target.block.params.some((p) => this.uses[p.id]! > 0)) return to;
    const from = this.current;
    const block = this.newBlock(`${from.label}_${to.label}${suffix}`);
    this.current = block;
    this.copyArgs(target);
    this.push({ kind: 'jump', to });
    this.current = from;
    this.edgeBlocks.push(block);
    return block;
  }
}
