// Functions that only the compiler carries out: fail, and what the standard macros about types are made of.

import { bool, uint64, voidType } from '../../model/types/types.js';
import { failed, failFormat, failLiterals, noLiteralFormat, unknownSignal } from '../diagnostics.js';
import { conversionsOf, parseFormat } from '../format.js';
import { signalNumber } from '../signals.js';
import { defineFunction } from './define.js';

export const fail = defineFunction({
  name: 'fail', mode: 'C', doc: 'Refuses the script with this message, unless a comptime condition leaves the call out.',
  params: [{ name: 'fmt', accepts: 'expression', doc: 'format as printf knows it, with %d, %u, %x and %s' }],
  variadic: true,
  check(call, c) {
    const [format, ...values] = call.args.map((argument) => (c.typeOf(argument), c.literal(argument)));
    const open = values.findIndex((value) => value === undefined);
    if (typeof format !== 'string') c.report(noLiteralFormat.at(call.args[0]!.span, {}));
    else if (open >= 0) c.report(failLiterals.at(call.args[open + 1]!.span, {}));
    else {
      const text = formatLiterals(format, values as readonly (bigint | string | boolean)[]);
      c.report(text === undefined ? failFormat.at(call.args[0]!.span, { format }) : failed.at(call.span, { text }));
    }
    return voidType;
  },
  lower: () => undefined,
});

/** undefined: the format does not go with the values */
function formatLiterals(format: string, values: readonly (bigint | string | boolean)[]): string | undefined {
  const pieces = parseFormat(format);
  if (conversionsOf(pieces).length !== values.length) return undefined;
  let next = 0;
  let text = '';
  for (const piece of pieces) {
    const shown = typeof piece === 'string' ? piece : formatLiteral(piece.conversion, values[next++]!);
    if (shown === undefined) return undefined;
    text += shown;
  }
  return text;
}

function formatLiteral(conversion: string, value: bigint | string | boolean): string | undefined {
  switch (conversion) {
    case 's': return String(value);
    case 'd': case 'i': return typeof value === 'string' ? undefined : BigInt.asIntN(64, BigInt(value)).toString();
    case 'u': return typeof value === 'string' ? undefined : BigInt.asUintN(64, BigInt(value)).toString();
    case 'x': return typeof value === 'string' ? undefined : BigInt.asUintN(64, BigInt(value)).toString(16);
    default: return undefined;
  }
}

export const isLiteral = defineFunction({
  name: '__builtin_is_literal', mode: 'C', doc: 'What is_literal() asks.',
  params: [{ name: 'e', accepts: 'any', doc: 'an expression' }],
  check: () => bool,
  constant: (call, c) => c.literal(call.args[0]!) !== undefined,
});

export const isScalar = defineFunction({
  name: '__builtin_is_scalar', mode: 'C', doc: 'What is_scalar() asks.',
  params: [{ name: 'map', accepts: 'map', doc: 'the map' }],
  check: () => bool,
  constant(call, c) {
    const map = c.mapOf(call.args[0]!);
    const key = map && c.mapTypes(map.name).key;
    return key && key === 'scalar';
  },
});

export const signalNumberOf = defineFunction({
  name: '__builtin_signal_num', mode: 'C', doc: 'The number of a signal.',
  params: [{ name: 'name', accepts: 'literal string', doc: 'its name, with or without SIG' }],
  check(call, c) {
    const name = String(c.literal(call.args[0]!));
    if (signalNumber(name) === undefined) c.report(unknownSignal.at(call.args[0]!.span, { signal: name }));
    return uint64;
  },
  constant(call, c) {
    const number = signalNumber(String(c.literal(call.args[0]!)));
    return number === undefined ? undefined : BigInt(number);
  },
});
