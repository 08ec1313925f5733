// Values as JSON that loses nothing (language.md 7.1).
//
//   in     a type and a Rendering
//   out    a function from value to JSON text, built once per type
//   facts  an integer that a double cannot hold is a string of digits, as in -f json. JSON text is Unicode: bytes, and text that is not
//          UTF-8, are { "base64": "…" }. Names stand beside the numbers that they were found for

import { jsonInteger, jsonString } from '../../../language/json-text.js';
import { bug } from '../../../model/diagnostics/errors.js';
import type { Frame } from '../../../model/layout/symbols.js';
import type { StackValue, SymbolValue, TimestampValue, Value } from '../../../model/layout/value.js';
import { bytesOfText, hasForeignBytes } from '../../../model/syntax/text.js';
import { flatMembers, type StackType, type Type } from '../../../model/types/types.js';
import type { Rendering } from '../rendering.js';
import { isNamed, unwound } from '../stack.js';
import { timestampText } from '../text.js';

export type Json = (value: Value) => string;

/** Text of traced programs and files. */
export function exactText(text: string): string {
  return hasForeignBytes(text) ? exactBytes(bytesOfText(text)) : jsonString(text);
}

export function exactBytes(bytes: Uint8Array): string {
  return `{"base64": "${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"}`;
}

export function compileExact(type: Type, rendering: Rendering): Json {
  switch (type.kind) {
    case 'bool': return (value) => (value ? 'true' : 'false');
    case 'int': case 'enum': case 'pointer': return (value) => jsonInteger(value as number | bigint);
    case 'string': case 'inet': case 'mac': return (value) => exactText(value as string);
    case 'buffer': return (value) => exactBytes(value as Uint8Array);
    case 'array': {
      const json = compileExact(type.of, rendering);
      return (value) => list((value as readonly Value[]).map(json));
    }
    case 'tuple': {
      const json = compileParts(type.elements, rendering);
      return (value) => list(json(value));
    }
    case 'record': return fields(type.fields, rendering);
    case 'struct': return fields(flatMembers(type), rendering);
    case 'stack': return (value) => stackJson(value as StackValue, type, rendering);
    case 'ksym': return (value) => frameJson(rendering.symbols.kernelFrame((value as SymbolValue).address));
    case 'usym': return (value) => {
      const { address, pid, program } = value as SymbolValue;
      return frameJson(rendering.symbols.userFrame(address, pid, program));
    };
    case 'timestamp': return (value) => `{"ns": ${jsonInteger((value as TimestampValue).ns)}, "text": ${exactText(timestampText(value as TimestampValue, rendering))}}`;
    case 'username': return (value) => `{"uid": ${jsonInteger(value as bigint)}${named('name', rendering.userName(value as bigint))}}`;
    case 'cgroup_path': if (type.owner !== undefined) {
      const { owner } = type;
      return (value) => `{"id": ${jsonInteger(value as bigint)}, "name": ${exactText(rendering.cgroupOwner(value as bigint, owner))}}`;
    } else return (value) => `{"id": ${jsonInteger(value as bigint)}, "path": ${exactText(rendering.cgroupPath(value as bigint, type.filter))}}`;
    case 'void': case 'none': return () => 'null';
    case 'aggregate': return (value) => plainJson(value as Plain);
    case 'context': return bug('output', `a value of type ${type.kind} cannot be printed`);
  }
}

/** The parts of a map's key: the elements of a tuple, or the key alone. */
export function compileKeyParts(type: Type, rendering: Rendering): (key: Value) => string {
  if (type.kind === 'tuple') {
    const parts = compileParts(type.elements, rendering);
    return (key) => list(parts(key));
  }
  const only = compileExact(type, rendering);
  return (key) => list([only(key)]);
}

export type Plain = string | number | bigint | boolean | null | undefined | readonly Plain[] | { readonly [member: string]: Plain };

/** What needs no type to be read. A member without value is left out. */
export function plainJson(value: Plain): string {
  if (Array.isArray(value)) return list((value as readonly Plain[]).map(plainJson));
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? exactText(value) : typeof value === 'bigint' ? jsonInteger(value) : String(value);
  const members = Object.entries(value as Readonly<Record<string, Plain>>).filter(([, member]) => member !== undefined && member !== null);
  return `{${members.map(([name, member]) => `${jsonString(name)}: ${plainJson(member)}`).join(', ')}}`;
}

function compileParts(types: readonly Type[], rendering: Rendering): (value: Value) => string[] {
  const jsons = types.map((type) => compileExact(type, rendering));
  return (value) => jsons.map((json, i) => json((value as readonly Value[])[i]!));
}

function fields(all: readonly { readonly name: string; readonly type: Type }[], rendering: Rendering): Json {
  const jsons = all.map(({ name, type }) => ({ name, label: jsonString(name), json: compileExact(type, rendering) }));
  return (value) => `{${jsons.map(({ name, label, json }) => `${label}: ${json((value as Record<string, Value>)[name]!)}`).join(', ')}}`;
}

function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`;
}

/** Frames, innermost first. Where the unwinder gave up is a frame of its own without address. */
function stackJson(stack: StackValue, type: StackType, { symbols }: Rendering): string {
  const { known, failed } = unwound(stack);
  const frames = isNamed(type)
    ? symbols.frames(known, type.space).map((frame) => frameJson(frame))
    : known.addresses.map((address, i) => frameJson({ address }, known.buildIds?.[i]));
  return list(failed ? [...frames, '{"unwind_failure": true}'] : frames);
}

function frameJson({ address, name, offset, module, source, inlined, unnamed }: Frame, buildId?: string): string {
  const where = source === undefined ? '' : `${named('file', source.file)}, "line": ${source.line}`;
  const inside = offset === undefined ? '' : `, "offset": ${jsonInteger(offset)}`;
  return `{"address": "0x${address.toString(16)}"${named('name', name)}${inside}${named('module', module)}${where}${named('build_id', buildId)}${inlined ? ', "inlined": true' : ''}${named('unnamed', unnamed)}}`;
}

function named(member: string, text: string | undefined): string {
  return text === undefined ? '' : `, "${member}": ${exactText(text)}`;
}
