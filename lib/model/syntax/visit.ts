// Walking a tree.
//
//   idea   `children` is the one place that knows which fields of a node hold nodes, in source order
//   use    walk(tree, (node) => { if (node.kind === 'call') … return node.kind === 'macro' ? 'skip' : undefined; });

import type { CallArgument, Expression, Node, Statement, TypeNode } from './nodes.js';

type Maybe = Node | undefined;

/** The nodes directly below, in source order. Labels, names and config entries are no nodes. */
export function children(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'tree': return present([...node.definitions, ...node.imports, node.config, ...node.items]);
    case 'probe': return present([...node.attachPoints, node.predicate, node.body]);
    case 'macro': return [node.body];
    case 'map-declaration': return [node.map];
    case 'subprogram': return [...node.parameters.map((parameter) => parameter.type), node.returnType, node.body];
    case 'block': return node.statements;
    case 'block-expression': return present([...node.statements, node.value]);
    case 'expression-statement': case 'discard': return [node.expression];
    case 'assign': return [node.target, node.value];
    case 'let': return present([node.variable, node.type, node.value]);
    case 'if': case 'if-expression': return present([node.condition, node.whenTrue, node.whenFalse]);
    case 'while': return [node.condition, node.body];
    case 'for': return [node.variable, node.iterable, node.body];
    case 'range': return [node.from, node.to];
    case 'unroll': return [node.count, node.body];
    case 'jump': return present([node.value]);
    case 'map-access': return [node.map, node.key];
    case 'unary': case 'comptime': return [node.operand];
    case 'inc-dec': return [node.target];
    case 'binary': return [node.left, node.right];
    case 'ternary': return present([node.condition, node.whenTrue, node.whenFalse]);
    case 'cast': return [node.type, node.operand];
    case 'member': case 'tuple-index': return [node.object];
    case 'index': return [node.object, node.index];
    case 'call': return node.args;
    case 'tuple': return node.elements;
    case 'record': return node.fields.map((field) => field.value);
    case 'sizeof': case 'typeinfo': case 'offsetof': case 'typeof-type': return [node.argument];
    case 'sized-type': return [node.size];
    case 'pointer-type': return [node.to];
    case 'array-type': return present([node.of, node.count]);
    case 'integer': case 'bool': case 'string': case 'identifier': case 'positional': case 'positional-count': case 'variable': case 'map':
    case 'named-type': case 'attach-point': case 'c-definition': case 'config': case 'import':
      return [];
  }
}

const present = (nodes: readonly Maybe[]): Node[] => nodes.filter((node): node is Node => node !== undefined);

/** Visits a node, then what is below it unless the visitor answers `skip`. */
export function walk(node: Node, visit: (node: Node) => 'skip' | void): void {
  if (visit(node) === 'skip') return;
  for (const child of children(node)) walk(child, visit);
}

export function isType(node: Node): node is TypeNode {
  return node.kind === 'named-type' || node.kind === 'sized-type' || node.kind === 'pointer-type' || node.kind === 'array-type' || node.kind === 'typeof-type';
}


/** Whether what stands behind a statement in its block is never reached: it is a jump, or exit(), which leaves the probe. */
export function isJump(statement: Statement): boolean {
  if (statement.kind !== 'expression-statement') return statement.kind === 'jump';
  return statement.expression.kind === 'call' && statement.expression.name === 'exit';
}

/** The nodes of a tree that a test holds for, in source order. */
export function findAll(tree: Node, test: (node: Node) => boolean): Node[] {
  const found: Node[] = [];
  walk(tree, (node) => {
    if (test(node)) found.push(node);
  });
  return found;
}

/** Tells an expression from a type that is written in its place: `sizeof(x)`, `sizeof(int)`. */
export function isExpression(node: CallArgument): node is Expression {
  return !node.kind.endsWith('-type');
}
