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
  const call = { name: e.name, provided: given };
  if (most === least) c.report(say.wrongCount.at(e.span, { ...call, count: most }));
  else if (given < least) c.report(say.tooFewArguments.at(e.span, { ...call, least }));
  else c.report(say.tooManyArguments.at(e.span, { ...call, most }));
  return false;
}
