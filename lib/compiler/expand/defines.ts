// `#define NAME value`: the value in place of the name.
//
//   in     a tree, the object-like macros of the script's C definitions, the parameters that their values may name
//   out    the tree with identifiers replaced
//   idea   a few lines may stand for millions: what all names together become is bounded, and so is how far they go through each other
//   facts  language.md 1.13: the value's tokens, joined without spaces, are parsed as an expression

import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Expression, Identifier, Node, SyntaxTree } from '../../model/syntax/nodes.js';
import { rewriteChildren } from '../../model/syntax/rewrite.js';
import type { CMacro } from './c-definitions/index.js';
import { placedAt } from './copy.js';
import * as problems from './diagnostics.js';
import type { Parser } from './parser.js';
import { type Parameters, replacePositionals } from './positional.js';
import { countNodes, MOST_PARTS } from './size.js';

/** names that one goes through; passes go down by recursion */
const MOST_LEVELS = 100;
/** characters of a value that a message shows */
const SHOWN = 60;

export function replaceDefines(tree: SyntaxTree, macros: ReadonlyMap<string, CMacro>, parameters: Parameters, parser: Parser, report: Report): SyntaxTree {
  if (macros.size === 0) return tree;
  const values = new Map<string, { readonly text: string; readonly value: Expression | undefined; readonly parts: number }>();
  let parts = 0;

  const valueOf = (name: string, macro: CMacro): { readonly text: string; readonly value: Expression | undefined; readonly parts: number } => {
    let known = values.get(name);
    if (!known) {
      const text = macro.value!.map((token) => token.text).join('');
      const value = parser.parseExpression(text, name);
      values.set(name, (known = { text, value, parts: value ? countNodes(value) : 0 }));
    }
    return known;
  };

  const replace = (node: Identifier, inside: readonly string[]): Expression => {
    const macro = macros.get(node.name);
    if (!macro?.value || parts > MOST_PARTS) return node;
    if (inside.includes(node.name)) {
      report(problems.defineRecursion.at(node.span, { text: [...inside, node.name].join('->') }));
      return node;
    }
    if (inside.length >= MOST_LEVELS) {
      parts = Infinity;
      report(problems.tooManyLevels.at(node.span, { name: inside[0]!, limit: MOST_LEVELS }));
      return node;
    }
    const { text, value, parts: more } = valueOf(node.name, macro);
    if (!value) {
      report(problems.unusableDefine.at(node.span, { text: text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text }));
      return node;
    }
    parts += more;
    if (parts > MOST_PARTS) {
      report(problems.tooLarge.at(node.span, { limit: MOST_PARTS }));
      return node;
    }
    return visitor([...inside, node.name])(replacePositionals(placedAt(value, node.span), parameters, parser, report)) as Expression;
  };

  const visitor = (inside: readonly string[]) => {
    const visit = (node: Node): Node => (node.kind === 'identifier' ? replace(node, inside) : rewriteChildren(node, visit));
    return visit;
  };

  return visitor([])(tree) as SyntaxTree;
}
