// Sizes, alignments and places of elements: how a type lies in memory (language.md 2.1, 2.4).
//
//   facts  tuple elements are aligned: byte arrays and strings 1, size <= 2 -> size, <= 4 -> 4, else 8

import { type StackType, STRUCT_SIZE, type Type, declaredMembers } from './types.js';

export const STACK_ENTRY_BYTES = 8;

/** A stack in memory: s64 bytes of the trace (negative: it could not be had); of user stacks then u32 pid and u32 program; then the entries. */
export const stackBytes = { length: 0, pid: 8, program: 12 } as const;
/** An entry of a `build_id` stack: struct bpf_stack_build_id. status 1: id and file offset; 2: only the address */
export const buildIdBytes = { status: 0, id: 4, idSize: 20, offset: 24, size: 32 } as const;
/** A user symbol in memory: u64 address, u32 pid, u32 program (its number: layout/symbols.ts). */
export const symbolBytes = { address: 0, pid: 8, program: 12, size: 16 } as const;

/** Where the entries of a stack begin, and how long each is. */
export function stackPlaces({ space, mode }: StackType): { readonly entries: number; readonly entryBytes: number } {
  return { entries: space === 'kernel' ? 8 : 16, entryBytes: mode === 'build_id' ? buildIdBytes.size : STACK_ENTRY_BYTES };
}

/** Bytes a value takes in maps, records and on the stack; 0 for what has no value. */
export function sizeOf(type: Type): number {
  switch (type.kind) {
    case 'bool': return 1;
    case 'int': return type.bits / 8;
    case 'enum': return 8;
    case 'string': return type.capacity;
    case 'buffer': return 4 + type.capacity;
    case 'pointer': case 'ksym': case 'username': return 8;
    case 'array': return type.count * sizeInC(type.of);
    case 'struct': type.noted?.(STRUCT_SIZE);
      return type.size;
    case 'tuple': return placeElements(type.elements).size;
    case 'record': return placeElements(type.fields.map((f) => f.type)).size;
    case 'stack': {
      const { entries, entryBytes } = stackPlaces(type);
      return entries + type.limit * entryBytes;
    }
    case 'usym': return symbolBytes.size;
    case 'inet': return 24;
    case 'mac': return 6;
    case 'cgroup_path': case 'timestamp': return 16;
    case 'aggregate': case 'context': case 'void': case 'none': return 0;
  }
}

/** Bytes of a value in a struct, an array, behind a pointer: an enum has the width C gives it, an array of characters no room for a NUL. What has
 *  no value here has its size there, too. */
export function sizeInC(type: Type): number {
  switch (type.kind) {
    case 'enum': return type.bytes;
    case 'string': return type.stored ?? type.capacity;
    case 'none': return type.bytes ?? 0;
    default: return sizeOf(type);
  }
}

export function alignOf(type: Type): 1 | 2 | 4 | 8 {
  switch (type.kind) {
    case 'string': case 'mac': return 1;
    case 'buffer': return 4;
    case 'array': return alignOf(type.of);
    case 'struct': {
      let align: 1 | 2 | 4 | 8 = 1;
      for (const member of declaredMembers(type)) {
        const inner = alignOf(member.type);
        if (inner > align) align = inner;
      }
      return align;
    }
    case 'tuple': return maxAlign(type.elements);
    case 'record': return maxAlign(type.fields.map((f) => f.type));
    default: {
      const size = type.kind === 'none' ? sizeInC(type) : sizeOf(type);
      return size <= 1 ? 1 : size <= 2 ? 2 : size <= 4 ? 4 : 8;
    }
  }
}

function maxAlign(types: readonly Type[]): 1 | 2 | 4 | 8 {
  return types.reduce<1 | 2 | 4 | 8>((most, type) => Math.max(most, alignOf(type)) as 1 | 2 | 4 | 8, 1);
}

/** Byte offsets of the elements of a tuple or record, in order, and the padded size of the whole. */
export function placeElements(types: readonly Type[]): { offsets: number[]; size: number } {
  // a key or value of a map has at least one byte
  if (types.length === 0) return { offsets: [], size: 1 };
  const offsets: number[] = [];
  let at = 0;
  for (const type of types) {
    at = roundUp(at, alignOf(type));
    offsets.push(at);
    at += sizeOf(type);
  }
  return { offsets, size: roundUp(at, maxAlign(types)) };
}

export function roundUp(n: number, to: number): number {
  return Math.ceil(n / to) * to;
}
