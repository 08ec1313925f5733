// What stands behind a jump goes, before anything else looks at it: no type, no name and no other message comes from it.
//
//   in     a tree as it was parsed; no later pass puts a jump in front of other statements of its block (a standard macro that leaves the probe does so in an `if`)
//   out    the same, every jump and every exit() the last statement of its block, with a warning for each block that lost something
//   facts  language.md 1.5. The value of a block expression stays, because whatever takes it wants a type; check warns of it

import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Node, SyntaxTree } from '../../model/syntax/nodes.js';
import { rewriteChildren } from '../../model/syntax/rewrite.js';
import { isJump } from '../../model/syntax/visit.js';
import * as say from './diagnostics.js';

export function removeUnreachable(tree: SyntaxTree, report: Report): SyntaxTree {
  const visit = (node: Node): Node => {
    if (node.kind !== 'block' && node.kind !== 'block-expression') return rewriteChildren(node, visit);
    const end = node.statements.findIndex(isJump) + 1;
    const lost = end > 0 ? node.statements[end] : undefined;
    if (!lost) return rewriteChildren(node, visit);
    const kept = rewriteChildren({ ...node, statements: node.statements.slice(0, end) }, visit);
    report(say.unreachable.at(lost.span, {}));
    return kept;
  };
  return visit(tree) as SyntaxTree;
}
