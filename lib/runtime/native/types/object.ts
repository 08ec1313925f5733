// A BPF object: programs and maps that are loaded together (addon/object.cc).

import type { MapHandle } from './map.js';
import type { ProgramHandle } from './program.js';

export interface OpenObjectOptions {
  /** object name; part of the names of internal maps (`name.rodata`). Default `tbpf` */
  name?: string;
  /** vmlinux BTF to use for CO-RE relocations in place of the running kernel's */
  btfPath?: string;
  /** collect libbpf's own messages at this level while opening and loading; default `warn` (kept for error messages only) */
  libbpfLog?: 'warn' | 'info' | 'debug';
}

export interface ObjectHandle {
  readonly name: string;
  readonly closed: boolean;
  readonly loaded: boolean;
  /** In the order of the ELF file. The same handle objects on every read. */
  readonly programs: readonly ProgramHandle[];
  /** Internal maps (`.rodata`) too. The same handle objects on every read. */
  readonly maps: readonly MapHandle[];
  program(name: string): ProgramHandle | undefined;
  map(name: string): MapHandle | undefined;
  /** Creates the maps and loads every program with autoload. No verifier log is requested unless `setLog` asked for one; when the
   *  kernel refuses, libbpf loads that program again with a log.
   * @throws LoadError  `.program` is the program refused (undefined for a map or BTF), `.log` the complete verifier log */
  load(): void;
  /** The same on a thread of the pool. Until it settles every method of the object, its programs and maps throws ERR_BUSY, and so do
   *  the properties that loading changes: of programs type, expectedAttachType, autoload, fd and log, of maps maxEntries and fd. */
  loadAsync(): Promise<void>;
  /** Lines libbpf printed so far while opening and loading, at the level given to openObject; empties the list. */
  takeLibbpfLog(): string[];
  close(): void;
}
