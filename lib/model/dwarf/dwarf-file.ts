// The debug information of one file: its units, and what their entries refer to.
//
//   in     sections (DwarfSections)
//   out    units, entries by offset, texts and addresses
//   idea   the headers of all units are read once; a unit's bytes when something in it is asked for, and the last few are kept
//   facts  DWARF 5 7.5.1. DWARF 2 to 5 of linked files; anything in them may be damaged or made up

import { textAt } from '../bytes/bytes.js';
import { type Abbreviations, readAbbreviations } from './abbreviations.js';
import { unitType } from './constants.js';
import { Cursor, DamagedDwarf } from './cursor.js';
import type { ByteSource, DwarfSections } from './sections.js';
import { type Entry, type FileOfUnits, type Reference, type TextAt, Unit, type UnitHeader } from './unit.js';

const MOST_UNIT_BYTES = 256 << 20;
const MOST_TABLE_BYTES = 16 << 20;
const MOST_TEXT_BYTES = 1 << 14;
const TEXT_BYTES = 256;
const KEPT_BYTES = 32 << 20;
const MOST_UNITS = 1 << 20;
const HEADER_BYTES = 48;
const WIDE = 0xffff_ffff;

/** Units that have been read: of all files of a program the last ones. */
export class KeptUnits {
  private bytes = 0;
  private readonly tables = new Set<Map<number, Unit>>();

  keep(table: Map<number, Unit>, { offset, end }: UnitHeader, unit: Unit): void {
    if ((this.bytes += end - offset) > KEPT_BYTES) {
      for (const each of this.tables) each.clear();
      this.tables.clear();
      this.bytes = end - offset;
    }
    this.tables.add(table);
    table.set(offset, unit);
  }
}

/** What a file is besides a program's own. */
export interface FileRole {
  readonly kept?: KeptUnits;
  /** a .dwo file: the units of the program by what both have in common */
  readonly skeletons?: ReadonlyMap<bigint, Unit>;
  /** .debug_types, which is read as .debug_info is: the file that it is in */
  readonly typesOf?: DwarfFile;
  /** a part of a .dwp file: where types are that its unit refers to */
  readonly typeBySignature?: (signature: bigint) => Entry | undefined;
}

export class DwarfFile implements FileOfUnits {
  private readonly unitByOffset = new Map<number, Unit>();
  private ownTypes: DwarfFile | undefined;
  private readonly abbreviationsAt = new Map<number, Abbreviations>();
  private headers: readonly UnitHeader[] | undefined;
  private bySignature: Map<bigint, UnitHeader> | undefined;
  private other: DwarfFile | undefined;

  readonly kept: KeptUnits;

  constructor(readonly sections: DwarfSections, private readonly role: FileRole = {}) {
    this.kept = role.kept ?? new KeptUnits();
  }

  get isSplit(): boolean {
    return this.role.skeletons !== undefined;
  }

  skeletonOf({ splitId }: Unit): Unit | undefined {
    return splitId === undefined ? undefined : this.role.skeletons?.get(splitId);
  }

  /** Runs what reads the file; damage is reported with the file's name.
   * @throws TbpfError  ERR_DWARF */
  guarded<T>(use: () => T): T {
    try {
      return use();
    } catch (error) {
      if (error instanceof RangeError) throw this.damaged('its entries refer to each other without end');
      if (error instanceof DamagedDwarf && error.path === undefined) throw this.damaged(error.message);
      throw error;
    }
  }

  private damaged(why: string): DamagedDwarf {
    return new DamagedDwarf(`The debug information (DWARF) of ${this.sections.path} cannot be read: ${why}`, this.sections.path);
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
    const unit = new Unit(this, header, this.need('info').read(header.offset, size), this.abbreviations(header.abbreviationsAt));
    this.kept.keep(this.unitByOffset, header, unit);
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
    const found = (this.role.typesOf ?? this).typeOf(BigInt(entry));
    if (found === undefined) throw new DamagedDwarf('a type is not in the file');
    return found;
  }

  /** The type with a signature, in a unit of its own. */
  typeOf(signature: bigint): Entry | undefined {
    return this.unitWith(signature) ?? this.typesFile?.unitWith(signature) ?? this.role.typeBySignature?.(signature);
  }

  /** The type with a signature, in this section. */
  unitWith(signature: bigint): Entry | undefined {
    const header = this.typeUnits.get(signature);
    if (header === undefined) return undefined;
    const found = this.unit(header).entryAt(header.typeAt!);
    if (found === undefined) throw new DamagedDwarf('a unit of a type has no type');
    return found;
  }

  /** The units of .debug_types, which DWARF 4 has for types (-fdebug-types-section). */
  get typesFile(): DwarfFile | undefined {
    const { sections, role } = this;
    if (role.typesOf !== undefined || sections.section('types') === undefined) return undefined;
    return (this.ownTypes ??= new DwarfFile({
      path: sections.path, supplement: () => sections.supplement(), split: (of) => sections.split(of),
      section: (name) => sections.section(name === 'info' ? 'types' : name),
    }, { ...role, kept: this.kept, typesOf: this }));
  }

  /** What dwz moved out of the file; undefined: nothing, or it is not there. */
  get supplementFile(): DwarfFile | undefined {
    const sections = this.other === undefined ? this.sections.supplement() : undefined;
    if (sections !== undefined && !('lookedFor' in sections)) this.other = new DwarfFile(sections, { kept: this.kept });
    return this.other;
  }

  private get typeUnits(): Map<bigint, UnitHeader> {
    return (this.bySignature ??= new Map(this.unitHeaders.flatMap((header) => (header.signature === undefined ? [] : [[header.signature, header] as const]))));
  }

  private get supplement(): DwarfFile {
    const file = this.supplementFile;
    if (file !== undefined) return file;
    const sections = this.sections.supplement();
    throw new DamagedDwarf(sections && 'lookedFor' in sections ? `it refers to another file, which is not there: ${sections.lookedFor.join(', ')}` : 'it refers to another file without naming it');
  }

  private readHeaders(): readonly UnitHeader[] {
    const info = this.role.typeBySignature === undefined ? this.need('info') : this.sections.section('info');
    const headers: UnitHeader[] = [];
    // the part of a .dwp file for a type of DWARF 4
    if (info === undefined) return headers;
    for (let offset = 0; offset < info.size;) {
      const header = readHeader(new Cursor(info.read(offset, HEADER_BYTES)), offset, this.role.typesOf !== undefined);
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

  /** Whether a unit is one that programs are compiled from, or a part of such: type units are found by their signatures. */
  static isCode({ type }: UnitHeader): boolean {
    return type !== unitType.type && type !== unitType.splitType;
  }
}

function readHeader(cursor: Cursor, offset: number, isOfTypes: boolean): UnitHeader {
  const short = cursor.u32();
  const offsetBytes = short === WIDE ? 8 : 4;
  const length = offsetBytes === 8 ? cursor.place(8) : short;
  const end = offset + cursor.at + length;
  if (length < 3) return { offset, end, version: 0, type: 0, offsetBytes, addressBytes: 8, abbreviationsAt: 0, headerBytes: cursor.at };
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new DamagedDwarf(`a unit has version ${version}; tbpf reads DWARF 2 to 5`);
  const type = version >= 5 ? cursor.u8() : isOfTypes ? unitType.type : 1;
  let addressBytes = version >= 5 ? cursor.u8() : 0;
  const abbreviationsAt = cursor.place(offsetBytes);
  if (version < 5) addressBytes = cursor.u8();
  if (addressBytes !== 4 && addressBytes !== 8) throw new DamagedDwarf(`a unit has addresses of ${addressBytes} bytes`);
  const ofType = type === unitType.type || type === unitType.splitType;
  const ofSplit = type === unitType.skeleton || type === unitType.splitCompile ? { splitId: cursor.u64() } : {};
  const forType = ofType ? { signature: cursor.u64(), typeAt: cursor.place(offsetBytes) } : {};
  return { offset, end, version, type, offsetBytes, addressBytes, abbreviationsAt, headerBytes: cursor.at, ...forType, ...ofSplit };
}
