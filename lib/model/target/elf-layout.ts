// The parts of an ELF file, described once: elf.ts reads by them, compiler/object/elf-writer.ts writes by them.
//
//   facts  elf.h, Elf64_Ehdr, Elf64_Shdr, Elf64_Sym; offsets and sizes in bytes, little endian

/** `\x7fELF`, then class and byte order */
export const MAGIC = [0x7f, 0x45, 0x4c, 0x46] as const;
export const CLASS_64 = 2;
export const LITTLE_ENDIAN = 1;
export const VERSION = 1;

export const HEADER_BYTES = 64;
/** Offsets in the file's header. */
export const header = { class: 4, byteOrder: 5, machine: 18, sectionsAt: 0x28, sectionBytes: 0x3a, sectionCount: 0x3c, namesIndex: 0x3e } as const;

export const SECTION_BYTES = 64;
/** Offsets in a section's header. */
export const sectionHeader = { name: 0, type: 4, flags: 8, address: 0x10, offset: 0x18, bytes: 0x20, link: 0x28, info: 0x2c, align: 0x30, entryBytes: 0x38 } as const;

export const SYMBOL_BYTES = 24;
/** Offsets in a symbol. The lower half of `info` is its type, the upper half its binding. */
export const symbolEntry = { name: 0, info: 4, section: 6, value: 8, bytes: 16 } as const;

export const RELOCATION_BYTES = 16;
/** Offsets in a relocation without addend: u64, u32, u32. */
export const relocationEntry = { offset: 0, type: 8, symbol: 12 } as const;

/** ET_…: what a file is for. */
export const fileType = { relocatable: 1, executable: 2, shared: 3 } as const;
/** EM_… */
export const machine = { x86_64: 62, arm64: 183, bpf: 247 } as const;
/** SHT_… */
export const sectionType = { progbits: 1, symtab: 2, strtab: 3, nobits: 8, rel: 9 } as const;
/** SHF_… */
export const sectionFlag = { write: 1, alloc: 2, execute: 4, infoLink: 0x40, compressed: 0x800 } as const;
/** SHN_LORESERVE: section indices from here on have special meanings. */
export const FIRST_RESERVED_SECTION = 0xff00;
/** PF_… */
export const segmentFlag = { execute: 1 } as const;
/** STT_… */
export const symbolType = { none: 0, object: 1, func: 2, section: 3, tls: 6, gnuIfunc: 10 } as const;
/** STB_… */
export const symbolBinding = { local: 0, global: 1, weak: 2 } as const;
