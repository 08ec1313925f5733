// `comptime`: what can be computed from literals is; of `if comptime (c)` only the branch that is taken stays.
//
//   in     a tree after macros and parameters
//   out    the same without the comptime expressions that are literal; those that need types are left to check
//   facts  language.md 1.4: the branch not taken is never looked at

import type { Report } from '../../model/diagnostics/diagnostic.js';
import { isLiteral, resolveComptime } from '../../model/syntax/comptime.js';
import { fold } from '../../model/syntax/fold.js';
import type { Expression, Node } from '../../model/syntax/nodes.js';
import { foldComplaints } from '../../language/folding.js';

export function resolveLiterals<N extends Node>(tree: N, report: Report): N {
  return resolveComptime(tree, ({ operand }) => {
    const value = fold<Expression>(resolveLiterals(operand, report), foldComplaints(report));
    return isLiteral(value) ? value : undefined;
  });
}
