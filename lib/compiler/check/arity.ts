// Number of arguments, in bpftrace's words (language.md 4.2).

import type { Call } from '../../model/syntax/nodes.js';
import type { Inference } from './inference.js';
import * as say from './diagnostics.js';

/** of a function with a format, the format included */
const MOST_ARGUMENTS = 128;

/** Reports a wrong number of arguments; answers whether it was right. */
export function checkArity(c: Inference, e: Call, params: number, least: number, variadic: boolean): boolean {
  const most = variadic ? MOST_ARGUMENTS : params;
  const given = e.args.length;
  if (given >= least && given <= most) return true;
  const text = (): string => {
    const provided = `(${given} provided)`;
    if (most === least) {
      if (most === 0) return `${e.name}() requires no arguments ${provided}`;
      return most === 1 ? `${e.name}() requires one argument ${provided}` : `${e.name}() requires ${most} arguments ${provided}`;
    }
    if (given < least) return least === 1 ? `${e.name}() requires at least one argument ${provided}` : `${e.name}() requires at least ${least} arguments ${provided}`;
    return most === 1 ? `${e.name}() takes up to one argument ${provided}` : `${e.name}() takes up to ${most} arguments ${provided}`;
  };
  c.report(say.arity.at(e.span, { text: text() }));
  return false;
}
