// In which order the elements of a map are printed (language.md 5.4).
//
//   idea   numbers decide where the map holds numbers, else keys: integers as signed, strings bytewise, tuples field by field;
//          equal numbers are ordered by key, so that output is the same from run to run
//   facts  UTF-16 text compares like its UTF-8 bytes unless it has surrogates

import type { TimestampValue, Value } from '../../model/layout/value.js';
import { bytesOfText } from '../../model/syntax/text.js';
import type { Type } from '../../model/types/types.js';
import type { MapEntry } from '../../language/merged-map.js';

export type Compare<T> = (a: T, b: T) => number;

interface Keyed { readonly keyAt: number; readonly entry: MapEntry }

export function orderByNumber(entries: readonly Keyed[], numberOf: (entry: MapEntry) => number | bigint, keyType: Type): MapEntry[] {
  const byKey = compareKeys(keyType);
  const numbered = entries.map(({ entry }) => ({ entry, number: exactNumber(numberOf(entry)) }));
  numbered.sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : byKey(a.entry.key!, b.entry.key!)));
  return numbered.map(({ entry }) => entry);
}

export function orderByKey(entries: readonly Keyed[], keyType: Type): MapEntry[] {
  const byKey = compareKeys(keyType);
  return entries.map(({ entry }) => entry).sort((a, b) => byKey(a.key!, b.key!));
}

export function orderByKeyBytes(entries: readonly Keyed[], keys: Uint8Array, size: number): MapEntry[] {
  const bytes = Buffer.from(keys.buffer, keys.byteOffset, keys.byteLength);
  return [...entries].sort((a, b) => bytes.compare(bytes, b.keyAt, b.keyAt + size, a.keyAt, a.keyAt + size)).map(({ entry }) => entry);
}

/** The same number, as a JavaScript number where that is exact: those compare faster. */
function exactNumber(n: number | bigint): number | bigint {
  return typeof n === 'bigint' && n <= BigInt(Number.MAX_SAFE_INTEGER) && n >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(n) : n;
}

/** Compares keys of a type. What has no order answers 0. */
export function compareKeys(type: Type): Compare<Value> {
  switch (type.kind) {
    case 'int':
      if (type.bits < 64) return (a, b) => (a as number) - (b as number);
      return (a, b) => compareBigints(BigInt.asIntN(64, a as bigint), BigInt.asIntN(64, b as bigint));
    case 'enum': case 'pointer': case 'username': return (a, b) => compareBigints(a as bigint, b as bigint);
    case 'bool': return (a, b) => Number(a) - Number(b);
    case 'string': case 'inet': case 'mac': return (a, b) => compareStrings(a as string, b as string);
    case 'timestamp': return (a, b) => compareTimes(a as TimestampValue, b as TimestampValue);
    case 'tuple': {
      const fields = type.elements.map(compareKeys);
      return (a, b) => firstDifference(fields.map((compare, i) => compare((a as Value[])[i]!, (b as Value[])[i]!)));
    }
    case 'record': {
      const fields = type.fields.map((field) => ({ name: field.name, compare: compareKeys(field.type) }));
      const get = (value: Value, name: string): Value => (value as Record<string, Value>)[name]!;
      return (a, b) => firstDifference(fields.map(({ name, compare }) => compare(get(a, name), get(b, name))));
    }
    default: return () => 0;
  }
}

function compareTimes(a: TimestampValue, b: TimestampValue): number {
  return firstDifference([compareBigints(a.ns, b.ns), compareStrings(a.format, b.format)]);
}

function firstDifference(results: readonly number[]): number {
  return results.find((result) => result !== 0) ?? 0;
}

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const surrogates = /[\ud800-\udfff]/;
  if (surrogates.test(a) || surrogates.test(b)) return Buffer.compare(bytesOfText(a), bytesOfText(b));
  return a < b ? -1 : 1;
}
