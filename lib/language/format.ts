// printf format strings: what they are made of, what their arguments may be (language.md 6.1).
//
//   idea   parsed once by the compiler; the pieces travel in the manifest, the runtime builds formatters of them (format/convert.ts)
//   facts  `*` as width or precision consumes no argument; what is not a conversion is literal text

import type { Message } from '../model/diagnostics/diagnostic.js';
import type { EventSpec } from '../model/layout/manifest.js';
import { type Type, spellType } from '../model/types/types.js';
import { aggregates } from './aggregates/index.js';
import { conversionOfNothing, conversionType, tooFewForFormat, tooManyForFormat, unsupportedConversion } from './diagnostics.js';

export type LengthModifier = 'hh' | 'h' | 'l' | 'll' | 'j' | 'z' | 't' | 'L';
export type ConversionLetter = 'd' | 'i' | 'u' | 'o' | 'x' | 'X' | 'c' | 'p' | 's' | 'r' | 'rx' | 'rh' | 'gr' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'a' | 'A' | 'n';

export interface Conversion {
  readonly conversion: ConversionLetter;
  readonly length?: LengthModifier;
  /** characters the result takes at least; 0: as many as it has */
  readonly width: number;
  readonly precision?: number;
  /** `-` */
  readonly left: boolean;
  /** `+` */
  readonly plus: boolean;
  /** ` ` */
  readonly space: boolean;
  /** `#` */
  readonly alternate: boolean;
  /** `0` */
  readonly zero: boolean;
}

/** Literal text, or a conversion that takes one argument. Plain data: part of the manifest. */
export type FormatPiece = string | Conversion;

const conversionPattern =
  /%(?:(%)|(-?)(\+?)( ?)(#?)(0?)(\d+|\*)?(?:\.(\d+|\*))?(hh|h|ll|l|j|z|t|L)?(rx|rh|r|gr|[diuoxXcpseEfFgGaAn]))/g;

/** Widths beyond this are cut: nobody pads that far, and memory is finite. */
const MAX_WIDTH = 0xffff;

/** What the manifest holds for a call with a format. */
export interface FormatData { readonly format: string }

/** The format of printf and its kin. */
export function formatOf({ data }: EventSpec): FormatPiece[] {
  return parseFormat((data as FormatData).format);
}

export function parseFormat(text: string): FormatPiece[] {
  const pieces: FormatPiece[] = [];
  let literal = '';
  let at = 0;
  for (const match of text.matchAll(conversionPattern)) {
    literal += text.slice(at, match.index);
    at = match.index + match[0].length;
    const [, percent, left, plus, space, alternate, zero, width, precision, length, conversion] = match;
    if (percent !== undefined) {
      literal += '%';
      continue;
    }
    if (literal !== '') pieces.push(literal);
    literal = '';
    pieces.push({
      conversion: conversion as ConversionLetter,
      ...(length === undefined ? {} : { length: length as LengthModifier }),
      width: width === undefined || width === '*' ? 0 : Math.min(Number(width), MAX_WIDTH),
      ...(precision === undefined || precision === '*' ? {} : { precision: Number(precision) }),
      left: left !== '',
      plus: plus !== '',
      space: space !== '',
      alternate: alternate !== '',
      zero: zero !== '',
    });
  }
  literal += text.slice(at);
  if (literal !== '') pieces.push(literal);
  return pieces;
}

export function conversionsOf(pieces: readonly FormatPiece[]): Conversion[] {
  return pieces.filter((piece) => typeof piece !== 'string');
}

/** Bits an integer is cut to before it is printed. */
export function bitsOfLength(length: LengthModifier | undefined): 8 | 16 | 32 | 64 {
  switch (length) {
    case undefined: return 32;
    case 'hh': return 8;
    case 'h': return 16;
    default: return 64;
  }
}

export interface FormatProblem {
  readonly message: Message;
  /** index of the argument at fault; undefined: the format itself */
  readonly argument?: number;
  /** the argument has no type, so the problem may be only a consequence of another one */
  readonly untyped?: boolean;
}

/** What is wrong between a format and its arguments; undefined when they fit. */
export function checkFormat(pieces: readonly FormatPiece[], types: readonly Type[]): FormatProblem | undefined {
  const conversions = conversionsOf(pieces);
  if (types.length !== conversions.length) {
    const counts = { given: types.length, expected: conversions.length };
    return types.length < conversions.length ? { message: tooFewForFormat.with(counts) } : { message: tooManyForFormat.with(counts), argument: conversions.length };
  }
  for (const [argument, { conversion }] of conversions.entries()) {
    const type = types[argument]!;
    const taken = typesOf(conversion);
    if (taken === undefined) return { message: unsupportedConversion.with({ conversion }) };
    if (isEmpty(type)) return { message: conversionOfNothing.with({ conversion }), argument, untyped: type.kind === 'none' };
    if (taken(type)) continue;
    const printable = conversion !== 's' && type.kind !== 'context';
    return { message: conversionType.with({ conversion, type: spellType(type), ofBytes: conversion.startsWith('r'), printable }), argument };
  }
  return undefined;
}

/** The types whose values a conversion prints; undefined: no program can print so. */
function typesOf(conversion: ConversionLetter): ((type: Type) => boolean) | undefined {
  switch (conversion) {
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': case 'c': case 'p': return isIntegral;
    case 'gr': return (type) => isIntegral(type) && type.kind !== 'pointer';
    case 's': return (type) => type.kind !== 'context' && (type.kind !== 'aggregate' || isCastable(type.name));
    case 'r': case 'rx': case 'rh': return (type) => type.kind === 'buffer';
    default: return undefined;
  }
}

function isEmpty(type: Type): boolean {
  return type.kind === 'none' || type.kind === 'void';
}

/** Castable aggregates are integers wherever an expression is expected. */
function isCastable(name: string): boolean {
  return aggregates.get(name)?.castable ?? false;
}

function isIntegral(type: Type): boolean {
  switch (type.kind) {
    case 'int': case 'bool': case 'pointer': case 'enum': return true;
    case 'aggregate': return isCastable(type.name);
    default: return false;
  }
}
