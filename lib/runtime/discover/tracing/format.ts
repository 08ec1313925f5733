// The format file of a tracepoint, as data.
//
//   in     text of events/CATEGORY/EVENT/format
//   out    TracepointFormat without the common fields
//   facts  one line per field: `field:DECLARATION;	offset:N;	size:N;	signed:N;`. The part of the declaration before the name is the
//          type; array bounds follow the name and may be C expressions (`__u8 saddr[sizeof(struct sockaddr_in6)]`); `__data_loc T[]`
//          is a u32 whose low half says where the data lie in the record, `__rel_loc T[]` counts from behind the u32.
//          kernel/trace/trace_events.c (f_show).
//          `print fmt` is C: `__print_symbolic(REC->reason, { 2, "NO_SOCKET" }, …)` names the values of a field

import type { TracepointField, TracepointFormat } from '../../../model/target/target.js';
import { arithmeticNamed, integerNamed } from '../../../model/types/c-words.js';
import { sizeOf } from '../../../model/types/size.js';

const POINTER_BYTES = 8;

/** @returns undefined when the text has no ID line: not a format file */
export function parseFormat(category: string, event: string, text: string): TracepointFormat | undefined {
  const id = /^ID: (\d+)$/m.exec(text)?.[1];
  if (id === undefined) return undefined;
  const fields: TracepointField[] = [];
  for (const line of text.split('\n')) {
    const field = parseField(line);
    if (field !== undefined && !field.name.startsWith('common_')) fields.push(field);
  }
  const names = namesInPrintFormat(text);
  return { category, event, id: Number(id), fields: fields.map((field) => (names.has(field.name) ? { ...field, names: names.get(field.name)! } : field)) };
}

/** By field: what `__print_symbolic` calls its values. Fields that are computed with before, and values that are no numbers, name nothing. */
function namesInPrintFormat(text: string): ReadonlyMap<string, NonNullable<TracepointField['names']>> {
  const found = new Map<string, [string, bigint][]>();
  for (const [, field, pairs] of text.matchAll(/__print_symbolic\(REC->(\w+)((?:,\s*\{\s*(?:-?\w+),\s*"[^"]*"\s*\})+)\)/g)) {
    const names: [string, bigint][] = [];
    for (const [, value, name] of pairs!.matchAll(/\{\s*(-?\w+),\s*"([^"]*)"\s*\}/g)) {
      const [, sign, digits] = /^(-?)(0x[\da-f]+|\d+)[ul]*$/i.exec(value!) ?? [];
      if (digits === undefined) break;
      names.push([name!, sign === '-' ? -BigInt(digits) : BigInt(digits)]);
    }
    if (names.length === pairs!.split('{').length - 1) found.set(field!, names);
  }
  return found;
}

function parseField(line: string): TracepointField | undefined {
  const parts = /^\s*field:(.*?);\s*offset:(\d+);\s*size:(\d+);(?:\s*signed:(\d);)?/.exec(line);
  if (parts === null) return undefined;
  const [, declaration, offsetText, sizeText, signedText] = parts;
  const offset = Number(offsetText);
  const size = Number(sizeText);
  const signed = signedText === '1';
  const text = declaration!.trim();
  const location = /^__(data|rel)_loc\b/.exec(text)?.[1];
  const { name, type, bound } = splitDeclaration(text);
  if (location !== undefined) {
    return { name, type, offset, size, signed, dynamic: location === 'data' ? 'data_loc' : 'rel_loc' };
  }
  if (bound === undefined) return { name, type, offset, size, signed };
  const count = elementCount(type, bound, size);
  return { name, type: `${type}[${bound === '' ? '' : count ?? bound}]`, offset, size, signed, ...(count === undefined ? {} : { count }) };
}

/** `const char * filename` → type and name; `int x[4]` also its bound; `void (*fn)(int)` keeps its shape around the name. */
function splitDeclaration(text: string): { name: string; type: string; bound?: string } {
  const pointer = /^(.*)\(\s*\*\s*(\w+)\s*\)(.*)$/.exec(text);
  if (pointer !== null) return { name: pointer[2]!, type: `${pointer[1]!.trim()} (*)${pointer[3]!.trim()}` };
  const plain = /^(.*?)(\w+)\s*((?:\[[^\]]*\])*)$/.exec(text);
  if (plain === null) return { name: text, type: '' };
  const [, before, name, bounds] = plain;
  const type = before!.trim();
  return bounds === '' ? { name: name!, type } : { name: name!, type, bound: bounds!.slice(1, -1) };
}

function elementCount(type: string, bound: string, size: number): number | undefined {
  if (/^\d+$/.test(bound)) return Number(bound);
  const element = elementSize(type);
  return element !== undefined && size % element === 0 ? size / element : undefined;
}

/** Of an array whose bound is an expression; undefined where only the kernel's types know. */
function elementSize(type: string): number | undefined {
  if (type.endsWith('*')) return POINTER_BYTES;
  const words = type.replace(/^const /, '').split(/\s+/);
  const known = arithmeticNamed(words) ?? integerNamed(words.join(' '));
  return known && sizeOf(known);
}
