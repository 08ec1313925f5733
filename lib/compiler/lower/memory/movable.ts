// Members that a built program finds on the kernel that it is loaded on, wherever they lie there: their offsets are relocated (CO-RE).
//
//   idea   an address in traced memory is a number, to which any number may be added: so the offset is a value of its own, which the optimizer knows
//          nothing of, and libbpf puts in that of the running kernel
//   facts  the context and memory whose type the verifier knows are read at constant offsets, which stay as they were compiled; so do bitfields, whose
//          shifts would have to be relocated too. libbpf compares the kinds of types, and finds members of anonymous structs by their names; in a union
//          the kernel takes only members at offset 0

import type { FieldSpec } from '../../../model/bpf/object-spec.js';
import { isMemberShape } from '../../../model/types/member-shape.js';
import { type StructType, findMovable } from '../../../model/types/types.js';
import type { Lowerer } from '../context.js';
import { type Location, isTypedAddress } from './location.js';

type Remote = Extract<Location, { kind: 'remote' }>;

/** A member of the struct at `where`; undefined: its offset has to be a number. */
export function movableMember(l: Lowerer, where: Location, struct: StructType, name: string): Remote | undefined {
  if (where.kind !== 'remote' || isTypedAddress(where.address) || !struct.relocatable) return undefined;
  const member = findMovable(struct, name)!;
  const { offset, type, bitfield } = member;
  if (bitfield || !isMemberShape(type) || (struct.tag === 'union' && offset !== 0)) return undefined;
  const field: FieldSpec = { name: `${struct.tag} ${struct.name}.${name}`, struct: { tag: struct.tag, name: struct.name, size: struct.size }, member: name, offset, type };
  l.f.state.fields.set(field.name, field);
  return { ...where, address: l.b.add(where.address, l.b.fieldOffset(field.name, offset)), type, bitfield: undefined, asInC: true };
}
