// Positional parameters: `$1`, `$#`, also in attach points.
//
//   in     a tree or a part of one, the parameters as typed; AT_RUN: whoever runs the program gives them
//   out    the tree with literals in their place; AT_RUN: with calls of getopt(), whose values are put in before the program is loaded
//   facts  language.md 1.15 and, for attach points, 1.6

import type { Report } from '../../model/diagnostics/diagnostic.js';
import { COUNT_NAME, positionalName, positionalTextName } from '../../model/layout/parameters.js';
import type { AttachPoint, Call, Expression, IntegerLiteral, Node, Positional, StringLiteral, SyntaxTree } from '../../model/syntax/nodes.js';
import { rewriteChildren } from '../../model/syntax/rewrite.js';
import * as problems from './diagnostics.js';
import type { Parser } from './parser.js';

export const AT_RUN = 'at run';
export type Parameters = readonly string[] | typeof AT_RUN;

export function replacePositionals<N extends SyntaxTree | Expression>(tree: N, given: Parameters, parser: Parser, report: Report): N {
  const parameters = given === AT_RUN ? undefined : given;
  const textOf = (index: number, node: Node): string | undefined => {
    const text = parameters?.[index - 1];
    if (text !== undefined && text !== '') return text;
    report(problems.missingParameter.at(node.span, { index }));
    return undefined;
  };

  const literal = (node: Positional): Expression => {
    if (!parameters) return atRun(node, positionalName(node.index), { kind: 'integer', value: 0n, span: node.span });
    const text = textOf(node.index, node);
    const value = text === undefined ? 0n : parser.parseInteger(text);
    if (value === undefined) return { kind: 'string', value: text!, span: node.span };
    return { kind: 'integer', value, positional: node.index, span: node.span };
  };

  const visit = (node: Node): Node => {
    switch (node.kind) {
      case 'positional': return literal(node);
      case 'positional-count': if (!parameters) return atRun(node, COUNT_NAME, { kind: 'integer', value: 0n, span: node.span });
        return { kind: 'integer', value: BigInt(parameters.length), span: node.span };
      case 'call': return node.name === 'str' && node.args.length > 0 ? stringCall(node) : rewriteChildren(node, visit);
      case 'attach-point': return point(node);
      default: return rewriteChildren(node, visit);
    }
  };

  /** `str($1)` and `str($1 + n)`: the text itself, whatever it looks like. */
  const stringCall = (node: Call): Call => {
    const text = (child: Node): Node => {
      if (child.kind === 'positional') {
        const value = { kind: 'string', value: parameters ? textOf(child.index, child) ?? '' : '', span: child.span } as const;
        return parameters ? value : atRun(child, positionalTextName(child.index), value);
      }
      return child.kind === 'binary' && child.op === '+' ? { ...child, left: text(child.left) as Expression, right: visit(child.right) as Expression } : visit(child);
    };
    const [first, ...rest] = node.args;
    return { ...node, args: [text(first!) as Expression, ...rest.map((argument) => visit(argument) as Expression)] };
  };

  /** `$N` outside of quotes; the result is split anew, so that `$1` may hold a whole attach point. */
  const point = (node: AttachPoint): AttachPoint => {
    if (!/\$[0-9]/.test(node.raw)) return node;
    const raw = node.raw.replace(/"(?:[^"\\]|\\[^])*"|\$([0-9]+)([A-Za-z_])?/g, (all: string, digits: string | undefined, trailing: string | undefined) => {
      if (digits === undefined) return all;
      if (!parameters) {
        report(problems.parameterInProbe.at(node.span, { text: `$${digits}` }));
        return '';
      }
      if (/^0+$/.test(digits)) report(problems.parameterOutOfRange.at(node.span, { text: `$${digits}` }));
      else if (trailing === undefined) return textOf(Number(digits), node) ?? '';
      else report(problems.trailingCharacter.at(node.span, { character: trailing, text: all }));
      return '';
    });
    return { ...node, ...parser.splitAttachPoint(raw), ...(node.label !== undefined && { label: node.label }) };
  };

  return visit(tree) as N;
}

/** The value of a parameter that is given when the program is run (layout/parameters.ts). */
function atRun(node: Node, name: string, defaultValue: IntegerLiteral | StringLiteral): Call {
  return { kind: 'call', name: 'getopt', nameSpan: node.span, args: [{ kind: 'string', value: name, span: node.span }, defaultValue], span: node.span };
}
