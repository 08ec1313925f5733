// ELF files of 64 bits and little endian: sections and symbols, as far as tbpf reads them itself. Large symbol tables, and what libelf
// alone knows (debug files, compressed sections), come from the addon.
//
//   facts  elf.h. A file may be somebody else's and say anything: what lies outside of it is not there

import { latin1At, viewOf } from '../bytes/bytes.js';
import { CLASS_64, HEADER_BYTES, LITTLE_ENDIAN, MAGIC, SECTION_BYTES, SYMBOL_BYTES, header, sectionHeader, symbolBinding, symbolEntry } from './elf-layout.js';

const MOST_NAME_BYTES = 1 << 20;

export interface ElfSection {
  readonly name: string;
  /** one of sectionType, or another SHT_… */
  readonly type: number;
  /** of relocations: the section that is relocated */
  readonly info: number;
  /** bytes from the start of the file */
  readonly offset: number;
  /** a view into the file */
  readonly data: Uint8Array;
}

export interface ElfSymbol {
  readonly name: string;
  /** one of symbolType, or another STT_… */
  readonly type: number;
  readonly isLocal: boolean;
  /** index of its section, 0: it is elsewhere */
  readonly section: number;
  readonly value: number;
  readonly sizeBytes: number;
}

export function isElf(file: Uint8Array): boolean {
  return file.length >= HEADER_BYTES && MAGIC.every((byte, i) => file[i] === byte);
}

/** The machine of a file that is an ELF file: one of `machine`, or another EM_…. */
export function elfMachine(file: Uint8Array): number {
  return viewOf(file).getUint16(header.machine, true);
}

/** In the order of their indexes; undefined where the file has no section table, or is of another class. */
export function readSections(file: Uint8Array): readonly ElfSection[] | undefined {
  const table = isElf(file) ? sectionTable(file) : undefined;
  if (table === undefined || table.at + table.count * table.entryBytes > file.length) return undefined;
  const headers = file.subarray(table.at, table.at + table.count * table.entryBytes);
  const content = (index: number): Uint8Array => {
    const { offset, bytes } = placeOf(headers, index * table.entryBytes);
    return file.subarray(offset, offset + bytes);
  };
  const names = content(table.namesIndex);
  const view = viewOf(headers);
  return Array.from({ length: table.count }, (_, index) => {
    const at = index * table.entryBytes;
    return { 
      name: latin1At(names, view.getUint32(at + sectionHeader.name, true)), type: view.getUint32(at + sectionHeader.type, true), info: view.getUint32(at + sectionHeader.info, true),
      offset: placeOf(headers, at).offset, data: content(index),
    };
  });
}

/** Bytes of the section, a view into `file`; undefined when there is none or the file is of another class. */
export function elfSection(file: Uint8Array, name: string): Uint8Array | undefined {
  return readSections(file)?.find((section) => section.name === name)?.data;
}

/** Where a section is in its file. */
export interface SectionPlace {
  readonly name: string;
  /** one of sectionType, or another SHT_… */
  readonly type: number;
  /** of sectionFlag */
  readonly flags: number;
  /** where it lies in memory, in the file's own numbering */
  readonly address: number;
  readonly offset: number;
  /** as the file claims */
  readonly sizeBytes: number;
}

/** The sections of a file, reading no more than headers and names; [] where it has no section table, or is of another class.
 * @param read  bytes of the file; fewer at its end */
export function readSectionPlaces(read: (at: number, bytes: number) => Uint8Array): readonly SectionPlace[] {
  const start = read(0, HEADER_BYTES);
  const table = isElf(start) ? sectionTable(start) : undefined;
  if (table === undefined) return [];
  const headers = read(table.at, table.entryBytes * table.count);
  if (headers.length < table.entryBytes * table.count) return [];
  const { offset, bytes } = placeOf(headers, table.namesIndex * table.entryBytes);
  if (bytes > MOST_NAME_BYTES) return [];
  const names = read(offset, bytes);
  const view = viewOf(headers);
  return Array.from({ length: table.count }, (_, index) => {
    const at = index * table.entryBytes;
    const place = placeOf(headers, at);
    return {
      name: latin1At(names, view.getUint32(at + sectionHeader.name, true)), type: view.getUint32(at + sectionHeader.type, true),
      flags: view.getUint32(at + sectionHeader.flags, true), address: Number(view.getBigUint64(at + sectionHeader.address, true)), offset: place.offset, sizeBytes: place.bytes,
    };
  });
}

/** @param table  a section of symbols. @param names  the section with their names */
export function readSymbols(table: Uint8Array, names: Uint8Array): ElfSymbol[] {
  const view = viewOf(table);
  return Array.from({ length: Math.floor(table.length / SYMBOL_BYTES) }, (_, i) => {
    const at = i * SYMBOL_BYTES;
    const info = view.getUint8(at + symbolEntry.info);
    return {
      name: latin1At(names, view.getUint32(at + symbolEntry.name, true)), type: info & 15, isLocal: info >> 4 === symbolBinding.local,
      section: view.getUint16(at + symbolEntry.section, true), value: Number(view.getBigUint64(at + symbolEntry.value, true)),
      sizeBytes: Number(view.getBigUint64(at + symbolEntry.bytes, true)),
    };
  });
}

interface SectionTable { readonly at: number; readonly entryBytes: number; readonly count: number; readonly namesIndex: number }

function sectionTable(file: Uint8Array): SectionTable | undefined {
  if (file[header.class] !== CLASS_64 || file[header.byteOrder] !== LITTLE_ENDIAN) return undefined;
  const view = viewOf(file);
  const table = {
    at: Number(view.getBigUint64(header.sectionsAt, true)), entryBytes: view.getUint16(header.sectionBytes, true),
    count: view.getUint16(header.sectionCount, true), namesIndex: view.getUint16(header.namesIndex, true),
  };
  return table.entryBytes < SECTION_BYTES || table.namesIndex >= table.count ? undefined : table;
}

function placeOf(headers: Uint8Array, at: number): { readonly offset: number; readonly bytes: number } {
  const view = viewOf(headers);
  return { offset: Number(view.getBigUint64(at + sectionHeader.offset, true)), bytes: Number(view.getBigUint64(at + sectionHeader.bytes, true)) };
}
