// Types that a member of a kernel struct has in the BTF of an object: what libbpf compares when it looks for the member in another kernel's.

import type { ArrayType, EnumType, IntType, PointerType, StringType, StructType, Type } from './types.js';

export type MemberShape = IntType | EnumType | PointerType | StringType | StructType | ArrayType | Extract<Type, { kind: 'bool' }>;

/** Whether BTF can be written of it. Integers of 128 bits and floats have no representation. */
export function isMemberShape(type: Type): type is MemberShape {
  return type.kind === 'array' ? isMemberShape(type.of) : ['int', 'bool', 'enum', 'pointer', 'string', 'struct'].includes(type.kind);
}
