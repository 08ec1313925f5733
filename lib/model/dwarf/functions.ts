// Functions of debug information by their addresses.
//
//   facts  .debug_aranges says which units have code where, but compilers may leave it out for some units. A function that was inlined or declared
//          elsewhere refers to the entry that has its name and types. What the optimizer moved out of a function (.cold) is its second range

import type { TypeId } from '../btf/types.js';
import { attribute, convention, encoding, tag } from './constants.js';
import { Cursor, DamagedDwarf } from './cursor.js';
import { DwarfFile } from './dwarf-file.js';
import { type EntryPlace, placeAtEntry } from './locations.js';
import { type AddressRange, rangesOf } from './ranges.js';
import type { MissingFile, SplitUnits } from './split.js';
import type { Entry, Unit } from './unit.js';

const MOST_ARANGES_BYTES = 64 << 20;
const MOST_ORIGINS = 8;
const MOST_PARAMETERS = 1024;
const MOST_DEPTH = 64;
/** the largest struct that registers are used for */
const MOST_REGISTER_BYTES = 64;

export interface DwarfParameter {
  readonly name: string;
  readonly type: TypeId;
  /** it is, or has in it, what compilers pass each in their own way: a vector, a complex integer, a pointer to a member */
  readonly isUnusual: boolean;
  readonly place: EntryPlace;
}

export interface DwarfFunction {
  readonly name: string;
  readonly parameters: readonly DwarfParameter[];
  /** 0: void */
  readonly returns: TypeId;
  readonly returnsUnusual: boolean;
  /** it takes further arguments than those with names */
  readonly isVariadic: boolean;
  /** the compiler changed how it is called */
  readonly isPrivate: boolean;
  /** the unit says of no function what it takes, as with -g1 */
  readonly isBare: boolean;
  readonly isCpp: boolean;
}

interface UnitRange extends AddressRange { readonly unit: number }

export class FunctionIndex {
  private listed: readonly UnitRange[] | undefined;
  private readonly functionsByUnit = new Map<Unit, ReadonlyMap<number, Entry>>();

  constructor(private readonly file: DwarfFile, private readonly split: SplitUnits, private readonly idOf: (entry: Entry | undefined) => TypeId) {}

  /** The unit with the code at an address. */
  unitOf(address: number): Unit | MissingFile | undefined {
    const unit = this.ranges.find(({ start, end }) => address >= start && address < end)?.unit;
    return unit === undefined ? undefined : this.split.whole(this.file.unitAround(unit));
  }

  /** The function that begins there. */
  at(address: number): DwarfFunction | undefined {
    const unit = this.unitOf(address);
    if (unit && 'why' in unit) {
      // the first, whichever unit is asked for, so that this is one message for the file
      const { name, why } = this.split.files.missing ?? unit;
      throw new DamagedDwarf(`what it says of functions and types lies in another file (-gsplit-dwarf), ${name}: ${why}`);
    }
    const entry = unit && this.functionsOf(unit).get(address);
    return entry && this.describe(entry, address);
  }

  private describe(entry: Entry, address: number): DwarfFunction {
    const origins = originsOf(entry);
    const first = <T>(ask: (each: Entry) => T | undefined): T | undefined => {
      for (const each of origins) {
        const answer = ask(each);
        if (answer !== undefined) return answer;
      }
      return undefined;
    };
    // the entry of the code itself lists all parameters, too, where it has any; a bare one refers to the declaration
    const own = origins.find(hasParameters) ?? entry;
    const parameters: DwarfFunction['parameters'][number][] = [];
    let isVariadic = false;
    for (const child of own.children()) {
      if (child.tag === tag.unspecifiedParameters) isVariadic = true;
      if (child.tag !== tag.formalParameter) continue;
      const chain = originsOf(child);
      const type = chain.map((each) => each.entry(attribute.type)).find((each) => each !== undefined);
      parameters.push({ name: chain.map((each) => each.name).find((name) => name !== '') ?? '', type: this.idOf(type), isUnusual: isUnusual(type), place: placeAtEntry(child, address) });
      if (parameters.length > MOST_PARAMETERS) throw new DamagedDwarf('a function has too many parameters');
    }
    const returns = first((each) => each.entry(attribute.type));
    return {
      name: first((each) => each.name || undefined) ?? '', parameters, isVariadic, returns: this.idOf(returns), returnsUnusual: isUnusual(returns),
      isPrivate: first((each) => each.number(attribute.callingConvention)) === convention.noCall || !keepsParameters(origins),
      isBare: parameters.length === 0 && [...this.functionsOf(entry.unit).values()].every((each) => originsOf(each).every(isBare)),
      isCpp: isCpp(entry.unit.root.number(attribute.language)),
    };
  }

  private functionsOf(unit: Unit): ReadonlyMap<number, Entry> {
    let functions = this.functionsByUnit.get(unit);
    if (functions === undefined) {
      const found = new Map<number, Entry>();
      this.collect(unit.root, found, 0);
      this.functionsByUnit.set(unit, functions = found);
      if (this.functionsByUnit.size > 64) this.functionsByUnit.delete(this.functionsByUnit.keys().next().value!);
    }
    return functions;
  }

  private collect(parent: Entry, found: Map<number, Entry>, depth: number): void {
    if (depth > MOST_DEPTH) throw new DamagedDwarf('entries lie too deep in each other');
    for (const child of parent.children()) {
      if (child.tag === tag.subprogram) {
        const start = child.has(attribute.lowPc) || child.has(attribute.ranges) ? child.address(attribute.entryPc) ?? rangesOf(child)[0]?.start : undefined;
        if (start !== undefined && !found.has(start)) found.set(start, child);
      } else if (holdsFunctions(child.tag)) this.collect(child, found, depth + 1);
    }
  }

  private get ranges(): readonly UnitRange[] {
    return (this.listed ??= this.readRanges());
  }

  private readRanges(): readonly UnitRange[] {
    const found = this.readAranges();
    const listed = new Set(found.map(({ unit }) => unit));
    for (const header of this.file.unitHeaders) {
      if (listed.has(header.offset) || !DwarfFile.isCode(header)) continue;
      const { root } = this.file.unit(header);
      if (root.tag === tag.partialUnit) continue;
      for (const range of rangesOf(root)) found.push({ ...range, unit: header.offset });
    }
    return found;
  }

  private readAranges(): UnitRange[] {
    const source = this.file.sections.section('aranges');
    const found: UnitRange[] = [];
    if (source === undefined || source.size > MOST_ARANGES_BYTES) return found;
    const cursor = new Cursor(source.read(0, source.size));
    while (!cursor.isAtEnd) {
      const setAt = cursor.at;
      const short = cursor.u32();
      const offsetBytes = short === 0xffff_ffff ? 8 : 4;
      const length = offsetBytes === 8 ? cursor.place(8) : short;
      const end = cursor.at + length;
      if (length < 8 || end > source.size) throw new DamagedDwarf('.debug_aranges reaches beyond its end');
      cursor.skip(2);
      const unit = cursor.place(offsetBytes);
      const addressBytes = cursor.u8() === 4 ? 4 : 8;
      cursor.skip(1);
      // pairs begin at a multiple of their size
      cursor.skip((2 * addressBytes - ((cursor.at - setAt) % (2 * addressBytes))) % (2 * addressBytes));
      while (cursor.at + 2 * addressBytes <= end) {
        const start = cursor.place(addressBytes);
        const size = cursor.place(addressBytes);
        if (size > 0) found.push({ start, end: start + size, unit });
      }
      cursor.at = end;
    }
    return found;
  }
}

/** The entry, and those that it is an instance or a definition of. */
export function originsOf(entry: Entry): readonly Entry[] {
  const chain = [entry];
  for (let last: Entry | undefined = entry; chain.length < MOST_ORIGINS;) {
    last = last.entry(attribute.abstractOrigin) ?? last.entry(attribute.specification);
    if (last === undefined) break;
    chain.push(last);
  }
  return chain;
}

function hasParameters(entry: Entry): boolean {
  return [...entry.children()].some((child) => child.tag === tag.formalParameter);
}

/** Whether code has the parameters of the function that it was made from, in its order. A copy for some callers may not. */
function keepsParameters(origins: readonly Entry[]): boolean {
  const [own, first] = origins.filter(hasParameters).map((each) => [...each.children()].filter((child) => child.tag === tag.formalParameter));
  return own === undefined || first === undefined || (own.length === first.length && own.every((each, index) => {
    const origin = each.entry(attribute.abstractOrigin);
    return origin === undefined || origin.offset === first[index]!.offset;
  }));
}

/** It says neither what a function takes nor what it returns. */
function isBare(entry: Entry): boolean {
  return !entry.has(attribute.type) && !entry.has(attribute.prototyped) && !hasParameters(entry);
}

const usualNumbers: readonly (number | undefined)[] = Object.values(encoding);
const names: readonly number[] = [tag.typedef, tag.constType, tag.volatileType, tag.restrictType, tag.atomicType];

/** Whether a value of a type is, or has in it, what DwarfParameter calls unusual. */
function isUnusual(type: Entry | undefined, depth = 0): boolean {
  if (type === undefined) return false;
  if (depth > MOST_DEPTH) throw new DamagedDwarf('a type has itself in it');
  const within = (): boolean => isUnusual(type.entry(attribute.type), depth + 1);
  if (type.has(attribute.signature)) return isUnusual(type.entry(attribute.signature), depth + 1);
  if (names.includes(type.tag)) return within();
  switch (type.tag) {
    case tag.pointerToMember: return true;
    case tag.arrayType: return type.has(attribute.gnuVector) || within();
    case tag.baseType: return !usualNumbers.includes(type.number(attribute.encoding));
    case tag.structureType: case tag.classType: case tag.unionType:
      // of a larger one it does not matter what it has: it lies in memory
      if ((type.number(attribute.byteSize) ?? 0) > MOST_REGISTER_BYTES) return false;
      return [...type.children()].some((child) => (child.tag === tag.member || child.tag === tag.inheritance) && !child.has(attribute.external) && !child.has(attribute.declaration)
        && isUnusual(child.entry(attribute.type), depth + 1));
    default: return false;
  }
}

/** Entries other than functions that functions may lie in. */
export function holdsFunctions(wanted: number): boolean {
  return wanted === tag.namespace || wanted === tag.structureType || wanted === tag.classType || wanted === tag.unionType;
}

/** DW_LANG_C_plus_plus and its years. */
function isCpp(language: number | undefined): boolean {
  return language !== undefined && [0x04, 0x1a, 0x21, 0x2b].includes(language);
}
