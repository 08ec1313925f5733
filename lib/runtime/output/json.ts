// Values as JSON text (language.md 7).
//
//   facts  lists have no blanks, objects have

import type { StackValue, SymbolValue, TimestampValue, Value } from '../../model/layout/value.js';
import { jsonInteger, jsonString } from '../../language/json-text.js';
import { statsJson, type Stats } from '../../language/aggregates/number-layout.js';
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
    case 'timestamp': return (value) => jsonString(timestampText(value as TimestampValue, rendering));
    case 'username': case 'cgroup_path': {
      const text = compileText(type, bare);
      return (value) => jsonString(text(value));
    }
    case 'void': case 'none': return () => 'null';
    case 'aggregate':
      return (value) => (typeof value === 'object' ? statsJson(value as unknown as Stats) : jsonInteger(value as number | bigint));
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
