// Values as JSON text (language.md 7).
//
//   facts  an integer that a double cannot hold exactly becomes a string; lists have no blanks, objects have

import type { StackValue, SymbolValue, TimestampValue, Value } from '../../model/layout/value.js';
import { flatMembers, type Type } from '../../model/types/types.js';
import { bug } from '../../model/diagnostics/errors.js';
import { renderStack } from './stack.js';
import { compileKeyText, compileText, symbolText, timestampText } from './text.js';
import type { Rendering } from './rendering.js';

export type Json = (value: Value) => string;

/** JSON is data for programs: nothing in it is escaped for terminals. */
export function compileJson(type: Type, rendering: Rendering): Json {
  const bare: Rendering = { ...rendering, data: (text) => text };
  switch (type.kind) {
    case 'bool': return (value) => (value ? 'true' : 'false');
    case 'int': case 'enum': case 'pointer': return (value) => jsonInteger(value as number | bigint);
    case 'string': case 'inet': case 'mac': return (value) => jsonString(value as string);
    case 'buffer': return (value) => `[${[...(value as Uint8Array)].map((byte) => (byte << 24) >> 24).join(',')}]`;
    case 'array': {
      const json = compileJson(type.of, rendering);
      return (value) => `[${(value as readonly Value[]).map(json).join(',')}]`;
    }
    case 'tuple': {
      const jsons = type.elements.map((element) => compileJson(element, rendering));
      return (value) => `[${(value as readonly Value[]).map((element, i) => jsons[i]!(element)).join(',')}]`;
    }
    case 'record': return fieldsJson(type.fields, rendering);
    case 'struct': return fieldsJson(flatMembers(type), rendering);
    case 'stack': return (value) => jsonString(renderStack(value as StackValue, type, rendering.symbols));
    case 'ksym': case 'usym': return (value) => jsonString(symbolText(value as SymbolValue, type.kind, rendering));
    case 'timestamp': return (value) => jsonString(timestampText(value as TimestampValue, type, rendering));
    case 'username': case 'cgroup_path': {
      const text = compileText(type, bare);
      return (value) => jsonString(text(value));
    }
    case 'void': case 'none': return () => 'null';
    case 'aggregate':
      return (value) => (typeof value === 'object' ? statsJson(value as { count: bigint; average: bigint; total: bigint }) : jsonInteger(value as number | bigint));
    case 'context': return bug('output', `a value of type ${type.kind} cannot be printed`);
  }
}

function fieldsJson(fields: readonly { readonly name: string; readonly type: Type }[], rendering: Rendering): Json {
  const jsons = fields.map(({ name, type }) => ({ name, label: jsonString(name), json: compileJson(type, rendering) }));
  return (value) => `{${jsons.map(({ name, label, json }) => `${label}: ${json((value as Record<string, Value>)[name]!)}`).join(', ')}}`;
}

/** Keys are strings: their text without blanks. */
export function compileJsonKey(type: Type, rendering: Rendering): Json {
  const text = compileKeyText(type, { ...rendering, data: (raw) => raw });
  return (value) => jsonString(text(value).replaceAll(' ', ''));
}

export function statsJson({ count, average, total }: { readonly count: bigint; readonly average: bigint; readonly total: bigint }): string {
  return `{"count": ${jsonInteger(count)}, "average": ${jsonInteger(average)}, "total": ${jsonInteger(total)}}`;
}

export function jsonInteger(n: number | bigint): string {
  if (typeof n === 'number') return String(n);
  return BigInt(Number(n)) === n ? String(n) : `"${n}"`;
}

const special = /["\\\u0000-\u001f\ud800-\udfff]/;
const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A JSON string. Bytes that are not UTF-8 become U+FFFD. */
export function jsonString(text: string): string {
  if (!special.test(text)) return `"${text}"`;
  const escaped = text.replace(/["\\\u0000-\u001f]/g, (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped.replace(/\p{Surrogate}/gu, '\ufffd')}"`;
}
