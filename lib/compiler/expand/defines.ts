// `#define NAME value`: the value in place of the name.
//
//   in     a tree, the object-like macros of the script's C definitions
//   out    the tree with identifiers replaced
//   facts  language.md 1.13: the value's tokens, joined without spaces, are parsed as an expression

import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Expression, Identifier, Node, SyntaxTree } from '../../model/syntax/nodes.js';
import { rewriteChildren } from '../../model/syntax/rewrite.js';
import type { CMacro } from './c-definitions/index.js';
import { placedAt } from './copy.js';
import * as problems from './diagnostics.js';
import type { Parser } from './index.js';

export function replaceDefines(tree: SyntaxTree, macros: ReadonlyMap<string, CMacro>, parser: Parser, report: Report): SyntaxTree {
  if (macros.size === 0) return tree;

  const replace = (node: Identifier, inside: readonly string[]): Expression => {
    const macro = macros.get(node.name);
    if (!macro?.value) return node;
    const chain = [...inside, node.name];
    if (inside.includes(node.name)) {
      report(problems.defineRecursion.at(node.span, { text: chain.join('->') }));
      return node;
    }
    const text = macro.value.map((token) => token.text).join('');
    const value = parser.parseExpression(text, node.name);
    if (!value) {
      report(problems.unusableDefine.at(node.span, { text }));
      return node;
    }
    return visitor(chain)(placedAt(value, node.span)) as Expression;
  };

  const visitor = (inside: readonly string[]) => {
    const visit = (node: Node): Node => (node.kind === 'identifier' ? replace(node, inside) : rewriteChildren(node, visit));
    return visit;
  };

  return visitor([])(tree) as SyntaxTree;
}
