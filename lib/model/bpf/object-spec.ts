// A BPF object before it is written as ELF: programs, maps, read-only data.
//
//   made by  codegen;  read by  compiler/object (ELF writer), lib/sim (runs it without a kernel)

import type { Prototype } from '../btf/prototype.js';
import type { StructMember, Type } from '../types/types.js';
import type { Insn } from './insn.js';

export interface MapSpec {
  /** kernel-visible name, at most 15 characters, C identifier */
  readonly name: string;
  /** name of the kernel's map type without prefix, as in uapi.ts: `hash`, `percpu_hash`, `array`, `ringbuf` … */
  readonly type: MapTypeName;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_* bits of map_create */
  readonly flags: number;
}

export type MapTypeName =
  | 'hash' | 'array' | 'percpu_hash' | 'percpu_array' | 'lru_hash' | 'lru_percpu_hash' | 'ringbuf' | 'perf_event_array' | 'stack_trace';

export interface FunctionSpec {
  /** C identifier; programs and subprograms share one name space */
  readonly name: string;
  readonly insns: readonly Insn[];
  /** number of 64-bit arguments, for the BTF prototype: 1 (ctx) for programs */
  readonly argumentCount: number;
  /** a subprogram that the verifier checks by itself, once, for any numbers as arguments; without: at each call, for what is passed there */
  readonly verifiedOnce?: true;
}

export interface ProgramSpec extends FunctionSpec {
  /** ELF section that makes libbpf choose type and attach type: `tracepoint/syscalls/sys_enter_read`, `raw_tp`, `kprobe`, `perf_event` … */
  readonly section: string;
}

/** A kernel function that instructions call by { kind: 'kfunc' }. */
export interface KfuncSpec {
  readonly name: string;
  /** as the target's BTF has it: the loader refuses a call with another prototype */
  readonly prototype: Prototype;
}

/** A number of a member of a kernel struct that instructions load by { kind: 'field' }. Of bitfields: the unit of memory that holds the bits, and by how
 *  much it is shifted, as 64 bits, to the left and back, so that they are left. */
export type FieldNumber = 'offset' | 'size' | 'left shift' | 'right shift';

export interface FieldSpec {
  /** as the instructions call it */
  readonly name: string;
  readonly struct: { readonly tag: 'struct' | 'union'; readonly name: string; readonly size: number };
  /** members of anonymous ones in the struct count as its own */
  readonly member: string;
  readonly offset: number;
  readonly type: Type;
  /** bits from `offset` on */
  readonly bitfield?: StructMember['bitfield'];
  readonly number: FieldNumber;
}

export interface ObjectSpec {
  readonly programs: readonly ProgramSpec[];
  /** BPF-to-BPF functions and loop callbacks, in `.text` */
  readonly subprograms: readonly FunctionSpec[];
  readonly maps: readonly MapSpec[];
  /** contents of the frozen `.rodata` map, referenced with { kind: 'map_value', name: '.rodata' }; may be empty */
  readonly rodata: Uint8Array;
  /** becomes the `license` section */
  readonly license: string;
  /** one for each kernel function that is called */
  readonly kfuncs?: readonly KfuncSpec[];
  /** Functions of other objects, which libbpf's linker adds; instructions call them by { kind: 'kfunc' } too. */
  readonly externals?: readonly KfuncSpec[];
  /** each that instructions name, once */
  readonly fields?: readonly FieldSpec[];
}
