// One unit of .debug_info and its entries (DIEs).
//
//   idea   most entries are passed over: their attributes are skipped by the sizes of their forms, and decoded only where somebody asks
//   facts  DWARF 5 7.5. Entries form a tree; the children of one follow it up to an entry of code 0, and an entry may say where its next sibling is

import type { Abbreviation, Abbreviations } from './abbreviations.js';
import { attribute, form } from './constants.js';
import { Cursor, DamagedDwarf } from './cursor.js';
import type { ByteSource, DwarfSections } from './sections.js';

export interface UnitHeader {
  /** offset of the unit in .debug_info */
  readonly offset: number;
  /** offset of the next one */
  readonly end: number;
  readonly version: number;
  readonly type: number;
  readonly offsetBytes: 4 | 8;
  readonly addressBytes: number;
  readonly abbreviationsAt: number;
  /** bytes of the header: where the first entry is, from `offset` */
  readonly headerBytes: number;
  /** of type units: what they are referred to by, and where the type is, from `offset` */
  readonly signature?: bigint;
  readonly typeAt?: number;
  /** of skeletons, and of the units that they stand for: what both have in common */
  readonly splitId?: bigint;
}

/** A text that is decoded when it is asked for. */
export interface TextAt {
  readonly section: 'str' | 'line_str';
  readonly offset: number;
  readonly supplement?: true;
}

/** An entry that another one refers to, by its offset in .debug_info. */
export interface Reference {
  readonly entry: number | bigint;
  /** a signature, or an offset in the supplement */
  readonly by?: 'signature' | 'supplement';
}

/** addrx: index of an address */
export type AttributeValue = number | bigint | string | Uint8Array | TextAt | Reference | { readonly addressIndex: number } | { readonly textIndex: number };

/** What a unit asks of the file that it is in (DwarfFile). */
export interface FileOfUnits {
  text(place: TextAt): string;
  referred(reference: Reference): Entry;
  addressAt(offset: number, bytes: number): number;
  placeAt(section: string, offset: number, bytes: 4 | 8): number;
  need(section: string): ByteSource;
  readonly sections: DwarfSections;
  /** whether it is a .dwo file, or a part of a .dwp file */
  readonly isSplit: boolean;
  /** the unit of the program that has the addresses of a unit in a .dwo file */
  skeletonOf(unit: Unit): Unit | undefined;
  guarded<T>(use: () => T): T;
}

/** A place in a unit. */
export class Entry {
  private decoded: Map<number, AttributeValue> | undefined;

  /** @param at  from the start of the unit; the attributes begin at `attributesAt` */
  constructor(readonly unit: Unit, readonly at: number, readonly abbreviation: Abbreviation, readonly attributesAt: number, /** where the next entry stands: its first child, if it has children */ readonly end: number) {}

  /** offset in .debug_info */
  get offset(): number {
    return this.unit.header.offset + this.at;
  }

  get tag(): number {
    return this.abbreviation.tag;
  }

  get(name: number): AttributeValue | undefined {
    return (this.decoded ??= this.unit.attributesOf(this)).get(name);
  }

  has(name: number): boolean {
    return this.abbreviation.attributes.some((each) => each.name === name);
  }

  /** A number that fits; undefined where there is none, or an expression. */
  number(name: number): number | undefined {
    const value = this.get(name);
    if (typeof value === 'number') return value;
    return typeof value === 'bigint' && value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : undefined;
  }

  /** A number that has to be one where it is present: of eight bytes it may be negative. */
  integer(name: number): number | undefined {
    const value = this.get(name);
    const number = typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : value;
    if (number === undefined || (typeof number === 'number' && Number.isSafeInteger(number))) return number;
    throw new DamagedDwarf(`attribute 0x${name.toString(16)} of entry 0x${this.offset.toString(16)} is not a number that tbpf can read`);
  }

  text(name: number): string | undefined {
    const value = this.get(name);
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value instanceof Uint8Array) return undefined;
    if ('textIndex' in value) return this.unit.file.text(this.unit.textOfIndex(value.textIndex));
    return 'section' in value ? this.unit.file.text(value) : undefined;
  }

  get name(): string {
    return this.text(attribute.name) ?? '';
  }

  address(name: number): number | undefined {
    const value = this.get(name);
    if (typeof value === 'number') return value;
    return typeof value === 'object' && 'addressIndex' in value ? this.unit.addressOfIndex(value.addressIndex) : undefined;
  }

  /** The entry that an attribute refers to. */
  entry(name: number): Entry | undefined {
    const value = this.get(name);
    return typeof value === 'object' && 'entry' in value ? this.unit.file.referred(value) : undefined;
  }

  /** The entries in it. */
  children(): Generator<Entry> {
    return this.unit.childrenOf(this);
  }
}

const fixedBytes: ReadonlyMap<number, number> = new Map<number, number>([
  [form.data1, 1], [form.data2, 2], [form.data4, 4], [form.data8, 8], [form.data16, 16], [form.flag, 1], [form.flagPresent, 0], [form.implicitConst, 0],
  [form.ref1, 1], [form.ref2, 2], [form.ref4, 4], [form.ref8, 8], [form.refSig8, 8], [form.refSup4, 4], [form.refSup8, 8],
  [form.strx1, 1], [form.strx2, 2], [form.strx3, 3], [form.strx4, 4], [form.addrx1, 1], [form.addrx2, 2], [form.addrx3, 3], [form.addrx4, 4],
]);

const MOST_DEPTH = 256;

export class Unit {
  private readonly cursor: Cursor;
  private rootEntry: Entry | undefined;

  constructor(readonly file: FileOfUnits, readonly header: UnitHeader, bytes: Uint8Array, private readonly abbreviations: Abbreviations) {
    this.cursor = new Cursor(bytes);
  }

  get root(): Entry {
    const root = (this.rootEntry ??= this.entryAt(this.header.headerBytes));
    if (root === undefined) throw new DamagedDwarf('a unit has no entries');
    return root;
  }

  /** @param at  from the start of the unit. undefined: what stands there ends a list of children */
  entryAt(at: number): Entry | undefined {
    const { cursor } = this;
    cursor.at = at;
    const code = cursor.uleb();
    if (code === 0) return undefined;
    const abbreviation = this.abbreviations.get(code);
    if (abbreviation === undefined) throw new DamagedDwarf(`abbreviation ${code} is not there`);
    const start = cursor.at;
    for (const each of abbreviation.attributes) this.skip(each.form);
    return new Entry(this, at, abbreviation, start, cursor.at);
  }

  *childrenOf(entry: Entry): Generator<Entry> {
    if (!entry.abbreviation.hasChildren) return;
    for (let at = entry.end; ;) {
      // where the unit ends, its list of children may have no end of its own
      if (at >= this.cursor.bytes.length) return;
      const child = this.entryAt(at);
      if (child === undefined) return;
      yield child;
      at = this.behind(child);
    }
  }

  attributesOf(entry: Entry): Map<number, AttributeValue> {
    this.cursor.at = entry.attributesAt;
    return new Map(entry.abbreviation.attributes.map(({ name, form: wanted, implicit }) => [name, this.read(wanted, implicit)]));
  }

  /** The unit of the program where what a .dwo file does not have stands: addresses, DW_AT_low_pc, the table of lines. */
  get inProgram(): Unit {
    return (this.file.isSplit ? this.file.skeletonOf(this) : undefined) ?? this;
  }

  /** What a skeleton and its unit have in common. */
  get splitId(): bigint | undefined {
    if (this.header.splitId !== undefined) return this.header.splitId;
    const id = this.root.get(attribute.gnuDwoId);
    return typeof id === 'number' || typeof id === 'bigint' ? BigInt(id) : undefined;
  }

  /** What ranges of addresses in it are relative to. */
  get baseAddress(): number {
    return this.inProgram.root.address(attribute.lowPc) ?? 0;
  }

  /** An index of DW_FORM_addrx. */
  addressOfIndex(index: number): number {
    const { file, root, header } = this.inProgram;
    return file.addressAt((root.number(attribute.addressBase) ?? root.number(attribute.gnuAddressBase) ?? 0) + index * header.addressBytes, header.addressBytes);
  }

  /** Where the indexes of DW_FORM_strx begin in .debug_str_offsets. */
  get textIndexBase(): number {
    // what DWARF 4 has of it has no header
    const first = this.header.version < 5 ? 0 : this.header.offsetBytes === 8 ? 16 : 8;
    return this.file.isSplit ? first : this.root.number(attribute.stringOffsetsBase) ?? first;
  }

  textOfIndex(index: number): TextAt {
    const { offsetBytes } = this.header;
    return { section: 'str', offset: this.file.placeAt('str_offsets', this.textIndexBase + index * offsetBytes, offsetBytes) };
  }

  /** Where the next sibling of an entry stands. */
  private behind(entry: Entry): number {
    if (!entry.abbreviation.hasChildren) return entry.end;
    if (entry.has(attribute.sibling)) {
      const sibling = entry.get(attribute.sibling);
      const at = typeof sibling === 'object' && 'entry' in sibling ? Number(sibling.entry) - this.header.offset : 0;
      if (at < entry.end) throw new DamagedDwarf('an entry says that its sibling is before it');
      return at;
    }
    return this.behindChildren(entry.end);
  }

  private behindChildren(first: number): number {
    let at = first;
    for (let depth = 1; depth > 0;) {
      if (at >= this.cursor.bytes.length) return at;
      const child = this.entryAt(at);
      if (child === undefined) {
        depth--;
        at = this.cursor.at;
      } else if (child.abbreviation.hasChildren && !child.has(attribute.sibling)) {
        if (++depth > MOST_DEPTH) throw new DamagedDwarf('entries lie too deep in each other');
        at = child.end;
      } else at = this.behind(child);
    }
    return at;
  }

  private skip(wanted: number): void {
    const { cursor } = this;
    const fixed = fixedBytes.get(wanted);
    if (fixed !== undefined) return void cursor.skip(fixed);
    switch (wanted) {
      case form.strp: case form.secOffset: case form.lineStrp: case form.strpSup: case form.gnuRefAlt: case form.gnuStrpAlt:
        return void cursor.skip(this.header.offsetBytes);
      case form.refAddr: return void cursor.skip(this.header.version === 2 ? this.header.addressBytes : this.header.offsetBytes);
      case form.addr: return void cursor.skip(this.header.addressBytes);
      case form.string: return cursor.skipText();
      case form.block1: return void cursor.skip(cursor.u8());
      case form.block2: return void cursor.skip(cursor.u16());
      case form.block4: return void cursor.skip(cursor.u32());
      case form.block: case form.exprloc: return void cursor.skip(cursor.uleb());
      case form.indirect: return this.skip(this.indirect());
      case form.sdata: case form.udata: case form.refUdata: case form.strx: case form.addrx: case form.loclistx: case form.rnglistx: case form.gnuAddrIndex:
      case form.gnuStrIndex: return void cursor.uleb();
      default: throw new DamagedDwarf(`form 0x${wanted.toString(16)} is not known`);
    }
  }

  private indirect(): number {
    const wanted = this.cursor.uleb();
    if (wanted === form.indirect || wanted === form.implicitConst) throw new DamagedDwarf('a form refers to another one without end');
    return wanted;
  }

  private read(wanted: number, implicit: bigint): AttributeValue {
    const { cursor, header } = this;
    const within = (at: number): Reference => ({ entry: header.offset + at });
    switch (wanted) {
      case form.addr: return cursor.place(header.addressBytes === 4 ? 4 : 8);
      case form.data1: case form.flag: return cursor.u8();
      case form.data2: return cursor.u16();
      case form.data4: return cursor.u32();
      case form.data8: return cursor.u64();
      case form.data16: return cursor.block(16);
      case form.sdata: return cursor.sleb();
      case form.udata: return cursor.bigUleb();
      case form.implicitConst: return implicit;
      case form.flagPresent: return 1;
      case form.secOffset: return cursor.place(header.offsetBytes);
      case form.loclistx: case form.rnglistx: return cursor.uleb();
      case form.string: return cursor.text();
      case form.strp: return { section: 'str', offset: cursor.place(header.offsetBytes) };
      case form.lineStrp: return { section: 'line_str', offset: cursor.place(header.offsetBytes) };
      case form.strpSup: case form.gnuStrpAlt: return { section: 'str', offset: cursor.place(header.offsetBytes), supplement: true };
      case form.strx: case form.gnuStrIndex: return { textIndex: cursor.uleb() };
      case form.strx1: return { textIndex: cursor.u8() };
      case form.strx2: return { textIndex: cursor.u16() };
      case form.strx3: return { textIndex: cursor.u24() };
      case form.strx4: return { textIndex: cursor.u32() };
      case form.addrx: case form.gnuAddrIndex: return { addressIndex: cursor.uleb() };
      case form.addrx1: return { addressIndex: cursor.u8() };
      case form.addrx2: return { addressIndex: cursor.u16() };
      case form.addrx3: return { addressIndex: cursor.u24() };
      case form.addrx4: return { addressIndex: cursor.u32() };
      case form.ref1: return within(cursor.u8());
      case form.ref2: return within(cursor.u16());
      case form.ref4: return within(cursor.u32());
      case form.ref8: return within(cursor.place(8));
      case form.refUdata: return within(cursor.uleb());
      case form.refAddr: return { entry: cursor.place(header.version === 2 && header.addressBytes === 8 ? 8 : header.offsetBytes) };
      case form.refSig8: return { entry: cursor.u64(), by: 'signature' };
      case form.refSup4: return { entry: cursor.u32(), by: 'supplement' };
      case form.refSup8: return { entry: cursor.place(8), by: 'supplement' };
      case form.gnuRefAlt: return { entry: cursor.place(header.offsetBytes), by: 'supplement' };
      case form.block1: return cursor.block(cursor.u8());
      case form.block2: return cursor.block(cursor.u16());
      case form.block4: return cursor.block(cursor.u32());
      case form.block: case form.exprloc: return cursor.block(cursor.uleb());
      case form.indirect: return this.read(this.indirect(), 0n);
      default: throw new DamagedDwarf(`form 0x${wanted.toString(16)} is not known`);
    }
  }
}
