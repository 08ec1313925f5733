// Calls of functions of imported BPF objects, by their prototypes (language.md 1.11).
//
//   facts  The verifier checks a global function by itself: of a pointer it wants to know what lies behind it, which scripts do not tell.
//          Functions are therefore called with numbers

import type { Call } from '../../model/syntax/nodes.js';
import { isExpression } from '../../model/syntax/visit.js';
import { type Type, spellType } from '../../model/types/types.js';
import { asInteger } from '../../model/types/promote.js';
import type { ExternalFunction } from '../../language/external-functions.js';
import { inferArgument } from './expressions.js';
import type { Inference } from './inference.js';
import * as say from './diagnostics.js';

export function inferExternalCall(c: Inference, e: Call, external: ExternalFunction): Type {
  const { name, file, parameters, result, unsafeCall } = external;
  c.meanings.set(e, { kind: 'external', external });
  const types = e.args.map((argument) => inferArgument(c, argument));
  if (unsafeCall !== undefined && !c.unsafe) c.report(say.externalUnsafe.at(e.span, { name, file, call: unsafeCall }));
  const odd = parameters.find(({ type }) => !asInteger(type));
  if (odd) c.report(say.externalParameter.at(e.span, { name, file, parameter: odd.name, type: spellType(odd.type) }));
  else if (!asInteger(result)) c.report(say.externalResult.at(e.span, { name, file, type: spellType(result) }));
  else if (types.length !== parameters.length) c.report(say.subprogramArguments.at(e.span, { name, count: parameters.length, provided: types.length }));
  else types.forEach((type, i) => checkArgument(c, e.args[i]!, type, parameters[i]!));
  return result;
}

function checkArgument(c: Inference, argument: Call['args'][number], type: Type, parameter: ExternalFunction['parameters'][number]): void {
  if (type.kind === 'none') return;
  // the number of an address is a number
  const isAddress = isExpression(argument) && type.kind === 'pointer' && parameter.type.kind === 'int' && parameter.type.bits === 64;
  if (!isAddress && !c.handsOver(argument, type, parameter.type)) c.report(say.subprogramArgument.at(argument.span, { name: parameter.name, want: spellType(parameter.type), have: spellType(type) }));
}
