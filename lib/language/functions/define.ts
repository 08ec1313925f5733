// Shorthand for defining functions.

import type { Call, CallArgument, Expression } from '../../model/syntax/nodes.js';
import type { FunctionRecord } from '../record.js';

export function defineFunction(record: FunctionRecord): FunctionRecord {
  return record;
}

/** The i-th argument as an expression; checking has made sure that it is one. */
export function argumentOf(call: Call, index: number): Expression {
  return call.args[index] as Expression;
}

export type { CallArgument };
