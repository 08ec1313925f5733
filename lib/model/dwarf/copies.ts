// Which functions, and inlined copies of functions, the code at an address is part of.
//
//   facts  DWARF 5 3.3.8: an inlined copy lies in the entry of its caller, and says in which line it is called. What a function of C has inside of
//          itself as a function of its own (an extension of GCC) is no part of the code around it. Where several rows of the table of lines have the
//          first address of a copy, GCC says which of them is the copy's first (its view); otherwise only the last of them is taken for one

import { attribute, tag } from './constants.js';
import { DamagedDwarf } from './cursor.js';
import { type AddressRange, rangesOf } from './ranges.js';
import { holdsFunctions } from './functions.js';
import type { Entry, Unit } from './unit.js';

const MOST_DEPTH = 256;
const MOST_COPIES = 1 << 18;

export interface Copy {
  readonly ranges: readonly AddressRange[];
  /** where it begins; with scattered code this may lie outside of `ranges` */
  readonly entry: number;
  /** the row of that address that it begins with; undefined: the last */
  readonly firstView: number | undefined;
  /** where it is called, in the unit's numbers of files; undefined: it is no inlined copy */
  readonly call: { readonly file: number | undefined; readonly line: number | undefined; readonly column: number | undefined } | undefined;
}

/** A row of the table of lines. view: how many rows of its address come before it;  isLast: none of its address comes behind it */
export interface RowPlace {
  readonly address: number;
  readonly view: number;
  readonly isLast: boolean;
  readonly isStatement: boolean;
}

/** All copies that lie in the functions with code at some addresses. */
export class Copies {
  /** of each function itself and what is inlined into it: what lies in something comes behind it */
  private readonly byFunction: (readonly Copy[])[] = [];

  constructor(unit: Unit, addresses: readonly number[]) {
    const remaining = new Set(addresses);
    this.collect(unit.root, remaining, false, 0);
    if (remaining.size > 0) this.collect(unit.root, remaining, true, 0);
  }

  /** The copies that a row of the table of lines is part of, the innermost first. */
  at(row: RowPlace): readonly Copy[] {
    const found = this.byFunction.find(([whole]) => includes(whole!.ranges, row.address)) ?? [];
    return found.filter((copy) => isIn(copy, row)).reverse();
  }

  /** @param within  whether functions inside of functions are looked for */
  private collect(parent: Entry, remaining: Set<number>, within: boolean, depth: number): void {
    if (depth > MOST_DEPTH) throw new DamagedDwarf('entries lie too deep in each other');
    for (const child of parent.children()) {
      if (remaining.size === 0) return;
      if (child.tag === tag.subprogram) {
        const ranges = rangesOf(child);
        const inside = [...remaining].filter((address) => includes(ranges, address));
        for (const address of inside) remaining.delete(address);
        if (inside.length > 0) this.byFunction.push(this.copiesIn(child, ranges));
        else if (within) this.collect(child, remaining, within, depth + 1);
      } else if (holdsFunctions(child.tag) || (within && child.tag === tag.lexicalBlock)) this.collect(child, remaining, within, depth + 1);
    }
  }

  private copiesIn(whole: Entry, ranges: readonly AddressRange[]): readonly Copy[] {
    const found: Copy[] = [{ ranges, entry: ranges[0]!.start, firstView: 0, call: undefined }];
    const search = (parent: Entry, depth: number): void => {
      if (depth > MOST_DEPTH || found.length > MOST_COPIES) throw new DamagedDwarf('a function has too many inlined copies of others');
      for (const child of parent.children()) {
        if (child.tag === tag.inlinedSubroutine) {
          const inside = rangesOf(child);
          found.push({
            ranges: inside, entry: child.address(attribute.entryPc) ?? inside[0]?.start ?? -1, firstView: child.number(attribute.gnuEntryView),
            call: { file: child.number(attribute.callFile), line: child.number(attribute.callLine), column: child.number(attribute.callColumn) },
          });
        }
        if (child.tag === tag.inlinedSubroutine || child.tag === tag.lexicalBlock) search(child, depth + 1);
      }
    };
    search(whole, 0);
    return found;
  }
}

function isIn({ ranges, entry, firstView, call }: Copy, { address, view, isLast, isStatement }: RowPlace): boolean {
  if (call === undefined || address !== entry) return includes(ranges, address);
  if (firstView === undefined) return isLast && includes(ranges, address);
  return view >= firstView && (isStatement || includes(ranges, address));
}

function includes(ranges: readonly AddressRange[], address: number): boolean {
  return ranges.some(({ start, end }) => address >= start && address < end);
}
