// Machine code before and after register allocation: BPF instructions over virtual registers, in blocks.
//
//   made by  select.ts; regalloc.ts replaces virtual by physical registers; emit.ts turns the result into Insn[]
//   idea     three-address form: `alu` and `unary` may name a destination other than their first operand, the move in between
//            is made only when the two do not share a register; calls, returns and block parameters take whole operands, so that
//            constants and addresses are made in the very register that needs them
//   facts    registers 0-10 are the machine's, FIRST_VIRTUAL and above are virtual; each virtual register has one definition,
//            or (a block's parameter) one per incoming edge

import type { Reference } from '../../model/bpf/insn.js';
import type { AluOp, AtomicOp, Condition } from '../../model/bpf/opcodes.js';
import type { FuncKind, StackSlot, Width } from '../../model/ir/ir.js';
import type { Span } from '../../model/source/source.js';

export type Reg = number;
export const FIRST_VIRTUAL = 16;
export const FRAME_POINTER = 10;

/** What a call, a return or a copy can take. */
export type Operand =
  | { readonly kind: 'reg'; readonly reg: Reg }
  | { readonly kind: 'imm'; readonly imm: bigint }
  | { readonly kind: 'slot'; readonly slot: StackSlot; readonly offset: number }
  /** register plus constant */
  | { readonly kind: 'address'; readonly reg: Reg; readonly offset: number }
  | { readonly kind: 'reference'; readonly reference: Reference };

/** Memory operand: register or stack slot, plus offset. */
export interface Address {
  readonly base: Reg | StackSlot;
  readonly offset: number;
}

/** Second operand of arithmetic and comparisons: a register or a signed 32-bit immediate. */
export type RegOrImm = { readonly reg: Reg } | { readonly imm: number };

export interface Copy {
  readonly dst: Reg;
  readonly from: Operand;
}

export type Callee = { readonly kind: 'helper'; readonly number: number; readonly name: string } | { readonly kind: 'function' | 'kfunc'; readonly name: string };

interface Common {
  /** set when the instruction is written down */
  span?: Span | undefined;
}

export type MachineInsn = Common & (
  /** the function's arguments arrive in r1 … */
  | { readonly kind: 'arguments'; readonly dsts: readonly Reg[] }
  /** all reads happen before all writes */
  | { readonly kind: 'copies'; readonly copies: readonly Copy[] }
  | { readonly kind: 'alu'; readonly op: AluOp; readonly dst: Reg; readonly a: Reg; readonly b: RegOrImm }
  | { readonly kind: 'unary'; readonly op: 'neg' | 'be16' | 'be32' | 'be64'; readonly dst: Reg; readonly a: Reg }
  /** the low 32 bits, zero-extended */
  | { readonly kind: 'low32'; readonly dst: Reg; readonly a: Reg }
  | { readonly kind: 'load'; readonly dst: Reg; readonly address: Address; readonly width: Width; /** what is loaded (IR) */ readonly argument?: string | undefined }
  | { readonly kind: 'store'; readonly address: Address; readonly width: Width; readonly value: RegOrImm }
  /** with `dst`, the old value comes back; cmpxchg compares with `expected` */
  | { readonly kind: 'atomic'; readonly op: AtomicOp; readonly address: Address; readonly width: 4 | 8; readonly value: Reg; readonly expected?: Reg;
      readonly dst?: Reg | undefined }
  | { readonly kind: 'call'; readonly callee: Callee; readonly args: readonly Operand[]; readonly dst?: Reg | undefined }
  /** dst = a condition b ? whenTrue : whenFalse */
  | { readonly kind: 'set'; readonly dst: Reg; readonly condition: Condition; readonly a: Reg; readonly b: RegOrImm; readonly bits: 32 | 64;
      readonly whenTrue: number; readonly whenFalse: number }
  | { readonly kind: 'jump'; readonly to: MachineBlock }
  | { readonly kind: 'branch'; readonly condition: Condition; readonly a: Reg; readonly b: RegOrImm; readonly bits: 32 | 64;
      readonly whenTrue: MachineBlock; readonly whenFalse: MachineBlock; readonly likely?: boolean | undefined }
  | { readonly kind: 'exit'; readonly value: Operand }
);

export class MachineBlock {
  insns: MachineInsn[] = [];
  predecessors: MachineBlock[] = [];
  /** how often it runs, relative to the entry: 10 per loop around it, less when unlikely */
  frequency = 1;
  /** reached only by unlikely branches: laid out behind everything else */
  cold = false;
  /** index in layout order */
  index = 0;

  constructor(readonly label: string) {}

  get end(): MachineInsn {
    return this.insns[this.insns.length - 1]!;
  }

  get successors(): MachineBlock[] {
    const end = this.insns[this.insns.length - 1];
    if (end?.kind === 'jump') return [end.to];
    return end?.kind === 'branch' ? [end.whenTrue, end.whenFalse] : [];
  }
}

export class MachineFunc {
  /** in layout order once layout.ts has run; [0] is the entry */
  blocks: MachineBlock[] = [];
  private next = FIRST_VIRTUAL;
  /** virtual registers whose value can be made anew anywhere instead of being kept */
  readonly remakeable = new Map<Reg, Operand>();
  /** virtual registers whose bounds the verifier learns from a comparison and needs later; see guarded.ts */
  readonly guarded = new Set<Reg>();

  constructor(
    readonly name: string,
    readonly kind: FuncKind,
    readonly section: string,
    readonly argumentCount: number,
  ) {}

  newReg(): Reg {
    return this.next++;
  }

  /** one more than the highest virtual register */
  get regCount(): number {
    return this.next;
  }
}

/** Registers that lose their value at an instruction, as a bit mask. */
export function clobberedBy(insn: MachineInsn): number {
  if (insn.kind === 'call') return 0b111111;
  return insn.kind === 'atomic' && insn.op === 'cmpxchg' ? 1 : 0;
}

/** When a use ends relative to its instruction: `early` uses may share a register with the definition, `late` ones may not. */
export type UseTime = 'early' | 'late';

/** Calls `visit` for each register read. */
export function forEachUse(insn: MachineInsn, visit: (reg: Reg, time: UseTime) => void): void {
  switch (insn.kind) {
    case 'copies':
      for (const { from } of insn.copies) if (from.kind === 'reg' || from.kind === 'address') visit(from.reg, 'early');
      break;
    case 'alu':
      visit(insn.a, 'early');
      if ('reg' in insn.b) visit(insn.b.reg, isCommutative(insn.op) || insn.b.reg === insn.a ? 'early' : 'late');
      break;
    case 'unary':
    case 'low32':
      visit(insn.a, 'early');
      break;
    case 'load':
      if (typeof insn.address.base === 'number') visit(insn.address.base, 'early');
      break;
    case 'store':
      if (typeof insn.address.base === 'number') visit(insn.address.base, 'early');
      if ('reg' in insn.value) visit(insn.value.reg, 'early');
      break;
    case 'atomic':
      if (typeof insn.address.base === 'number') visit(insn.address.base, 'late');
      visit(insn.value, insn.op === 'cmpxchg' ? 'late' : 'early');
      if (insn.expected !== undefined) visit(insn.expected, 'early');
      break;
    case 'call':
      for (const arg of insn.args) if (arg.kind === 'reg' || arg.kind === 'address') visit(arg.reg, 'early');
      break;
    case 'set':
    case 'branch':
      visit(insn.a, 'early');
      if ('reg' in insn.b) visit(insn.b.reg, 'early');
      break;
    case 'exit':
      if (insn.value.kind === 'reg' || insn.value.kind === 'address') visit(insn.value.reg, 'early');
      break;
    default:
  }
}

/** Calls `visit` for each register written. A `set` writes before it has read everything. */
export function forEachDefinition(insn: MachineInsn, visit: (reg: Reg) => void): void {
  switch (insn.kind) {
    case 'arguments':
      insn.dsts.forEach(visit);
      break;
    case 'copies':
      for (const { dst } of insn.copies) visit(dst);
      break;
    case 'alu':
    case 'unary':
    case 'low32':
    case 'load':
    case 'set':
      visit(insn.dst);
      break;
    case 'atomic':
    case 'call':
      if (insn.dst !== undefined) visit(insn.dst);
      break;
    default:
  }
}

export function isCommutative(op: AluOp): boolean {
  return op === 'add' || op === 'mul' || op === 'and' || op === 'or' || op === 'xor';
}

// ---- text --------------------------------------------------------------------------------------------------------

export function formatReg(reg: Reg): string {
  return reg < FIRST_VIRTUAL ? `r${reg}` : `v${reg - FIRST_VIRTUAL}`;
}

const signedOffset = (offset: number): string => (offset === 0 ? '' : offset < 0 ? ` - ${-offset}` : ` + ${offset}`);

export function formatOperand(operand: Operand, reg: (r: Reg) => string = formatReg): string {
  switch (operand.kind) {
    case 'reg': return reg(operand.reg);
    case 'imm': return `${operand.imm}`;
    case 'slot': return `&${operand.slot.name}.${operand.slot.id}${signedOffset(operand.offset)}`;
    case 'address': return `${reg(operand.reg)}${signedOffset(operand.offset)}`;
    case 'reference': {
      const { reference } = operand;
      return reference.kind === 'map_value' ? `map_value ${reference.name}${signedOffset(reference.offset)}` : `${reference.kind} ${reference.name}`;
    }
  }
}

function formatAddress({ base, offset }: Address): string {
  return `[${typeof base === 'number' ? formatReg(base) : `${base.name}.${base.id}`}${signedOffset(offset)}]`;
}

const formatB = (b: RegOrImm): string => ('reg' in b ? formatReg(b.reg) : `${b.imm}`);

export function formatMachineInsn(insn: MachineInsn): string {
  switch (insn.kind) {
    case 'arguments': return `${insn.dsts.map(formatReg).join(', ')} = arguments`;
    case 'copies': return insn.copies.map((c) => `${formatReg(c.dst)} = ${formatOperand(c.from)}`).join(' | ');
    case 'alu': return `${formatReg(insn.dst)} = ${insn.op} ${formatReg(insn.a)}, ${formatB(insn.b)}`;
    case 'unary':
    case 'low32': return `${formatReg(insn.dst)} = ${insn.kind === 'unary' ? insn.op : 'low32'} ${formatReg(insn.a)}`;
    case 'load': return `${formatReg(insn.dst)} = load u${insn.width * 8} ${formatAddress(insn.address)}`;
    case 'store': return `store u${insn.width * 8} ${formatAddress(insn.address)}, ${formatB(insn.value)}`;
    case 'atomic': {
      const expected = insn.expected === undefined ? '' : `, expected ${formatReg(insn.expected)}`;
      return `${insn.dst === undefined ? '' : `${formatReg(insn.dst)} = `}atomic_${insn.op} u${insn.width * 8} ${formatAddress(insn.address)}, `
        + `${formatReg(insn.value)}${expected}`;
    }
    case 'call': {
      const kind = insn.callee.kind === 'helper' ? '' : ` ${insn.callee.kind}`;
      return `${insn.dst === undefined ? '' : `${formatReg(insn.dst)} = `}call${kind} ${insn.callee.name}(${insn.args.map((a) => formatOperand(a)).join(', ')})`;
    }
    case 'set':
      return `${formatReg(insn.dst)} = ${formatReg(insn.a)} ${insn.condition} ${formatB(insn.b)} ? ${insn.whenTrue} : ${insn.whenFalse}`
        + (insn.bits === 32 ? ' (32)' : '');
    case 'jump': return `jump ${insn.to.label}`;
    case 'branch':
      return `if ${formatReg(insn.a)} ${insn.condition} ${formatB(insn.b)}${insn.bits === 32 ? ' (32)' : ''} -> ${insn.whenTrue.label}, ${insn.whenFalse.label}`;
    case 'exit': return `exit ${formatOperand(insn.value)}`;
  }
}

export function formatMachineFunc(func: MachineFunc): string {
  const lines = [`${func.kind} ${func.name}`];
  for (const block of func.blocks) {
    lines.push(`${block.label}:${block.cold ? ' (cold)' : ''}`);
    for (const insn of block.insns) lines.push(`  ${formatMachineInsn(insn)}`);
  }
  return `${lines.join('\n')}\n`;
}
