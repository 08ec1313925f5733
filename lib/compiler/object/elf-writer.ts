// A relocatable ELF64 file for BPF, little endian: sections, symbols and relocations in, bytes out.
//
//   layout  ELF header, section contents in the order of adding, .symtab, .strtab (names of sections and symbols), section headers
//   facts   local symbols stand before global ones and .symtab's info is the first global

import { TbpfError } from '../../model/diagnostics/errors.js';
import { ByteWriter } from '../../model/btf/byte-writer.js';
import {
  CLASS_64, FIRST_RESERVED_SECTION, HEADER_BYTES, LITTLE_ENDIAN, MAGIC, RELOCATION_BYTES, SECTION_BYTES, SYMBOL_BYTES, VERSION, fileType, machine, sectionFlag,
  sectionType, symbolBinding, symbolType,
} from '../../model/target/elf-layout.js';

const relocationTypes = { R_BPF_64_64: 1, R_BPF_64_32: 10 } as const;

export interface SymbolInput {
  readonly name: string;
  readonly type: keyof typeof symbolType;
  readonly binding: keyof typeof symbolBinding;
  /** section index; 0 for a symbol that is defined elsewhere */
  readonly section: number;
  /** offset in the section */
  readonly value: number;
  readonly sizeBytes: number;
}

/** A symbol of the file; its index is known when the file is finished. */
export type SymbolHandle = SymbolInput;

export interface Relocation {
  /** byte in the section that is relocated */
  readonly offset: number;
  readonly type: keyof typeof relocationTypes;
  readonly symbol: SymbolHandle;
}

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  data: Uint8Array;
  readonly align: number;
  readonly entryBytes: number;
  link: number;
  info: number;
}

export class ElfWriter {
  private readonly sections: Section[] = [];
  private readonly symbols: SymbolInput[] = [];
  private readonly relocations: { readonly section: number; readonly entries: readonly Relocation[] }[] = [];

  /** Adds a section; answers its index. */
  section(name: string, flags: number, align: number, data: Uint8Array = new Uint8Array(0)): number {
    return this.add({ name, type: sectionType.progbits, flags, data, align, entryBytes: 0, link: 0, info: 0 });
  }

  setData(section: number, data: Uint8Array): void {
    this.sections[section - 1]!.data = data;
  }

  symbol(input: SymbolInput): SymbolHandle {
    this.symbols.push(input);
    return input;
  }

  /** Relocations of a section; none for an empty list. */
  relocate(section: number, entries: readonly Relocation[]): void {
    if (entries.length > 0) this.relocations.push({ section, entries });
  }

  /** @throws TbpfError  ERR_TOO_LARGE: more sections than ELF can count */
  finish(): Uint8Array {
    const strings = new StringTable();
    const locals = this.symbols.filter((symbol) => symbol.binding === 'local');
    const ordered = [...locals, ...this.symbols.filter((symbol) => symbol.binding !== 'local')];
    const indexOf = new Map(ordered.map((symbol, i) => [symbol, i + 1]));
    const relocationSections = this.relocations.map(({ section, entries }) => this.addRelocations(section, entries, indexOf));
    const symtab = this.add({
      name: '.symtab', type: sectionType.symtab, flags: 0, data: encodeSymbols(ordered, strings), align: 8, entryBytes: SYMBOL_BYTES, link: 0, info: locals.length + 1,
    });
    for (const index of relocationSections) this.sections[index - 1]!.link = symtab;
    const names = this.sections.map((section) => strings.add(section.name));
    names.push(strings.add('.strtab'));
    const strtab = this.add({ name: '.strtab', type: sectionType.strtab, flags: 0, data: strings.bytes(), align: 1, entryBytes: 0, link: 0, info: 0 });
    this.sections[symtab - 1]!.link = strtab;
    return this.encode(names, strtab);
  }

  private add(section: Section): number {
    this.sections.push(section);
    if (this.sections.length >= FIRST_RESERVED_SECTION) {
      throw new TbpfError('the script has too many probes for one object', { code: 'ERR_TOO_LARGE', operation: 'write ELF', advice: 'Split the script.' });
    }
    return this.sections.length;
  }

  private addRelocations(section: number, entries: readonly Relocation[], indexOf: ReadonlyMap<SymbolHandle, number>): number {
    const data = new ByteWriter(entries.length * RELOCATION_BYTES);
    for (const { offset, type, symbol } of entries) data.u64(offset).u32(relocationTypes[type]).u32(indexOf.get(symbol)!);
    return this.add({
      name: `.rel${this.sections[section - 1]!.name}`, type: sectionType.rel, flags: sectionFlag.infoLink, data: data.finish(), align: 8, entryBytes: RELOCATION_BYTES, link: 0, info: section,
    });
  }

  private encode(names: readonly number[], strtab: number): Uint8Array {
    const out = new ByteWriter(HEADER_BYTES + this.sections.reduce((sum, section) => sum + section.data.length + SECTION_BYTES + 16, 0));
    out.zeros(HEADER_BYTES);
    const offsets = this.sections.map((section) => {
      const at = out.align(section.align).length;
      out.raw(section.data);
      return at;
    });
    const headersAt = out.align(8).length;
    out.zeros(SECTION_BYTES);
    // the fields in the order of sectionHeader
    this.sections.forEach((section, i) => {
      out.u32(names[i]!).u32(section.type).u64(section.flags).u64(0).u64(offsets[i]!).u64(section.data.length)
        .u32(section.link).u32(section.info).u64(section.align).u64(section.entryBytes);
    });
    const bytes = out.finish();
    bytes.set(encodeHeader(headersAt, this.sections.length + 1, strtab));
    return bytes;
  }
}

function encodeHeader(sectionHeadersAt: number, sectionCount: number, stringSection: number): Uint8Array {
  return new ByteWriter(HEADER_BYTES)
    .raw(Uint8Array.of(...MAGIC, CLASS_64, LITTLE_ENDIAN, VERSION)).zeros(16 - MAGIC.length - 3)
    .u16(fileType.relocatable).u16(machine.bpf).u32(VERSION).u64(0).u64(0).u64(sectionHeadersAt)
    .u32(0).u16(HEADER_BYTES).u16(0).u16(0).u16(SECTION_BYTES).u16(sectionCount).u16(stringSection).finish();
}

function encodeSymbols(symbols: readonly SymbolInput[], strings: StringTable): Uint8Array {
  const out = new ByteWriter((symbols.length + 1) * SYMBOL_BYTES).zeros(SYMBOL_BYTES);
  for (const { name, type, binding, section, value, sizeBytes } of symbols) {
    out.u32(strings.add(name)).u8((symbolBinding[binding] << 4) | symbolType[type]).u8(0).u16(section).u64(value).u64(sizeBytes);
  }
  return out.finish();
}

class StringTable {
  private readonly out = new ByteWriter(1024).u8(0);
  private readonly offsetByText = new Map<string, number>([['', 0]]);

  add(text: string): number {
    let offset = this.offsetByText.get(text);
    if (offset === undefined) {
      this.offsetByText.set(text, (offset = this.out.length));
      this.out.text(text);
    }
    return offset;
  }

  bytes(): Uint8Array {
    return this.out.finish();
  }
}
