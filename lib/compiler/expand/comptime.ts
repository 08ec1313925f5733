// `comptime`: what can be computed from literals is; of `if comptime (c)` only the branch that is taken stays.
//
//   in     a tree after macros and parameters
//   out    the same without the comptime expressions that are literal; those that need types are left to check
//   facts  language.md 1.4: the branch not taken is never looked at

import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Expression, Node, SyntaxTree } from '../../model/syntax/nodes.js';
import { rewriteChildren } from '../../model/syntax/rewrite.js';
import { withoutNeedlessBlock } from './copy.js';
import { fold, truthOf } from './fold.js';

export function resolveComptime(tree: SyntaxTree, report: Report): SyntaxTree {
  const visit = (node: Node): Node => {
    if (node.kind === 'if' || node.kind === 'if-expression' || node.kind === 'ternary') {
      const truth = node.condition.kind === 'comptime' ? truthOf(literal(node.condition.operand)) : undefined;
      if (truth !== undefined) {
        const taken = truth ? (node.whenTrue ?? (node.kind === 'ternary' ? node.condition : undefined)) : node.whenFalse;
        return taken ? withoutNeedlessBlock(visit(taken)) : { kind: 'block', statements: [], span: node.span };
      }
    }
    if (node.kind !== 'comptime') return rewriteChildren(node, visit);
    const value = literal(node.operand);
    return value.kind === 'integer' || value.kind === 'bool' || value.kind === 'string' ? { ...value, span: node.span } : rewriteChildren(node, visit);
  };
  const literal = (operand: Expression): Expression => fold(visit(operand) as Expression, report);
  return visit(tree) as SyntaxTree;
}
