// Numbers and strings as written.
//
//   in     the text of a literal
//   out    its value, or which rule of language.md 1.2 it breaks
//   use    decodeInteger, decodeString by the lexer; parseInteger for text that is only seen at run time

import { textOfBytes } from '../../model/syntax/text.js';
import type { Diagnostic } from '../../model/diagnostics/diagnostic.js';
import type { IntegerLiteral } from '../../model/syntax/nodes.js';
import type { Span } from '../../model/source/source.js';
import * as problems from './diagnostics.js';

const MAX_U64 = 0xffffffffffffffffn;
const MAX_I64 = 0x7fffffffffffffffn;

const suffixes: Readonly<Record<string, { suffix: NonNullable<IntegerLiteral['suffix']>; maximum: bigint }>> = {
  u: { suffix: 'u', maximum: 0xffffffffn },
  ul: { suffix: 'ul', maximum: MAX_U64 },
  ull: { suffix: 'ull', maximum: MAX_U64 },
  l: { suffix: 'l', maximum: MAX_I64 },
  ll: { suffix: 'll', maximum: MAX_I64 },
};

/** Nanoseconds in one unit of a duration. */
const durations: Readonly<Record<string, bigint>> = {
  ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n, d: 86_400_000_000_000n,
};

/** Makes the diagnostic once its place is known. */
export type Problem = (span: Span) => Diagnostic;
export type Decoded = { readonly value: bigint; readonly suffix?: IntegerLiteral['suffix'] } | { readonly problem: Problem };

const digitsOf = (digits: string, base: '0x' | '0o' | '0b' | ''): bigint => BigInt(base + digits);

/** A literal of the source: decimal, octal, hex or scientific, with `_` between, then a suffix. */
export function decodeInteger(text: string): Decoded {
  if (text.endsWith('_')) return { problem: (span) => problems.trailingUnderscore.at(span, {}) };
  const plain = text.replaceAll('_', '');

  const scientific = /^([0-9]+)[eE]([1-9][0-9]*)(.*)$/.exec(plain);
  if (scientific) {
    const [, coefficient, exponent, rest] = scientific as unknown as [string, string, string, string];
    if (!/^[1-9]$/.test(coefficient)) return { problem: (span) => problems.badCoefficient.at(span, { text }) };
    if (Number(exponent) > 19) return overflow(text, MAX_U64);
    return withSuffix(text, BigInt(coefficient) * 10n ** BigInt(exponent), rest);
  }

  const based = /^0[xX]([0-9a-fA-F]*)(.*)$/.exec(plain);
  if (based) {
    if (!based[1]) return { problem: (span) => problems.invalidInteger.at(span, { text }) };
    return withSuffix(text, digitsOf(based[1], '0x'), based[2]!);
  }
  const octal = /^0([0-7]+)(.*)$/.exec(plain);
  if (octal) {
    if (/^[0-9]/.test(octal[2]!)) return { problem: (span) => problems.trailingBytes.at(span, { text }) };
    return withSuffix(text, digitsOf(octal[1]!, '0o'), octal[2]!);
  }
  const [, digits, rest] = /^([0-9]+)(.*)$/.exec(plain) as unknown as [string, string, string];
  return withSuffix(text, digitsOf(digits, ''), rest);
}

function withSuffix(text: string, number: bigint, rest: string): Decoded {
  if (number > MAX_U64) return overflow(text, MAX_U64);
  if (rest === '') return { value: number };
  const unit = durations[rest];
  if (unit !== undefined) return number * unit > MAX_U64 ? overflow(text, MAX_U64) : { value: number * unit };
  const known = suffixes[rest.toLowerCase()];
  if (!known) return { problem: (span) => problems.invalidSuffix.at(span, { text: rest }) };
  return number > known.maximum ? overflow(text, known.maximum) : { value: number, suffix: known.suffix };
}

const overflow = (text: string, maximum: bigint): Decoded => ({ problem: (span) => problems.integerOverflow.at(span, { text, maximum }) });

/** Text that arrives at run time (a parameter, an option's value, a number in an attach point): also `0b…` and a leading `-`.
 * @returns undefined when the text is no integer, or none that fits 64 bits */
export function parseInteger(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  if (!/^[0-9]/.test(digits)) return undefined;
  const binary = /^0[bB]([01_]*[01])$/.exec(digits);
  const decoded: Decoded = binary ? { value: digitsOf(binary[1]!.replaceAll('_', ''), '0b') } : decodeInteger(digits);
  if ('problem' in decoded || decoded.value > (negative ? MAX_I64 + 1n : MAX_U64)) return undefined;
  return negative ? -decoded.value : decoded.value;
}

const simpleEscapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

export type DecodedString = { readonly value: string } | { readonly problem: Problem; readonly offset: number; readonly length: number };

/** The text between the quotes of a literal with its escapes resolved. offset and length of a problem count from the start of `body`. */
export function decodeString(body: string): DecodedString {
  if (!body.includes('\\')) return { value: body };
  const pieces: (string | number)[] = [];
  const escape = /\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{0,2})|([^]))/g;
  let end = 0;
  for (let found = escape.exec(body); found; found = escape.exec(body)) {
    const [all, octal, hex, other] = found;
    const at = (problem: Problem): DecodedString => ({ problem, offset: found!.index, length: all.length });
    pieces.push(body.slice(end, found.index));
    end = escape.lastIndex;
    if (octal !== undefined) {
      const byte = parseInt(octal, 8);
      if (byte > 255) return at((span) => problems.octalOutOfRange.at(span, { text: all }));
      pieces.push(byte);
    } else if (hex !== undefined) {
      if (hex === '') return at((span) => problems.invalidHexEscape.at(span, {}));
      pieces.push(parseInt(hex, 16));
    } else {
      const simple = simpleEscapes[other!];
      if (simple === undefined) return at((span) => problems.invalidEscape.at(span, { text: all }));
      pieces.push(simple);
    }
  }
  pieces.push(body.slice(end));
  return { value: textOfBytes(pieces) };
}
