// Instructions → what can be said about them before they run.
//
//   out    jump targets as instruction indexes, stack depth; a SimFault for what the verifier refuses without following any path
//   facts  kernel/bpf/verifier.c: check_cfg, check_alu_op, check_cond_jmp_op (reserved fields, unreachable insn)

import type { Insn } from '../model/bpf/insn.js';
import { slotCount } from '../model/bpf/insn.js';
import type { Opcode } from '../model/bpf/opcodes.js';
import { decodeOpcode } from '../model/bpf/opcodes.js';
import { SimFault } from './fault.js';

export interface Decoded {
  /** 8-byte slot each instruction starts at */
  readonly slots: readonly number[];
  /** per instruction: index of the jump target, -1 where there is none */
  readonly targets: readonly number[];
  /** bytes of stack the instructions name, rounded up to 32 */
  readonly stackDepth: number;
}

type Fail = (index: number, reason: string) => never;

export function decode(name: string, insns: readonly Insn[]): Decoded {
  const fail: Fail = (index, reason) => {
    throw new SimFault(reason, {
      program: name, functionName: name, index, slot: slots[index] ?? 0, insn: insns[index]!, registers: [], explain: () => '', callers: [],
    });
  };
  const slots: number[] = [];
  const indexBySlot = new Map<number, number>();
  let slot = 0;
  insns.forEach((insn, index) => {
    slots.push(slot);
    indexBySlot.set(slot, index);
    slot += slotCount(insn);
  });
  if (insns.length === 0) throw new SimFault(`${name}: the function has no instructions`);
  const targets = insns.map((insn, index) => {
    const opcode = decodeOpcode(insn.opcode);
    const problem = checkFields(insn, opcode);
    if (problem !== undefined) fail(index, problem);
    if (opcode.kind !== 'jump' && opcode.kind !== 'goto') return -1;
    const offset = opcode.kind === 'goto' && opcode.wide ? Number(insn.imm) : insn.off;
    const target = slots[index]! + 1 + offset;
    return indexBySlot.get(target) ?? fail(index, `jump to slot ${target}, which is no instruction (out of range, or the second half of an lddw)`);
  });
  checkReachable(insns, targets, fail);
  return { slots, targets, stackDepth: stackDepth(insns) };
}

/** Every instruction must be reachable, and none may be followed by nothing. */
function checkReachable(insns: readonly Insn[], targets: readonly number[], fail: Fail): void {
  const seen = new Uint8Array(insns.length);
  const work = [0];
  for (let index = work.pop(); index !== undefined; index = work.pop()) {
    if (seen[index]) continue;
    seen[index] = 1;
    const kind = decodeOpcode(insns[index]!.opcode).kind;
    if (targets[index]! >= 0) work.push(targets[index]!);
    if (kind === 'exit' || kind === 'goto') continue;
    if (index + 1 >= insns.length) fail(index, 'control falls off the end of the function');
    work.push(index + 1);
  }
  const unreachable = seen.indexOf(0);
  if (unreachable >= 0) fail(unreachable, 'unreachable instruction');
}

/** What is wrong with the encoding, if anything. */
function checkFields(insn: Insn, opcode: Opcode): string | undefined {
  const { dst, src, off } = insn;
  const imm = opcode.kind === 'lddw' ? 0 : Number(insn.imm);
  if (!Number.isInteger(imm) || imm < -0x80000000 || imm > 0x7fffffff) return `imm ${insn.imm} does not fit into 32 bits`;
  if (off < -0x8000 || off > 0x7fff) return `off ${off} does not fit into 16 bits`;
  const takesRegister = 'source' in opcode && opcode.source === 'reg';
  if (dst > 10) return `r${dst} is no register`;
  if (src > 10 && opcode.kind !== 'lddw' && opcode.kind !== 'call') return `r${src} is no register`;
  if (dst === 10 && ['alu', 'neg', 'endian', 'load', 'lddw'].includes(opcode.kind)) return 'frame pointer is read only';
  const reserved = (condition: boolean): string | undefined => (condition ? `reserved fields of a ${opcode.kind} instruction are set` : undefined);
  switch (opcode.kind) {
    case 'lddw': return reserved(off !== 0);
    case 'load': return reserved(imm !== 0);
    case 'store': return reserved(takesRegister ? imm !== 0 : src !== 0);
    case 'atomic': return undefined;
    case 'call': return reserved(takesRegister || dst !== 0 || off !== 0 || src > 2);
    case 'exit': return reserved(dst !== 0 || off !== 0 || src !== 0 || imm !== 0);
    case 'goto': return reserved(dst !== 0 || src !== 0 || (opcode.wide ? off : imm) !== 0);
    case 'jump': return reserved(takesRegister ? imm !== 0 : src !== 0);
    case 'neg': return reserved(off !== 0 || src !== 0 || imm !== 0);
    case 'endian': return reserved(off !== 0 || src !== 0 || ![16, 32, 64].includes(imm));
    case 'alu': return checkAlu(opcode, off, imm) ?? reserved(takesRegister ? imm !== 0 : src !== 0);
    case 'unknown': return `unknown opcode 0x${insn.opcode.toString(16)}`;
  }
}

function checkAlu(opcode: Opcode & { kind: 'alu' }, off: number, imm: number): string | undefined {
  const { op, width, source } = opcode;
  if (op === 'div' || op === 'mod') {
    if (off !== 0 && off !== 1) return `off ${off} has no meaning for ${op}`;
    return source === 'imm' && imm === 0 ? 'div by zero' : undefined;
  }
  if (op === 'mov' && source === 'reg' && (off === 8 || off === 16 || (off === 32 && width === 64))) return undefined;
  if (off !== 0) return `off ${off} has no meaning for ${op}`;
  const isShift = op === 'lsh' || op === 'rsh' || op === 'arsh';
  return isShift && source === 'imm' && (imm < 0 || imm >= width) ? `invalid shift ${imm}` : undefined;
}

/** Deepest stack byte named by an access through r10 or by an address taken of it, rounded up to 32 as the verifier counts. */
function stackDepth(insns: readonly Insn[]): number {
  let deepest = 0;
  const base: (number | undefined)[] = [];
  base[10] = 0;
  const reach = (from: number | undefined, offset: number): void => {
    if (from !== undefined) deepest = Math.min(deepest, from + offset);
  };
  for (const insn of insns) {
    const opcode = decodeOpcode(insn.opcode);
    if (opcode.kind === 'load') reach(base[insn.src], insn.off);
    if (opcode.kind === 'store' || opcode.kind === 'atomic') reach(base[insn.dst], insn.off);
    if (opcode.kind === 'alu') {
      const isMove = opcode.op === 'mov' && opcode.source === 'reg' && opcode.width === 64 && insn.off === 0;
      const isAdd = opcode.op === 'add' && opcode.source === 'imm' && opcode.width === 64;
      const from = base[insn.dst];
      base[insn.dst] = isMove ? base[insn.src] : isAdd && from !== undefined ? from + Number(insn.imm) : undefined;
      reach(base[insn.dst], 0);
    } else if (opcode.kind === 'load' || opcode.kind === 'lddw' || opcode.kind === 'neg') base[insn.dst] = undefined;
  }
  return Math.ceil(-deepest / 32) * 32;
}
