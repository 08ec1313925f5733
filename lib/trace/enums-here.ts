// The names of enumerators in a portable program: those of the kernel that it runs on.
//
//   idea   an enum is printed by names, which the manifest has; a number that the script calls by its name is in the program, and has to be the same
//          (language/type-notes.ts)

import type { Manifest } from '../model/layout/manifest.js';
import type { TypeFacts } from '../model/layout/origin.js';
import type { EnumType, Type } from '../model/types/types.js';

type Enum = TypeFacts['enums'][number];

/** @param enums  of the kernel that the program was compiled for
 *  @param find  an enum of this kernel by its name */
export function withEnumsOf(manifest: Manifest, enums: readonly Enum[], find: (name: string) => EnumType | undefined): Manifest {
  const changed = enums.flatMap((built) => {
    const here = find(built.name);
    return here && !sameMembers(built.members, here.members) ? [{ built, here }] : [];
  });
  if (changed.length === 0) return manifest;
  const replaced = (type: Type): Type => mapEnums(type, (one) => {
    const other = changed.find(({ built }) => built.name === one.name && sameMembers(built.members, one.members));
    return other ? { ...one, members: other.here.members } : one;
  });
  return {
    ...manifest,
    maps: manifest.maps.map((map) => ({ ...map, value: replaced(map.value), ...(map.key && { key: replaced(map.key) }) })),
    events: manifest.events.map((event) => ({ ...event, layout: { ...event.layout, arguments: event.layout.arguments.map((argument) => ({ ...argument, type: replaced(argument.type) })) } })),
  };
}

function sameMembers(a: Enum['members'], b: Enum['members']): boolean {
  return a.length === b.length && a.every(([name, value], i) => name === b[i]![0] && value === b[i]![1]);
}

/** A type as a manifest has it, with other enums in it. */
function mapEnums(type: Type, change: (type: EnumType) => EnumType): Type {
  const inner = (one: Type): Type => mapEnums(one, change);
  switch (type.kind) {
    case 'enum': return change(type);
    case 'pointer': return { ...type, to: inner(type.to) };
    case 'array': return { ...type, of: inner(type.of) };
    case 'tuple': return { ...type, elements: type.elements.map(inner) };
    case 'record': return { ...type, fields: type.fields.map((field) => ({ ...field, type: inner(field.type) })) };
    case 'struct': return type.fields ? { ...type, fields: type.fields.map((field) => ({ ...field, type: inner(field.type) })) } : type;
    default: return type;
  }
}
