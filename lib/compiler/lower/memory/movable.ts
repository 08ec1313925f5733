// What a built program finds on the kernel that it is loaded on, wherever it lies there: offsets of members, which libbpf relocates (CO-RE), and of
// the arguments of tracepoints, which trace/relocations.ts does.
//
//   idea   an address in traced memory is a number, to which any number may be added: so the offset is a value of its own, which the optimizer knows
//          nothing of, and libbpf puts in that of the running kernel
//   facts  the context and memory whose type the verifier knows are read at constant offsets, which stay as they were compiled. libbpf compares the kinds of types, and finds members of anonymous structs by their names; in a union
//          the kernel takes only members at offset 0

import type { Func, Value } from '../../../model/ir/ir.js';
import type { FieldNumber, FieldSpec } from '../../../model/bpf/object-spec.js';
import { isMemberShape } from '../../../model/types/member-shape.js';
import { sizeInC } from '../../../model/types/size.js';
import { type StructMember, type StructType, type Type, findMember, findMovable } from '../../../model/types/types.js';
import type { Lowerer } from '../context.js';
import { type Location, isTypedAddress } from './location.js';

type Remote = Extract<Location, { kind: 'remote' }>;

/** A member of the struct at `where`; undefined: its offset has to be a number. */
export function movableMember(l: Lowerer, where: Location, struct: StructType, name: string): Remote | undefined {
  if (where.kind !== 'remote' || isTypedAddress(where.address)) return undefined;
  const field = movableField(struct, name);
  if (!field) return undefined;
  const { movedBits, ...outer } = where;
  const { type, bitfield } = field;
  const inner: Remote = { ...outer, address: l.b.add(where.address, numberOf(l, field, 'offset')), type, bitfield: undefined, asInC: true };
  return bitfield ? { ...inner, movedBits: { size: numberOf(l, field, 'size'), left: numberOf(l, field, 'left shift'), right: numberOf(l, field, 'right shift') } } : inner;
}

/** Address of a member of the struct at `base`. */
export function memberAddress(l: Lowerer, base: Value, struct: StructType, name: string): Value {
  const field = movableField(struct, name);
  return l.b.add(base, field ? numberOf(l, field, 'offset') : findMember(struct, name)!.offset);
}

type Field = Omit<FieldSpec, 'name' | 'number'>;

/** undefined: no relocation stands for the offset */
function movableField(struct: StructType, name: string): Field | undefined {
  if (!struct.relocatable) return undefined;
  const { offset, type, bitfield } = findMovable(struct, name)!;
  if (!isMemberShape(type) || (struct.tag === 'union' && offset !== 0) || (bitfield && !unitOf(offset, bitfield, type))) return undefined;
  return { struct: { tag: struct.tag, name: struct.name, size: struct.size }, member: name, offset, type, ...(bitfield && { bitfield }) };
}

function numberOf(l: Lowerer, field: Field, number: FieldNumber): Value {
  const name = `${field.struct.tag} ${field.struct.name}.${field.member}${number === 'offset' ? '' : ` ${number}`}`;
  l.f.state.fields.set(name, { ...field, name, number });
  return l.b.fieldOffset(name, field.bitfield ? unitOf(field.offset, field.bitfield, field.type)![number] : field.offset);
}

const WORD_BITS = 64;

/** What libbpf makes of a bitfield (bpf_core_calc_field_relo): the smallest aligned unit, from the bytes of its type on, that holds the bits; undefined: none does. */
function unitOf(offset: number, { shift, bits }: NonNullable<StructMember['bitfield']>, type: Type): Readonly<Record<FieldNumber, number>> | undefined {
  const first = offset * 8 + shift;
  for (let size = sizeInC(type); size <= 8; size *= 2) {
    const start = Math.floor(first / 8 / size) * size;
    const left = WORD_BITS - (first + bits - start * 8);
    if (first + bits <= (start + size) * 8) return { offset: start, size, 'left shift': left, 'right shift': WORD_BITS - bits };
  }
  return undefined;
}

/** What a load of the argument is marked with, where it may lie elsewhere in the record. */
export function movableArgument(l: Lowerer, name: string): string | undefined {
  return movableArguments(l) ? name : undefined;
}

export function movableArguments({ portable, probe }: Pick<Lowerer, 'portable' | 'probe'>): boolean {
  return portable && probe.tracepoint !== undefined;
}

/** Whether a program gets at its context in no other way than by loads that are marked. */
export function readsOnlyArguments({ blocks, entry }: Func): boolean {
  const [context] = entry.params;
  const isMarked = ({ op, attributes, args }: Value): boolean => op === 'call' || (op === 'load' && attributes.name !== undefined) || (op === 'add' && !args[1]!.isConst);
  return blocks.every(({ instructions }) => instructions.every((value) => !value.args.includes(context!) || isMarked(value)));
}
