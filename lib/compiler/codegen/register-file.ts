// Which live ranges each machine register holds, and where.

import type { LiveRange } from './live-range.js';

interface Entry {
  readonly start: number;
  readonly end: number;
  readonly range: LiveRange;
}

const REGISTERS = 10;

export class RegisterFile {
  /** by register: segments sorted by position, disjoint */
  private readonly entries: Entry[][] = Array.from({ length: REGISTERS }, () => []);

  isFree(range: LiveRange, reg: number): boolean {
    const list = this.entries[reg]!;
    if (list.length === 0) return true;
    const { segments } = range;
    for (let s = 0; s < segments.length; s += 2) {
      const at = firstEndingAfter(list, segments[s]!);
      if (at < list.length && list[at]!.start < segments[s + 1]!) return false;
    }
    return true;
  }

  /** The ranges in `reg` that overlap `range`. */
  conflicts(range: LiveRange, reg: number): Set<LiveRange> {
    const found = new Set<LiveRange>();
    const list = this.entries[reg]!;
    const { segments } = range;
    for (let s = 0; s < segments.length; s += 2) {
      for (let at = firstEndingAfter(list, segments[s]!); at < list.length && list[at]!.start < segments[s + 1]!; at++) found.add(list[at]!.range);
    }
    return found;
  }

  heaviestConflict(range: LiveRange, reg: number): number {
    let most = -1;
    for (const other of this.conflicts(range, reg)) most = Math.max(most, other.weight);
    return most;
  }

  assign(range: LiveRange, reg: number): void {
    range.reg = reg;
    const list = this.entries[reg]!;
    const { segments } = range;
    for (let s = 0; s < segments.length; s += 2) {
      const entry = { start: segments[s]!, end: segments[s + 1]!, range };
      list.splice(firstEndingAfter(list, entry.start), 0, entry);
    }
  }

  release(range: LiveRange): void {
    this.entries[range.reg] = this.entries[range.reg]!.filter((entry) => entry.range !== range);
    range.reg = -1;
  }

  /** Registers that hold nothing at a position, as a mask. */
  unusedAt(position: number): number {
    let mask = 0;
    for (let reg = 0; reg < REGISTERS; reg++) {
      const list = this.entries[reg]!;
      const at = firstEndingAfter(list, position);
      if (at >= list.length || list[at]!.start > position) mask |= 1 << reg;
    }
    return mask;
  }
}

function firstEndingAfter(list: readonly Entry[], position: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.end <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
