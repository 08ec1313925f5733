// Values as text: what print(), %s and maps show (language.md 5.4, 2.5).
//
//   in     a type and a Rendering
//   out    a function from value to text, built once per type

import type { StackValue, SymbolValue, TimestampValue, Value } from '../../model/layout/value.js';
import { flatMembers, type EnumType, type Type } from '../../model/types/types.js';
import { bug } from '../../model/diagnostics/errors.js';
import { statsText, type Stats } from '../../language/aggregates/number-layout.js';
import { readableBytes } from '../../language/format/bytes.js';
import { renderStack } from './stack.js';
import { strftime } from './strftime.js';
import type { Rendering } from './rendering.js';

export type Text = (value: Value) => string;

export function compileText(type: Type, rendering: Rendering): Text {
  switch (type.kind) {
    case 'bool': return (value) => (value ? 'true' : 'false');
    case 'int': return (value) => `${value as number | bigint}`;
    case 'enum': return enumText(type);
    case 'string': return (value) => rendering.data(value as string);
    case 'buffer': return (value) => readableBytes(value as Uint8Array);
    case 'pointer': return (value) => `0x${(value as bigint).toString(16)}`;
    case 'array': {
      const text = compileText(type.of, rendering);
      return (value) => `[${(value as readonly Value[]).map(text).join(',')}]`;
    }
    case 'tuple': {
      const list = compileList(type.elements, rendering);
      return (value) => `(${list(value)})`;
    }
    case 'record': return fieldsText(type.fields, rendering);
    case 'struct': return fieldsText(flatMembers(type), rendering);
    case 'stack': return (value) => rendering.data(renderStack(value as StackValue, type, rendering.symbols));
    case 'ksym': case 'usym': return (value) => rendering.data(symbolText(value as SymbolValue, type.kind, rendering));
    case 'username': return (value) => rendering.data(rendering.userName(value as bigint) ?? '');
    case 'inet': case 'mac': return (value) => value as string;
    case 'cgroup_path': return (value) => rendering.data(type.owner === undefined ? rendering.cgroupPath(value as bigint, type.filter) : rendering.cgroupOwner(value as bigint, type.owner));
    case 'timestamp': return (value) => timestampText(value as TimestampValue, rendering);
    case 'void': case 'none': return () => 'null';
    case 'aggregate': return (value) => aggregateText(value);
    case 'context': return bug('output', `a value of type ${type.kind} cannot be printed`);
  }
}

/** The elements of a tuple without its parentheses: how keys of several parts print. */
export function compileList(types: readonly Type[], rendering: Rendering): Text {
  const texts = types.map((type) => compileText(type, rendering));
  return (value) => (value as readonly Value[]).map((element, i) => texts[i]!(element)).join(', ');
}

/** A map key as it stands between the brackets. */
export function compileKeyText(type: Type, rendering: Rendering): Text {
  return type.kind === 'tuple' ? compileList(type.elements, rendering) : compileText(type, rendering);
}

export function symbolText({ address, pid, program }: SymbolValue, kind: 'ksym' | 'usym', { symbols }: Rendering): string {
  const frame = kind === 'ksym' ? symbols.kernelFrame(address) : symbols.userFrame(address, pid, program);
  return frame.name ?? `0x${address.toString(16)}`;
}

/** A time of zero was never taken. */
export function timestampText({ ns, format, clock }: TimestampValue, rendering: Rendering): string {
  if (ns === 0n) return '(?)';
  return strftime(format, clock === 'boot' ? ns + rendering.bootToRealtimeNs() : ns);
}

function enumText(type: EnumType): Text {
  const names = new Map(type.members.map(([name, value]) => [value, name]));
  return (value) => names.get(value as bigint) ?? (value as bigint).toString();
}

function fieldsText(fields: readonly { readonly name: string; readonly type: Type }[], rendering: Rendering): Text {
  const texts = fields.map(({ name, type }) => ({ name, text: compileText(type, rendering) }));
  if (texts.length === 0) return () => '{}';
  return (value) => `{ ${texts.map(({ name, text }) => `.${name} = ${text((value as Record<string, Value>)[name]!)}`).join(', ')} }`;
}

/** Castable aggregates are integers by the time they get here; stats is the one that prints as a value too. */
function aggregateText(value: Value): string {
  if (typeof value === 'bigint' || typeof value === 'number') return `${value}`;
  return statsText(value as unknown as Stats);
}
