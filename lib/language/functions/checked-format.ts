// What printf, its relatives and debugf check alike: the format against the arguments behind it.

import type { DiagnosticKind } from '../../model/diagnostics/diagnostic.js';
import type { Span } from '../../model/source/source.js';
import type { Call } from '../../model/syntax/nodes.js';
import { type Type, spellType } from '../../model/types/types.js';
import { checkFormat, type Conversion, conversionsOf, parseFormat } from '../format.js';
import type { CheckContext } from '../record.js';
import { kernelPrints } from './seq-printf.js';

/** A conversion with the argument that it prints. */
export interface Printed {
  readonly conversion: Conversion;
  readonly type: Type;
  /** of the argument */
  readonly span: Span;
}

/** The conversions of a call in their order; undefined: the format does not fit, which is reported, or a type is not known yet. */
export function checkedConversions(call: Call, c: CheckContext): readonly Printed[] | undefined {
  const format = c.literal(call.args[0]!);
  if (typeof format !== 'string') return undefined;
  const types = call.args.slice(1).map((argument) => c.typeOf(argument));
  if (types.some((type) => type.kind === 'none') && c.settling) return undefined;
  const pieces = parseFormat(format);
  const wrong = checkFormat(pieces, types);
  if (!wrong) return conversionsOf(pieces).map((conversion, i) => ({ conversion, type: types[i]!, span: call.args[i + 1]!.span }));
  const place = wrong.argument === undefined ? call.args[0]! : call.args[wrong.argument + 1]!;
  (wrong.untyped ? c.reportUntyped : c.report)(wrong.message.at(place.span));
  return undefined;
}

/** Reports what the kernel, where it makes the text, cannot print. */
export function checkKernelPrints(printed: readonly Printed[], c: CheckContext, complaint: DiagnosticKind<{ type: string; conversion: string }>): void {
  for (const { conversion, type, span } of printed) {
    if (!kernelPrints(conversion, type)) c.report(complaint.at(span, { type: spellType(type), conversion: conversion.conversion }));
  }
}
