// Number of arguments, in bpftrace's words (language.md 4.2).

import type { Call } from '../../model/syntax/nodes.js';
import type { Inference } from './inference.js';
import * as say from './diagnostics.js';

/** Reports a wrong number of arguments; answers whether it was right. */
export function checkArity(c: Inference, e: Call, most: number, least: number, variadic: boolean): boolean {
  const given = e.args.length;
  if (given >= least && (variadic || given <= most)) return true;
  const text = (): string => {
    const provided = `(${given} provided)`;
    if (!variadic && most === least) {
      if (most === 0) return `${e.name}() requires no arguments ${provided}`;
      return most === 1 ? `${e.name}() requires one argument ${provided}` : `${e.name}() requires ${most} arguments ${provided}`;
    }
    if (given < least) return least === 1 ? `${e.name}() requires at least one argument ${provided}` : `${e.name}() requires at least ${least} arguments ${provided}`;
    return most === 1 ? `${e.name}() takes up to one argument ${provided}` : `${e.name}() takes up to ${most} arguments ${provided}`;
  };
  c.report(say.arity.at(e.span, { text: text() }));
  return false;
}
