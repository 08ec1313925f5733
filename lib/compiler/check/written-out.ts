// Names that stand for an expression which the settings make: `config`. The expression takes their place before anything has a type, so
// that `config.max_strlen` is a literal wherever one is wanted.

import type { Report } from '../../model/diagnostics/diagnostic.js';
import { fold } from '../../model/syntax/fold.js';
import type { Expression, Node, SyntaxTree } from '../../model/syntax/nodes.js';
import { rewrite } from '../../model/syntax/rewrite.js';
import { findBuiltin } from '../../language/builtins/index.js';
import { foldComplaints } from '../../language/folding.js';
import type { Config } from '../../language/config.js';

export function writeOut(tree: SyntaxTree, config: Config, report: Report): SyntaxTree {
  const written = new Set<Node>();
  const out = rewrite(tree, (node) => {
    if (node.kind === 'member' && written.has(node.object) && node.object.kind === 'record') {
      const field = node.object.fields.find(({ name }) => name === node.field);
      return field ? { ...field.value, span: node.span } : node;
    }
    if (node.kind !== 'identifier' && (node.kind !== 'call' || node.args.length > 0)) return node;
    const expression: Expression | undefined = findBuiltin(node.name)?.written?.(config, node.span);
    if (expression) written.add(expression);
    return expression ?? node;
  });
  return out === tree ? tree : fold(out, foldComplaints(report));
}
