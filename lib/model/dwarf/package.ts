// A .dwp file: the .dwo files of a program in one.
//
//   in     its sections, with an index that says which parts of them belong to a unit
//   out    for each unit a file that consists of its parts alone, so that numbers in it mean what they meant in its .dwo file
//   facts  DWARF 5 7.3.5; version 2 is that of GCC for DWARF 4 (https://gcc.gnu.org/wiki/DebugFissionDWP). Texts are common to all units

import { packageColumns } from './constants.js';
import { Cursor, DamagedDwarf } from './cursor.js';
import { DwarfFile, type FileRole } from './dwarf-file.js';
import { type ByteSource, type DwarfSections, partOf } from './sections.js';
import type { Entry } from './unit.js';

const MOST_INDEX_BYTES = 256 << 20;

interface Part { readonly at: number; readonly size: number }

/** by signature: the parts of sections by their names */
type Index = ReadonlyMap<bigint, ReadonlyMap<string, Part>>;

export class SplitPackage {
  private readonly units: Index;
  private readonly types: Index;
  private readonly fileByPart = new Map<ReadonlyMap<string, Part>, DwarfFile>();

  constructor(private readonly sections: DwarfSections, private readonly role: FileRole) {
    this.units = readIndex(sections.section('cu_index'));
    this.types = readIndex(sections.section('tu_index'));
  }

  /** The file of the unit with this number. */
  unit(id: bigint): DwarfFile | undefined {
    return this.file(this.units.get(id));
  }

  /** The files of all types that have units of their own. */
  get typeFiles(): readonly DwarfFile[] {
    return [...this.types.values()].map((parts) => this.file(parts)!);
  }

  private readonly type = (signature: bigint): Entry | undefined => {
    const file = this.file(this.types.get(signature));
    return file?.unitWith(signature) ?? file?.typesFile?.unitWith(signature);
  };

  private file(parts: ReadonlyMap<string, Part> | undefined): DwarfFile | undefined {
    if (parts === undefined) return undefined;
    let file = this.fileByPart.get(parts);
    if (file === undefined) {
      const { sections } = this;
      file = new DwarfFile({
        path: sections.path, supplement: () => undefined, split: () => ({ lookedFor: [] }),
        section(name) {
          const [whole, part] = [sections.section(name), parts.get(name)];
          return name === 'str' ? whole : whole && part && partOf(whole, part.at, part.size);
        },
      }, { ...this.role, typeBySignature: this.type });
      this.fileByPart.set(parts, file);
    }
    return file;
  }
}

function readIndex(source: ByteSource | undefined): Index {
  const parts = new Map<bigint, ReadonlyMap<string, Part>>();
  if (source === undefined) return parts;
  if (source.size > MOST_INDEX_BYTES) throw new DamagedDwarf(`an index of units has ${source.size} bytes`);
  const cursor = new Cursor(source.read(0, source.size));
  // of version 5 these are two bytes with two others behind them, which are 0
  const version = cursor.u32();
  const names = packageColumns[version];
  if (names === undefined) throw new DamagedDwarf(`an index of units has version ${version}; tbpf reads 2 and 5`);
  const [columns, rows, slots] = [cursor.u32(), cursor.u32(), cursor.u32()];
  const signaturesAt = cursor.skip(8 * slots);
  const rowsAt = cursor.skip(4 * slots);
  const columnsAt = cursor.skip(4 * columns);
  const placesAt = cursor.skip(4 * columns * rows);
  const sizesAt = cursor.skip(4 * columns * rows);
  const word = (at: number): number => {
    cursor.at = at;
    return cursor.u32();
  };
  const columnNames = Array.from({ length: columns }, (_, column) => names[word(columnsAt + 4 * column)]);
  for (let slot = 0; slot < slots; slot++) {
    const row = word(rowsAt + 4 * slot);
    if (row === 0) continue;
    if (row > rows) throw new DamagedDwarf('an index of units has fewer rows than it says');
    cursor.at = signaturesAt + 8 * slot;
    const signature = cursor.u64();
    const cell = (row - 1) * columns;
    parts.set(signature, new Map(columnNames.flatMap((name, column): [string, Part][] =>
      (name === undefined ? [] : [[name, { at: word(placesAt + 4 * (cell + column)), size: word(sizesAt + 4 * (cell + column)) }]]))));
  }
  return parts;
}
