// Parallel moves put in an order in which no value is overwritten before it is read.
//
//   in     moves that all read before any writes; destinations are distinct
//   out    the same as a sequence; each step is one the machine has: no memory to memory, no address computed in memory
//   idea   a move whose destination nobody still reads goes first; when none is left, what remains are cycles: one value is
//          set aside in a free register, or in a stack slot when none is free

import { formatOperand, formatReg, type Operand } from './machine.js';

/** 0-9: a register; SPILL and above: an 8-byte spill slot. */
export type Location = number;
export const SPILL = 32;

export interface Move {
  readonly to: Location;
  /** `reg` fields hold locations */
  readonly from: Operand;
}

export const isRegister = (location: Location): boolean => location < SPILL;

export function formatLocation(location: Location): string {
  return isRegister(location) ? formatReg(location) : `spill${location - SPILL}`;
}

export function formatMove({ to, from }: Move): string {
  return `${formatLocation(to)} <- ${formatOperand(from, formatLocation)}`;
}

const sourceOf = (from: Operand): Location => (from.kind === 'reg' || from.kind === 'address' ? from.reg : -1);

/** Says which locations may be used on the way. */
export interface Scratch {
  /** registers whose value nobody needs, as a mask; destinations and sources of the moves need not be left out */
  readonly freeRegisters: number;
  /** a spill slot of its own per number */
  slot(number: 0 | 1): Location;
}

export function sequenceMoves(moves: readonly Move[], scratch: Scratch): Move[] {
  const pending = moves.filter(({ to, from }) => !(from.kind === 'reg' && from.reg === to));
  if (pending.length === 0) return [];
  const out: Move[] = [];
  const involved = new Set<Location>();
  for (const { to, from } of moves) {
    involved.add(to);
    if (sourceOf(from) >= 0) involved.add(sourceOf(from));
  }
  const spare = (): Location | undefined => {
    for (let reg = 0; reg < 10; reg++) if (scratch.freeRegisters & (1 << reg) && !involved.has(reg)) return reg;
    return undefined;
  };
  while (pending.length > 0) {
    const ready = pending.findIndex((m) => !pending.some((other) => other !== m && sourceOf(other.from) === m.to));
    if (ready >= 0) {
      emit(pending[ready]!, out, spare, scratch);
      pending.splice(ready, 1);
      continue;
    }
    const aside = spare() ?? scratch.slot(0);
    involved.add(aside);
    const saved = pending[0]!.to;
    emit({ to: aside, from: { kind: 'reg', reg: saved } }, out, spare, scratch);
    for (let i = 0; i < pending.length; i++) {
      const { to, from } = pending[i]!;
      if (sourceOf(from) === saved) pending[i] = { to, from: { ...from, reg: aside } as Operand };
    }
  }
  return out;
}

function emit({ to, from }: Move, out: Move[], spare: () => Location | undefined, scratch: Scratch): void {
  if (isRegister(to)) {
    if (from.kind === 'address' && !isRegister(from.reg)) {
      out.push({ to, from: { kind: 'reg', reg: from.reg } }, { to, from: { ...from, reg: to } });
    } else out.push({ to, from });
    return;
  }
  const direct = (from.kind === 'reg' && isRegister(from.reg)) || (from.kind === 'imm' && BigInt.asIntN(32, from.imm) === from.imm);
  if (direct) {
    out.push({ to, from });
    return;
  }
  const free = spare();
  const by = free ?? (sourceOf(from) === 9 ? 8 : 9);
  if (free === undefined) out.push({ to: scratch.slot(1), from: { kind: 'reg', reg: by } });
  emit({ to: by, from }, out, spare, scratch);
  out.push({ to, from: { kind: 'reg', reg: by } });
  if (free === undefined) out.push({ to: by, from: { kind: 'reg', reg: scratch.slot(1) } });
}
