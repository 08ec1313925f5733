// Values as people call them: enumerators of the kernel's enums, flags of allocations, structs with their fields.
//
//   in     values and types as the library gives them
//   out    text; the number where nothing has a name
//   facts  An enum whose enumerators are single bits is a set of flags: of a value that is several of them all are named

import type { Type } from '../../lib/index.js';
import { gfpFlags } from '../shared/constants.js';
import type { CType } from './tree.js';

export type Names = readonly (readonly [name: string, value: bigint])[];

const gfpNames: Names = gfpFlags.map(([name, number]) => [name, BigInt(number)]);

/** The names that values have by a type in C's words: the kernel's types know gfp_t as a number only. */
export function namesOfWords({ words }: CType): Names | undefined {
  return words.length === 1 && words[0]!.text === 'gfp_t' ? gfpNames : undefined;
}

/** The text of a value whose names are known: one name, or `A|B|0x100`. */
export function namedText(value: bigint, names: Names): string {
  const whole = names.find(([, each]) => each === value)?.[0];
  if (whole !== undefined || value === 0n) return whole ?? '0';
  const found: string[] = [];
  let left = value;
  for (const [name, each] of names) {
    if (each === 0n || (left & each) !== each) continue;
    found.push(name);
    left &= ~each;
  }
  if (found.length === 0) return String(value);
  return [...found, ...(left === 0n ? [] : [`0x${left.toString(16)}`])].join('|');
}

/** Fewer bits are as likely numbers that count up. */
const LEAST_FLAG = 4n;

/** The text of an enumerator, or of several that are flags. */
function enumText(value: bigint, members: Names): string {
  const exact = members.find(([, each]) => each === value)?.[0];
  if (exact !== undefined) return exact;
  const bits = members.map(([, each]) => each).filter((each) => each !== 0n);
  const areFlags = bits.every((each) => each > 0n && (each & (each - 1n)) === 0n) && bits.some((each) => each >= LEAST_FLAG);
  return areFlags && value > 0n ? namedText(value, members) : String(value);
}

/** Any value as the language prints it. */
export function shownText(value: unknown, type: Type | undefined): string {
  if (value === null || value === undefined) return '';
  if (type?.kind === 'enum') return enumText(BigInt(value as number | bigint), type.members);
  if (Array.isArray(value)) return `[${value.map((each, i) => shownText(each, elementType(type, i))).join(',')}]`;
  if (value instanceof Uint8Array) return [...value].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  if (typeof value === 'object') return `{ ${Object.entries(value).map(([name, field]) => `.${name} = ${shownText(field, fieldType(type, name))}`).join(', ')} }`;
  return String(value as string | number | bigint | boolean);
}

function elementType(type: Type | undefined, index: number): Type | undefined {
  return type?.kind === 'array' ? type.of : type?.kind === 'tuple' ? type.elements[index] : undefined;
}

/** Of a record or a struct that came with the program. */
export function fieldType(type: Type | undefined, name: string): Type | undefined {
  const fields = type?.kind === 'record' || type?.kind === 'struct' ? type.fields : undefined;
  return fields?.find((field) => field.name === name)?.type;
}
