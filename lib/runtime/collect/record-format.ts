// Records straight to text: the fast way of printf and its kin.
//
//   in     the layout of a call site's records, the pieces of its format
//   out    (view, offset) => text, built once per call site
//   idea   each conversion becomes a closure that knows where its bytes lie and what they are; a record is read and formatted
//          in one walk, without an array of values. 64-bit integers are read as two halves and stay JavaScript numbers while
//          these are exact; `%d` of a 64-bit value needs its low half only.

import type { ArgumentLayout, RecordLayout } from '../../model/layout/layout.js';
import { type IntType, type Type, isSigned, uint8 } from '../../model/types/types.js';
import { type FormatPiece, conversionsOf } from '../../language/format.js';
import { type ValueTexts, compileConversion, cutInteger, embeddedFailure, integerConversion } from '../../language/format/convert.js';
import type { Conversion } from '../../language/format.js';
import { compileReader, defaultReadOptions, integerReader, type ReadOptions } from './reader.js';
import { readDynamicString } from './strings.js';

export type RecordFormat = (view: DataView, offset: number) => string;

/** Where the next dynamic string of the record at hand lies. */
interface Walk { dynamicAt: number }

type Part = (view: DataView, offset: number, walk: Walk) => string;

export function compileRecordFormat(layout: RecordLayout, pieces: readonly FormatPiece[], texts: ValueTexts, options: ReadOptions = defaultReadOptions): RecordFormat {
  const conversions = conversionsOf(pieces);
  if (conversions.length !== layout.arguments.length) {
    throw new Error(`a format of ${conversions.length} conversions meets records of ${layout.arguments.length} arguments`);
  }
  const parts = conversions.map((conversion, i) => compilePart(conversion, layout.arguments[i]!, texts, options));
  const literals = literalsBetween(pieces);
  const { fixedSize } = layout;
  const walk: Walk = { dynamicAt: 0 };
  return (view, offset) => {
    walk.dynamicAt = offset + fixedSize;
    let text = literals[0]!;
    for (let i = 0; i < parts.length; i++) text += parts[i]!(view, offset, walk) + literals[i + 1]!;
    return text;
  };
}

/** The text before the first conversion, between conversions, and after the last. */
function literalsBetween(pieces: readonly FormatPiece[]): string[] {
  const literals = [''];
  for (const piece of pieces) {
    if (typeof piece === 'string') literals[literals.length - 1] += piece;
    else literals.push('');
  }
  return literals;
}

function compilePart(conversion: Conversion, { type, offset: at, dynamic }: ArgumentLayout, texts: ValueTexts, options: ReadOptions): Part {
  if (dynamic) return dynamicPart(conversion, type, at, texts, options);
  const integer = integerPart(conversion, type, at);
  if (integer) return integer;
  const read = compileReader(type, options);
  const text = compileConversion(conversion, type, texts);
  return (view, offset) => {
    try {
      return text(read(view, offset + at));
    } catch (error) {
      return embeddedFailure(error);
    }
  };
}

function dynamicPart(conversion: Conversion, type: Type, at: number, texts: ValueTexts, options: ReadOptions): Part {
  const text = compileConversion(conversion, type, texts);
  const capacity = type.kind === 'string' ? type.capacity : 0;
  return (view, offset, walk) => {
    const length = view.getUint32(offset + at, true);
    const start = walk.dynamicAt;
    walk.dynamicAt = start + length;
    return text(readDynamicString(view, start, length, capacity, options.truncationTrailer));
  };
}

/** Integers as they lie in memory, for the conversions of integers and for a bare `%s` of one. */
function integerPart(conversion: Conversion, type: Type, at: number): Part | undefined {
  const stored = storedInteger(type);
  if (!stored) return undefined;
  if (type.kind === 'int' && conversion.conversion === 's' && conversion.width === 0 && !conversion.plus) {
    const read = exactReader(stored);
    return (view, offset) => `${read(view, offset + at)}`;
  }
  const cut = integerConversion(conversion);
  if (!cut) return undefined;
  const { bits, signed, text } = cut;
  if (bits <= stored.bits) {
    const read = exactReader({ kind: 'int', bits, signed });
    const plain = conversion.width === 0 && !conversion.plus && !conversion.space && 'diu'.includes(conversion.conversion);
    if (plain) return (view, offset) => `${read(view, offset + at)}`;
    return (view, offset) => text(read(view, offset + at));
  }
  const read = exactReader(stored);
  return (view, offset) => text(cutInteger(read(view, offset + at), bits, signed));
}

function storedInteger(type: Type): IntType | undefined {
  switch (type.kind) {
    case 'int': return type;
    case 'bool': return uint8;
    case 'pointer': return { kind: 'int', bits: 64, signed: false };
    case 'enum': return { kind: 'int', bits: 64, signed: isSigned(type) };
    default: return undefined;
  }
}

/** Reads 64 bits as a number where that is exact. */
function exactReader(type: IntType): (view: DataView, at: number) => number | bigint {
  if (type.bits < 64) return integerReader(type);
  return type.signed
    ? (view, at) => {
        const high = view.getInt32(at + 4, true);
        return high >= -0x200000 && high < 0x200000 ? high * 0x1_0000_0000 + view.getUint32(at, true) : view.getBigInt64(at, true);
      }
    : (view, at) => {
        const high = view.getUint32(at + 4, true);
        return high < 0x200000 ? high * 0x1_0000_0000 + view.getUint32(at, true) : view.getBigUint64(at, true);
      };
}
