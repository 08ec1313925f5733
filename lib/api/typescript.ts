// The types of a script's events and maps as TypeScript: what Program.types() and `tbpf types` write.
//
//   in     the manifest
//   out    a module that exports Events, Maps and Types, the last for trace<Types>(…)
//   facts  a value has the type that collect/reader.ts reads: integers of at most 32 bits are numbers, of 64 bits bigints, as addresses,
//          enums, users and control groups are; aggregates are as api/map-entries.ts makes them

import { bug } from '../model/diagnostics/errors.js';
import type { EventSpec, Manifest } from '../model/layout/manifest.js';
import { flatMembers, type AggregateType, type StructMember, type Type } from '../model/types/types.js';

/** types of tbpf that a written type may name */
const imported = ['Histogram', 'StackValue', 'SymbolValue', 'TimestampValue'] as const;

export function typesOf({ events, maps }: Manifest): string {
  const eventLines = [...emittedTypes(events)].map(([name, types]) => `  ${propertyName(name)}: ${[...types].join(' | ')};\n`);
  const mapLines = maps.filter(({ scriptName }) => scriptName !== undefined).map(({ scriptName, key, value }) => `  '${scriptName!}': { key: ${key === undefined ? 'undefined' : typeText(key)}; value: ${typeText(value)} };\n`).sort();
  const body = [
    '/** Fields of the events of emit(), by their names. */\n', block('Events', eventLines),
    '/** Keys and values of the maps. */\n', block('Maps', mapLines),
    '/** For trace<Types>(…), load<Types>(…) and simulate<Types>(…). */\nexport interface Types {\n  events: Events;\n  maps: Maps;\n}\n',
  ].join('');
  const names = imported.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  return `${names.length === 0 ? '' : `import type { ${names.join(', ')} } from 'tbpf';\n\n`}${body}`;
}

function block(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? `export type ${name} = Record<never, never>;\n\n` : `export interface ${name} {\n${lines.join('')}}\n\n`;
}

/** A name may be sent with different fields at several places. */
function emittedTypes(events: readonly EventSpec[]): Map<string, Set<string>> {
  const byName = new Map<string, Set<string>>();
  for (const { handler, data, layout } of events) {
    if (handler !== 'emit') continue;
    const { name } = data as { readonly name: string };
    const types = byName.get(name) ?? new Set();
    byName.set(name, types.add(typeText(layout.arguments[0]!.type)));
  }
  return byName;
}

/** The type that values of the script have in JavaScript. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'bool': return 'boolean';
    case 'int': return type.bits === 64 ? 'bigint' : 'number';
    case 'enum': case 'pointer': case 'username': case 'cgroup_path': return 'bigint';
    case 'string': case 'inet': case 'mac': return 'string';
    case 'buffer': return 'Uint8Array';
    case 'array': return `readonly ${arrayOf(typeText(type.of))}[]`;
    case 'tuple': return `readonly [${type.elements.map(typeText).join(', ')}]`;
    case 'record': return fields(type.fields.map(({ name, type: each }) => [name, typeText(each)]));
    case 'struct': return fields(flatMembers(type).map((member) => [member.name, memberText(member)]));
    case 'stack': return 'StackValue';
    case 'ksym': case 'usym': return 'SymbolValue';
    case 'timestamp': return 'TimestampValue';
    case 'aggregate': return aggregateText(type);
    case 'void': case 'none': return 'null';
    case 'context': return bug('api', 'a context has no value that a program sees');
  }
}

function memberText({ type, bitfield }: StructMember): string {
  return bitfield && type.kind !== 'bool' && type.kind !== 'int' ? 'bigint' : typeText(type);
}

function aggregateText({ name }: AggregateType): string {
  switch (name) {
    case 'hist': case 'lhist': return 'Histogram';
    case 'stats': return '{ readonly count: bigint; readonly average: bigint; readonly total: bigint }';
    case 'tseries': return 'readonly { readonly interval_start: bigint; readonly value: bigint }[]';
    default: return 'bigint';
  }
}

function fields(list: readonly (readonly [name: string, type: string])[]): string {
  return list.length === 0 ? 'Record<never, never>' : `{ ${list.map(([name, type]) => `readonly ${propertyName(name)}: ${type}`).join('; ')} }`;
}

function arrayOf(type: string): string {
  return /^readonly /.test(type) ? `(${type})` : type;
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
