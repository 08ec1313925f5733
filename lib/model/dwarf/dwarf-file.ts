// The debug information of one file: its units, and what their entries refer to.
//
//   in     sections (DwarfSections)
//   out    units, entries by offset, texts, addresses and ranges
//   idea   the headers of all units are read once; a unit's bytes when something in it is asked for, and the last few are kept
//   facts  DWARF 5 7.5.1. DWARF 2 to 5 of linked files; anything in them may be damaged or made up

import { textAt } from '../bytes/bytes.js';
import { type Abbreviations, readAbbreviations } from './abbreviations.js';
import { attribute, rangeEntry, tag, unitType } from './constants.js';
import { Cursor, DamagedDwarf } from './cursor.js';
import type { ByteSource, DwarfSections } from './sections.js';
import { type Entry, type FileOfUnits, type Reference, type TextAt, Unit, type UnitHeader } from './unit.js';

const MOST_UNIT_BYTES = 256 << 20;
const MOST_TABLE_BYTES = 16 << 20;
const MOST_TEXT_BYTES = 1 << 14;
const TEXT_BYTES = 256;
const KEPT_BYTES = 32 << 20;
const MOST_UNITS = 1 << 20;
const MOST_RANGES = 1 << 16;
const HEADER_BYTES = 48;
const WIDE = 0xffff_ffff;

export interface AddressRange { readonly start: number; readonly end: number }

export class DwarfFile implements FileOfUnits {
  private readonly unitByOffset = new Map<number, Unit>();
  private keptBytes = 0;
  private readonly abbreviationsAt = new Map<number, Abbreviations>();
  private headers: readonly UnitHeader[] | undefined;
  private bySignature: Map<bigint, UnitHeader> | undefined;
  private other: DwarfFile | undefined;

  constructor(readonly sections: DwarfSections) {}

  /** Runs what reads the file; damage is reported with the file's name.
   * @throws TbpfError  ERR_DWARF */
  guarded<T>(use: () => T): T {
    try {
      return use();
    } catch (error) {
      if (error instanceof RangeError) throw this.damaged('its entries refer to each other without end');
      if (error instanceof DamagedDwarf && !error.message.includes(this.sections.path)) throw this.damaged(error.message);
      throw error;
    }
  }

  private damaged(why: string): DamagedDwarf {
    return new DamagedDwarf(`The debug information (DWARF) of ${this.sections.path} cannot be read: ${why}`);
  }

  // ---- units

  /** All units in the order of the file. */
  get unitHeaders(): readonly UnitHeader[] {
    return (this.headers ??= this.readHeaders());
  }

  /** The unit that an offset in .debug_info lies in. */
  unitAround(offset: number): Unit {
    const headers = this.unitHeaders;
    let low = 0;
    let high = headers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (headers[middle]!.end <= offset) low = middle + 1;
      else high = middle;
    }
    const header = headers[low];
    if (header === undefined || offset < header.offset) throw new DamagedDwarf(`no unit has the offset ${offset}`);
    return this.unit(header);
  }

  unit(header: UnitHeader): Unit {
    const known = this.unitByOffset.get(header.offset);
    if (known !== undefined) return known;
    const size = header.end - header.offset;
    if (size > MOST_UNIT_BYTES) throw new DamagedDwarf(`a unit has ${size} bytes`);
    if ((this.keptBytes += size) > KEPT_BYTES) {
      this.unitByOffset.clear();
      this.keptBytes = size;
    }
    const unit = new Unit(this, header, this.need('info').read(header.offset, size), this.abbreviations(header.abbreviationsAt));
    this.unitByOffset.set(header.offset, unit);
    return unit;
  }

  entryAt(offset: number): Entry {
    const unit = this.unitAround(offset);
    const entry = unit.entryAt(offset - unit.header.offset);
    if (entry === undefined) throw new DamagedDwarf(`no entry has the offset ${offset}`);
    return entry;
  }

  referred({ entry, by }: Reference): Entry {
    if (by === 'supplement') return this.supplement.entryAt(Number(entry));
    if (by === undefined) return this.entryAt(Number(entry));
    const header = this.typeUnits.get(BigInt(entry));
    if (header === undefined) throw new DamagedDwarf('a type is not in the file');
    const found = this.unit(header).entryAt(header.typeAt!);
    if (found === undefined) throw new DamagedDwarf('a unit of a type has no type');
    return found;
  }

  private get typeUnits(): Map<bigint, UnitHeader> {
    return (this.bySignature ??= new Map(this.unitHeaders.flatMap((header) => (header.signature === undefined ? [] : [[header.signature, header] as const]))));
  }

  private get supplement(): DwarfFile {
    if (this.other !== undefined) return this.other;
    const sections = this.sections.supplement();
    if (sections === undefined) throw new DamagedDwarf('it refers to another file without naming it');
    return (this.other = new DwarfFile(sections));
  }

  private readHeaders(): readonly UnitHeader[] {
    const info = this.need('info');
    const headers: UnitHeader[] = [];
    for (let offset = 0; offset < info.size;) {
      const header = readHeader(new Cursor(info.read(offset, HEADER_BYTES)), offset);
      if (header.end > info.size || header.end <= offset) throw new DamagedDwarf('a unit reaches beyond its section');
      // a linker may fill with zeros
      if (header.version !== 0) headers.push(header);
      if (headers.length > MOST_UNITS) throw new DamagedDwarf('it has too many units');
      offset = header.end;
    }
    return headers;
  }

  private abbreviations(at: number): Abbreviations {
    let table = this.abbreviationsAt.get(at);
    if (table === undefined) {
      const source = this.need('abbrev');
      // tables are short; how long one is shows while it is read
      for (let size = 1 << 14; table === undefined; size *= 8) {
        try {
          table = readAbbreviations(new Cursor(source.read(at, size)));
        } catch (error) {
          if (!(error instanceof DamagedDwarf) || at + size >= source.size || size > MOST_TABLE_BYTES) throw error;
        }
      }
      if (this.abbreviationsAt.size > 4096) this.abbreviationsAt.clear();
      this.abbreviationsAt.set(at, table);
    }
    return table;
  }

  // ---- sections

  need(name: string): ByteSource {
    const source = this.sections.section(name);
    if (source === undefined) throw new DamagedDwarf(`it has no section .debug_${name}`);
    return source;
  }

  text({ section, offset, supplement }: TextAt): string {
    if (supplement === true) return this.supplement.text({ section, offset });
    const source = this.need(section);
    for (let size = TEXT_BYTES; ; size *= 8) {
      const bytes = source.read(offset, size);
      if (bytes.includes(0)) return textAt(bytes, 0);
      if (size > MOST_TEXT_BYTES || bytes.length < size) throw new DamagedDwarf('a text has no end');
    }
  }

  placeAt(section: string, offset: number, bytes: 4 | 8): number {
    return new Cursor(this.need(section).read(offset, bytes)).place(bytes);
  }

  addressAt(offset: number, bytes: number): number {
    return this.placeAt('addr', offset, bytes === 4 ? 4 : 8);
  }

  // ---- addresses

  /** The code of a unit or function; [] when it has none. The first is where it is entered. */
  rangesOf(entry: Entry): readonly AddressRange[] {
    const start = entry.address(attribute.lowPc);
    const high = entry.get(attribute.highPc);
    if (start !== undefined && high !== undefined) {
      const isAddress = entry.abbreviation.attributes.some(({ name, form }) => name === attribute.highPc && (form === 0x01 || form === 0x1b || (form >= 0x29 && form <= 0x2c)));
      const end = isAddress ? entry.address(attribute.highPc)! : start + (entry.number(attribute.highPc) ?? 0);
      return end > start ? [{ start, end }] : [];
    }
    const list = entry.number(attribute.ranges);
    if (list === undefined) return [];
    const base = entry.unit.root.address(attribute.lowPc) ?? 0;
    return entry.unit.header.version >= 5 ? this.rangeList(entry, list, base) : this.oldRangeList(list, base, entry.unit.header.addressBytes === 4 ? 4 : 8);
  }

  private rangeList({ unit, abbreviation }: Entry, list: number, start: number): readonly AddressRange[] {
    const isIndex = abbreviation.attributes.some(({ name, form }) => name === attribute.ranges && form === 0x23);
    const { offsetBytes, addressBytes } = unit.header;
    const tableAt = unit.root.number(attribute.rangeListsBase) ?? (offsetBytes === 8 ? 20 : 12);
    const at = isIndex ? tableAt + this.placeAt('rnglists', tableAt + list * offsetBytes, offsetBytes) : list;
    const cursor = new Cursor(this.need('rnglists').read(at, MOST_RANGES * 18));
    const address = (): number => cursor.place(addressBytes === 4 ? 4 : 8);
    const found: AddressRange[] = [];
    for (let base = start; found.length < MOST_RANGES;) {
      const kind = cursor.u8();
      switch (kind) {
        case rangeEntry.endOfList: return found;
        case rangeEntry.baseAddressx: base = unit.addressOfIndex(cursor.uleb()); break;
        case rangeEntry.baseAddress: base = address(); break;
        case rangeEntry.startxEndx: found.push({ start: unit.addressOfIndex(cursor.uleb()), end: unit.addressOfIndex(cursor.uleb()) }); break;
        case rangeEntry.startxLength: {
          const first = unit.addressOfIndex(cursor.uleb());
          found.push({ start: first, end: first + cursor.uleb() });
          break;
        }
        case rangeEntry.offsetPair: found.push({ start: base + cursor.uleb(), end: base + cursor.uleb() }); break;
        case rangeEntry.startEnd: found.push({ start: address(), end: address() }); break;
        case rangeEntry.startLength: {
          const first = address();
          found.push({ start: first, end: first + cursor.uleb() });
          break;
        }
        default: throw new DamagedDwarf(`a list of ranges has an entry of kind ${kind}`);
      }
    }
    return found;
  }

  private oldRangeList(at: number, start: number, addressBytes: 4 | 8): readonly AddressRange[] {
    const cursor = new Cursor(this.need('ranges').read(at, MOST_RANGES * 16));
    const highest = addressBytes === 4 ? WIDE : Number.MAX_SAFE_INTEGER;
    const found: AddressRange[] = [];
    for (let base = start; found.length < MOST_RANGES;) {
      const [first, second] = [cursor.place(addressBytes), cursor.place(addressBytes)];
      if (first === 0 && second === 0) return found;
      if (first === highest) base = second;
      else found.push({ start: base + first, end: base + second });
    }
    return found;
  }

  /** Whether a unit is one that programs are compiled from, or a part of such: type units are found by their signatures. */
  static isCode({ type }: UnitHeader): boolean {
    return type !== unitType.type && type !== unitType.splitType;
  }

  /** Whether the unit only says in which other file (.dwo) its entries are. */
  static isSkeleton({ root }: Unit): boolean {
    return root.tag === tag.skeletonUnit || ((root.has(attribute.dwoName) || root.has(attribute.gnuDwoName)) && !root.abbreviation.hasChildren);
  }
}

function readHeader(cursor: Cursor, offset: number): UnitHeader {
  const short = cursor.u32();
  const offsetBytes = short === WIDE ? 8 : 4;
  const length = offsetBytes === 8 ? cursor.place(8) : short;
  const end = offset + cursor.at + length;
  if (length < 3) return { offset, end, version: 0, type: 0, offsetBytes, addressBytes: 8, abbreviationsAt: 0, headerBytes: cursor.at };
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new DamagedDwarf(`a unit has version ${version}; tbpf reads DWARF 2 to 5`);
  const type = version >= 5 ? cursor.u8() : 1;
  let addressBytes = version >= 5 ? cursor.u8() : 0;
  const abbreviationsAt = cursor.place(offsetBytes);
  if (version < 5) addressBytes = cursor.u8();
  if (addressBytes !== 4 && addressBytes !== 8) throw new DamagedDwarf(`a unit has addresses of ${addressBytes} bytes`);
  const ofType = type === unitType.type || type === unitType.splitType;
  if (type === unitType.skeleton || type === unitType.splitCompile) cursor.skip(8);
  const forType = ofType ? { signature: cursor.u64(), typeAt: cursor.place(offsetBytes) } : {};
  return { offset, end, version, type, offsetBytes, addressBytes, abbreviationsAt, headerBytes: cursor.at, ...forType };
}
