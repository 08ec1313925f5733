// ELF files and symbols (addon/elf.cc, usdt.cc, kallsyms.cc).

export interface ReadElfSymbolsOptions {
  /** where a file has no .symtab, look for it in separate debug files (build id and .gnu_debuglink, under /usr/lib/debug and beside the file) and
   *  in .gnu_debugdata, which needs liblzma; default true. Only tests give it. */
  debugFiles?: boolean;
  /** folders like /usr/lib/debug, asked before it */
  debugFolders?: readonly string[];
  /** objects (variables) too; default functions only */
  objects?: boolean;
  /** only symbols that have a version, named `name@VERSION`; default all, without their versions */
  versions?: boolean;
  /** instead of those that are defined those of other files: functions that the file calls. They have no address */
  imported?: boolean;
}

/** Defined symbols sorted by address; equal names and addresses once. Entry i's name is the NUL-terminated string at nameOffsets[i]. */
export interface ElfSymbols {
  count: number;
  addresses: Float64Array;
  sizes: Float64Array;
  /** where the first byte is in the file (for uprobes); -1 when in no loaded segment */
  fileOffsets: Float64Array;
  nameOffsets: Uint32Array;
  /** STT_* in bits 0-3, STB_* in bits 4-7 */
  info: Uint8Array;
  names: Buffer;
  /** separate file that .symtab came from */
  debugFile: string | undefined;
}

export interface ElfSegment {
  fileOffset: number;
  address: number;
  fileBytes: number;
  memoryBytes: number;
  /** PF_X 1, PF_W 2, PF_R 4 */
  flags: number;
}

export interface ElfInfo {
  /** hex, '' when there is none */
  buildId: string;
  /** ET_EXEC 2, ET_DYN 3 */
  type: number;
  /** EM_X86_64 62, EM_AARCH64 183, EM_BPF 247 … */
  machine: number;
  bits: 32 | 64;
  littleEndian: boolean;
  entry: number;
  /** PT_LOAD only: address a is at file offset a - address + fileOffset */
  segments: ElfSegment[];
  /** PT_INTERP, undefined for libraries and static programs */
  interpreter: string | undefined;
  debugLink: string | undefined;
}

/** A place of a USDT probe; the same as model/target/usdt-note.ts, where its members are described. */
export interface UsdtProbe {
  provider: string;
  name: string;
  address: number;
  fileOffset: number;
  semaphoreAddress: number;
  semaphoreOffset: number;
  arguments: string;
}

/** /proc/kallsyms sorted by address. Entry i's name is the NUL-terminated string at nameOffsets[i]; names lie in sorted order. */
export interface Kallsyms {
  count: number;
  addresses: BigUint64Array;
  nameOffsets: Uint32Array;
  names: Buffer;
  /** nm's letter as a character code: T t W w D d B b R r A a … */
  types: Uint8Array;
  /** index into moduleNames; 0 is the kernel itself ('') */
  modules: Uint16Array;
  moduleNames: string[];
  /** every address reads as zero: kptr_restrict or missing CAP_SYSLOG */
  restricted: boolean;
}
