// The first line of -f ndjson: what the lines after it may hold (language.md 7.1).
//
//   out    one object: the calls that print (`sites`, by the number that their lines carry), and the maps, with their types
//   facts  a type is an object with `kind`; the kinds are those of the language (language.md 2.1)

import type { Manifest } from '../../../model/layout/manifest.js';
import { flatMembers, spellType, type Type } from '../../../model/types/types.js';
import { plainJson, type Plain } from './values.js';

const SCHEMA_VERSION = 1;

export function schemaLine({ events, maps }: Manifest): string {
  const sites = events.map(({ handler, data, layout, place: { file, line, column } }, site) => {
    const name = handler === 'emit' ? (data as { readonly name: string }).name : undefined;
    return { site, call: handler, name, file, line, column, types: layout.arguments.map(({ type }) => describe(type)) };
  });
  const named = maps.flatMap(({ scriptName, key, value }) => (scriptName === undefined ? [] : [{ name: scriptName, key: key && parts(key).map(describe), value: describe(value) }]));
  return plainJson({ type: 'schema', version: SCHEMA_VERSION, sites, maps: named });
}

function parts(key: Type): readonly Type[] {
  return key.kind === 'tuple' ? key.elements : [key];
}

function describe(type: Type): { readonly [member: string]: Plain } {
  switch (type.kind) {
    case 'int': return { kind: 'int', bits: type.bits, signed: type.signed };
    case 'enum': return { kind: 'enum', name: type.name, values: Object.fromEntries(type.members) };
    case 'string': return { kind: 'string' };
    case 'buffer': return { kind: 'bytes' };
    case 'pointer': return { kind: 'pointer', to: spellType(type.to) };
    case 'array': return { kind: 'array', of: describe(type.of), count: type.count };
    case 'tuple': return { kind: 'tuple', elements: type.elements.map(describe) };
    case 'record': return { kind: 'record', fields: described(type.fields) };
    case 'struct': return { kind: 'struct', name: spellType(type), fields: described(flatMembers(type)) };
    case 'stack': return { kind: 'stack', space: type.space };
    case 'aggregate': return { kind: type.name, signed: type.signed, parameters: type.parameters };
    case 'cgroup_path': return { kind: type.owner ?? type.kind };
    case 'context': case 'bool': case 'ksym': case 'usym': case 'username': case 'inet': case 'mac': case 'timestamp': case 'void': case 'none': return { kind: type.kind };
  }
}

function described(fields: readonly { readonly name: string; readonly type: Type }[]): Plain[] {
  return fields.map(({ name, type }) => ({ name, type: describe(type) }));
}
