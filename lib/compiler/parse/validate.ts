// What the grammar is lenient about: targets of assignments and steps, operands of `&`, names given twice.
//
//   in     a tree just parsed
//   out    diagnostics; the tree is not changed
//   facts  language.md 1.2 (builtin words), 1.3 (targets), 1.4 (records)

import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Expression, Node, RecordExpression } from '../../model/syntax/nodes.js';
import { children } from '../../model/syntax/visit.js';
import * as problems from './diagnostics.js';

const isPlace = (node: Expression): boolean => node.kind === 'variable' || node.kind === 'map' || node.kind === 'map-access';
const isPart = (node: Expression): boolean => node.kind === 'member' || node.kind === 'tuple-index' || node.kind === 'index';

/** Levels of nodes; passes go down by recursion. A row of operators of one strength is as deep as it is long. */
export const MAX_DEPTH = 1000;

/** Reports at most the first fault of each node, in source order; of what is too deep the first node alone. */
export function validate(tree: Node, report: Report): void {
  let tooDeep: Node | undefined;
  const look = (node: Node, depth: number): void => {
    if (depth > MAX_DEPTH) tooDeep ??= node;
    if (tooDeep) return;
    checkNode(node, report);
    for (const child of children(node)) look(child, depth + 1);
  };
  look(tree, 0);
  if (tooDeep) report(problems.tooDeep.at(tooDeep.span, { limit: MAX_DEPTH }));
}

function checkNode(node: Node, report: Report): void {
  switch (node.kind) {
    case 'assign':
      if (isPart(node.target)) report(problems.immutableTarget.at(node.target.span, {}));
      else if (!isPlace(node.target)) report(problems.invalidTarget.at(node.target.span, node.target.kind === 'identifier' ? { name: node.target.name } : {}));
      break;
    case 'inc-dec':
      if (!isPlace(node.target)) report(problems.invalidStep.at(node.span, {}));
      break;
    case 'unary':
      if (node.op === '&' && node.operand.kind !== 'variable' && node.operand.kind !== 'map') report(problems.invalidAddressOf.at(node.span, {}));
      break;
    case 'record':
      checkNames(node, report);
      break;
    default:
  }
}

function checkNames(record: RecordExpression, report: Report): void {
  const seen = new Set<string>();
  for (const field of record.fields) {
    if (seen.has(field.name)) return report(problems.duplicateArgument.at(field.nameSpan, { text: field.name }));
    seen.add(field.name);
  }
}
