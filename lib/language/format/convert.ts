// From values to text by one conversion of a format, prepared once per call site.
//
//   in     a Conversion and the type of its argument
//   out    a function from value to text
//   idea   everything the conversion says is decided when the function is built; what runs per event is the arithmetic that is
//          left. Numbers stay JavaScript numbers as long as they are exact; bigints appear only beyond 2^53.

import type { Type } from '../../model/types/types.js';
import type { Value } from '../../model/layout/value.js';
import { textOfByte } from '../../model/syntax/text.js';
import { type Conversion, type FormatPiece, bitsOfLength } from '../format.js';
import { escapedBytes, hexBytes, readableBytes } from './bytes.js';
import { gfpNames } from './gfp.js';

export type Converter = (value: Value) => string;

export interface ValueTexts {
  /** Builds the default rendering (language.md 5.4) of values of a type. */
  textOf(type: Type): Converter;
}

/** What a conversion makes of an integer: how many bits count, whether they have a sign, and the text. */
export interface IntegerConversion {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  /** value: cut to `bits` and read by `signed`; exact numbers and bigints alike */
  readonly text: (value: number | bigint) => string;
}

/** undefined: the conversion is not one of integers. */
export function integerConversion(c: Conversion): IntegerConversion | undefined {
  switch (c.conversion) {
    case 'd': case 'i': return { bits: bitsOfLength(c.length), signed: true, text: digits(c, 10, '') };
    case 'u': return { bits: bitsOfLength(c.length), signed: false, text: digits(c, 10, '') };
    case 'o': return { bits: bitsOfLength(c.length), signed: false, text: digits(c, 8, '0') };
    case 'x': return { bits: bitsOfLength(c.length), signed: false, text: digits(c, 16, '0x') };
    case 'X': {
      const lower = digits({ ...c, width: 0 }, 16, '0x');
      return { bits: bitsOfLength(c.length), signed: false, text: padded(c, (value: number | bigint) => lower(value).toUpperCase(), true) };
    }
    case 'p': return { bits: 64, signed: false, text: digits({ ...c, alternate: true, plus: false, space: false }, 16, '0x') };
    case 'c': return { bits: 8, signed: false, text: padded(c, (value: number | bigint) => textOfByte(Number(value)), false) };
    case 'gr': return { bits: 32, signed: false, text: padded(c, (value: number | bigint) => gfpNames(Number(value)), false) };
    default: return undefined;
  }
}

function digits(c: Conversion, radix: 8 | 10 | 16, prefix: string): (value: number | bigint) => string {
  const positive = radix === 10 && (c.conversion === 'd' || c.conversion === 'i') ? (c.plus ? '+' : c.space ? ' ' : '') : '';
  let plain: (value: number | bigint) => string;
  if (radix === 10) plain = positive === '' ? (value) => `${value}` : (value) => (value < 0 ? `${value}` : `${positive}${value}`);
  else if (c.alternate) plain = (value) => (value === 0 || value === 0n ? '0' : prefix + value.toString(radix));
  else plain = (value) => value.toString(radix);
  return padded(c, plain, true);
}

/** Applies width, `-` and `0` to a text; zeros go between sign or prefix and digits of a number. */
function padded<In>(c: Conversion, plain: (value: In) => string, isNumber: boolean): (value: In) => string {
  const { width } = c;
  if (width === 0) return plain;
  if (c.left) return (value) => plain(value).padEnd(width);
  if (!c.zero) return (value) => plain(value).padStart(width);
  return (value) => {
    const text = plain(value);
    if (text.length >= width) return text;
    const head = isNumber ? /^[-+ ]?(?:0[xX](?=.))?/.exec(text)![0] : '';
    return head + text.slice(head.length).padStart(width - head.length, '0');
  };
}

/** Cuts any integer value to `bits` and reads it by `signed`. */
export function cutInteger(value: Value, bits: 8 | 16 | 32 | 64, signed: boolean): number | bigint {
  const n = typeof value === 'boolean' ? Number(value) : value;
  if (typeof n === 'bigint') {
    if (bits === 64) return signed ? BigInt.asIntN(64, n) : BigInt.asUintN(64, n);
    return Number(signed ? BigInt.asIntN(bits, n) : BigInt.asUintN(bits, n));
  }
  if (typeof n !== 'number') throw new TypeError('not an integer');
  if (bits === 64) return !signed && n < 0 ? BigInt.asUintN(64, BigInt(n)) : n;
  // | and >>> see the low 32 bits, of which the wanted ones are kept
  const spare = 32 - bits;
  return signed ? (n << spare) >> spare : (n << spare) >>> spare;
}

export function compileConversion(c: Conversion, type: Type, texts: ValueTexts): Converter {
  const integer = integerConversion(c);
  if (integer) {
    const { bits, signed, text } = integer;
    return (value) => text(cutInteger(value, bits, signed));
  }
  switch (c.conversion) {
    case 'r': return padded(c, (value: Value) => readableBytes(value as Uint8Array), false);
    case 'rx': return padded(c, (value: Value) => escapedBytes(value as Uint8Array), false);
    case 'rh': return padded(c, (value: Value) => hexBytes(value as Uint8Array), false);
    default: {
      const text = texts.textOf(type);
      const isNumber = type.kind === 'int';
      return padded(c, isNumber && c.plus ? (value: Value) => ((value as number | bigint) < 0 ? text(value) : `+${text(value)}`) : text, isNumber);
    }
  }
}

/** What stands in the text for a value that could not be converted. */
export function embeddedFailure(error: unknown): string {
  return `!{${error instanceof Error ? error.message : String(error)}}`;
}

/** Builds the formatter of one call site from the pieces of its format and the types of its arguments. Where bytes are at
 *  hand, compileRecordFormat of runtime/collect is the faster way. */
export function compileFormat(
  pieces: readonly FormatPiece[],
  types: readonly Type[],
  texts: ValueTexts,
): (values: readonly Value[]) => string {
  const literals: string[] = [''];
  const converters: Converter[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      literals[literals.length - 1] += piece;
      continue;
    }
    const type = types[converters.length];
    if (!type) throw new Error('a format has more conversions than arguments');
    converters.push(compileConversion(piece, type, texts));
    literals.push('');
  }
  return (values) => {
    let text = literals[0]!;
    for (let i = 0; i < converters.length; i++) {
      let part: string;
      try {
        part = converters[i]!(values[i]!);
      } catch (error) {
        part = embeddedFailure(error);
      }
      text += part + literals[i + 1]!;
    }
    return text;
  };
}
