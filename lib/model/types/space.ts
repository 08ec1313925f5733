// Where addresses point: the address space is part of the type (language.md 2.6).
//
//   idea   types are declared as if they lay in kernel memory; inSpace() answers the same type as it lies in another space, where every
//          pointer on the way, and every 64-bit number that is taken for an address, points into that space too. Members, elements and
//          pointees of such a type have the right space by themselves, so code that walks through a type need not compute it
//          The clock that a number was read from goes with its type in the same way
//   facts  a pointer with the tag `user` points to user memory wherever it lies. 'none': unknown at compile time; at run time the address decides

import { type AddressSpace, type Clock, type IntType, type StructType, type Type, declaredMembers, sameType } from './types.js';

/** The type as it lies in memory of a space. */
export function inSpace<T extends Type>(type: T, space: AddressSpace): T;
export function inSpace(type: Type, space: AddressSpace): Type {
  switch (type.kind) {
    case 'pointer': {
      if (type.tagged) return type;
      const to = inSpace(type.to, space);
      return type.space === space && to === type.to ? type : { kind: 'pointer', to, space };
    }
    case 'int': {
      const own = space === 'kernel' ? undefined : space;
      return type.bits < 64 || type.space === own ? type : withSpace(type, own);
    }
    case 'array': {
      const of = inSpace(type.of, space);
      return of === type.of ? type : { ...type, of };
    }
    case 'struct': return structIn(type, space);
    default: return type;
  }
}

/** A pointer of the language or of C. A pointer that lies in user memory, or in an unknown space, points to the same space. */
export function pointerTo(to: Type, space: AddressSpace): Extract<Type, { kind: 'pointer' }> {
  return { kind: 'pointer', to: space === 'kernel' ? to : inSpace(to, space), space };
}

/** One struct in each space. A struct knows its others, so that there is one object for each space. */
const versions = new WeakMap<StructType, Map<AddressSpace, StructType>>();

function structIn(type: StructType, space: AddressSpace): StructType {
  const own = type.space ?? 'kernel';
  if (own === space) return type;
  const known = versions.get(type) ?? new Map([[own, type]]);
  versions.set(type, known);
  const there = known.get(space);
  if (there) return there;
  let members: ReturnType<typeof declaredMembers> | undefined;
  const moved: StructType = {
    kind: 'struct', tag: type.tag, name: type.name, space,
    // a struct that is mentioned before its definition gets its size later
    get size() {
      return type.size;
    },
    noted: type.noted,
    loadFields: () => (members ??= declaredMembers(type).map((member) => ({ ...member, type: inSpace(member.type, space) }))),
  };
  known.set(space, moved);
  versions.set(moved, known);
  return moved;
}

function withSpace(type: IntType, space: AddressSpace | undefined, clock = type.clock): IntType {
  const { kind, bits, signed, flexible } = type;
  return { kind, bits, signed, ...(flexible ? { flexible } : {}), ...(space ? { space } : {}), ...(clock ? { clock } : {}) };
}

/** The type of what is sometimes an `a` and sometimes a `b`, which are the same type but for their spaces: where these differ the space is 'none'. */
export function joinSpaces(a: Type, b: Type): Type {
  if (a === b || sameSpaces(a, b)) return a;
  if (a.kind === 'pointer' && b.kind === 'pointer') return a.space === b.space ? { kind: 'pointer', to: joinSpaces(a.to, b.to), space: a.space } : pointerTo(a.to, 'none');
  if (a.kind === 'int' && b.kind === 'int') return withSpace(a, jointSpace(a, b), jointClock(a, b));
  if (a.kind === 'array' && b.kind === 'array') return { ...a, of: joinSpaces(a.of, b.of) };
  if (a.kind === 'struct') return inSpace(a, 'none');
  if (a.kind === 'tuple' && b.kind === 'tuple') return { ...a, elements: a.elements.map((e, i) => joinSpaces(e, b.elements[i]!)) };
  if (a.kind === 'record' && b.kind === 'record') {
    return { ...a, fields: a.fields.map(({ name, type }) => ({ name, type: joinSpaces(type, b.fields.find((f) => f.name === name)!.type) })) };
  }
  return a;
}

/** Where a number points that is one of two: literals say nothing of it. */
export function jointSpace(a: IntType, b: IntType): AddressSpace | undefined {
  if (a.flexible && !a.space) return b.space;
  if ((b.flexible && !b.space) || a.space === b.space) return a.space;
  return 'none';
}

/** The clock of a number that is one of two: numbers that no clock gave say nothing of it. */
export function jointClock(a: Pick<IntType, 'clock'>, b: Pick<IntType, 'clock'>): Clock | undefined {
  if (a.clock === undefined || b.clock === undefined) return a.clock ?? b.clock;
  return a.clock === b.clock ? a.clock : 'mixed';
}

/** `to`, pointing where `from` does: a variable of declared type has the space of what is assigned to it. */
export function spacesOf(from: Type, to: Type): Type {
  if (to.kind === 'int') return from.kind === 'int' && from.bits === 64 && to.bits === 64 && !from.flexible ? withSpace(to, from.space, from.clock) : to;
  if (sameType(from, to)) return from;
  return from.kind === 'pointer' && to.kind === 'pointer' ? pointerTo(inSpace(to.to, from.space), from.space) : to;
}

/** Of two types that are the same (sameType): whether they point to the same places as well. */
export function sameSpaces(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind === 'pointer' && b.kind === 'pointer') return a.space === b.space && sameSpaces(a.to, b.to);
  if (a.kind === 'int' && b.kind === 'int') return a.space === b.space && a.clock === b.clock;
  if (a.kind === 'array' && b.kind === 'array') return sameSpaces(a.of, b.of);
  if (a.kind === 'struct' && b.kind === 'struct') return (a.space ?? 'kernel') === (b.space ?? 'kernel');
  if (a.kind === 'tuple' && b.kind === 'tuple') return a.elements.every((e, i) => sameSpaces(e, b.elements[i]!));
  if (a.kind === 'record' && b.kind === 'record') return a.fields.every((f) => sameSpaces(f.type, b.fields.find((g) => g.name === f.name)!.type));
  return true;
}
