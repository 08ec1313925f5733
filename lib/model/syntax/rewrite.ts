// Changing a tree: a copy with some nodes replaced.
//
//   idea   children first, then the node itself; a node none of whose children changed is kept as it is, so that a pass that
//          finds nothing to do answers the very tree it was given
//   use    rewrite(tree, (node) => (node.kind === 'positional' ? literal(node) : node));

import type { AttachPoint, Block, BlockExpression, CallArgument, Expression, If, Item, Node, Statement, SyntaxTree, TypeNode, Variable } from './nodes.js';

/** Answers what stands in place of a node. The answer must fit where the node stood: an expression for an expression. */
export type Replace = (node: Node) => Node;

/** Copies a tree, replacing nodes from the leaves up. */
export function rewrite<N extends Node>(node: N, replace: Replace): N {
  const visit = (child: Node): Node => replace(rewriteChildren(child, visit));
  return visit(node) as N;
}

/** The node with each child replaced; the node itself when no child changed. For passes that decide on their own where to go down. */
export function rewriteChildren<N extends Node>(node: N, visit: Replace): N {
  return rebuilt(node, visit) as N;
}

function rebuilt(node: Node, visit: Replace): Node {
  const one = <C extends Node>(child: C): C => visit(child) as C;
  const maybe = <C extends Node>(child: C | undefined): C | undefined => (child ? (visit(child) as C) : undefined);
  const many = <C extends Node>(list: readonly C[]): readonly C[] => {
    const copies = list.map((child) => visit(child) as C);
    return copies.every((copy, i) => copy === list[i]) ? list : copies;
  };
  const changed = (fields: object): Node => {
    const now = node as unknown as Record<string, unknown>;
    const different = Object.entries(fields).filter(([name, value]) => now[name] !== value);
    return different.length === 0 ? node : ({ ...node, ...Object.fromEntries(different) } as Node);
  };
  switch (node.kind) {
    case 'tree':
      return changed({
        definitions: many(node.definitions), imports: many(node.imports), config: maybe(node.config), items: many<Item>(node.items),
      } satisfies Partial<SyntaxTree>);
    case 'probe':
      return changed({ attachPoints: many<AttachPoint>(node.attachPoints), predicate: maybe(node.predicate), body: one(node.body) });
    case 'macro': return changed({ body: one<BlockExpression>(node.body) });
    case 'map-declaration': return changed({ map: one(node.map) });
    case 'subprogram': {
      const parameters = node.parameters.map((parameter) => {
        const type = one(parameter.type);
        return type === parameter.type ? parameter : { ...parameter, type };
      });
      const same = parameters.every((parameter, i) => parameter === node.parameters[i]);
      return changed({ parameters: same ? node.parameters : parameters, returnType: one(node.returnType), body: one(node.body) });
    }
    case 'block': return changed({ statements: many<Statement>(node.statements) });
    case 'block-expression': return changed({ statements: many<Statement>(node.statements), value: maybe(node.value) });
    case 'expression-statement': case 'discard': return changed({ expression: one(node.expression) });
    case 'assign': return changed({ target: one(node.target), value: one(node.value) });
    case 'let': return changed({ variable: one(node.variable), type: maybe(node.type), value: maybe(node.value) });
    case 'if': return changed({ condition: one(node.condition), whenTrue: one(node.whenTrue), whenFalse: maybe<Block | If>(node.whenFalse) });
    case 'if-expression': return changed({ condition: one(node.condition), whenTrue: one(node.whenTrue), whenFalse: one(node.whenFalse) });
    case 'while': return changed({ condition: one(node.condition), body: one(node.body) });
    case 'for': return changed({ variable: one<Variable>(node.variable), iterable: one(node.iterable), body: one(node.body) });
    case 'range': return changed({ from: one(node.from), to: one(node.to) });
    case 'unroll': return changed({ count: one(node.count), body: one(node.body) });
    case 'jump': return changed({ value: maybe(node.value) });
    case 'map-access': return changed({ map: one(node.map), key: one(node.key) });
    case 'unary': case 'comptime': return changed({ operand: one(node.operand) });
    case 'inc-dec': return changed({ target: one(node.target) });
    case 'binary': return changed({ left: one(node.left), right: one(node.right) });
    case 'ternary': return changed({ condition: one(node.condition), whenTrue: maybe(node.whenTrue), whenFalse: one(node.whenFalse) });
    case 'cast': return changed({ type: one(node.type), operand: one(node.operand) });
    case 'member': case 'tuple-index': return changed({ object: one(node.object) });
    case 'index': return changed({ object: one(node.object), index: one(node.index) });
    case 'call': return changed({ args: many<CallArgument>(node.args) });
    case 'tuple': return changed({ elements: many<Expression>(node.elements) });
    case 'record': {
      const fields = node.fields.map((field) => {
        const value = one(field.value);
        return value === field.value ? field : { ...field, value };
      });
      return changed({ fields: fields.every((field, i) => field === node.fields[i]) ? node.fields : fields });
    }
    case 'sizeof': case 'typeinfo': case 'offsetof': case 'typeof-type': return changed({ argument: one<TypeNode | Expression>(node.argument) });
    case 'sized-type': return changed({ size: one(node.size) });
    case 'pointer-type': return changed({ to: one(node.to) });
    case 'array-type': return changed({ of: one(node.of), count: maybe(node.count) });
    case 'integer': case 'bool': case 'string': case 'identifier': case 'positional': case 'positional-count': case 'variable': case 'map':
    case 'named-type': case 'attach-point': case 'c-definition': case 'config': case 'import':
      return node;
  }
}

/** A deep copy: equal, but no node is shared, so that facts kept by node (types, say) can differ. Spans are shared. */
export function cloneNode<N extends Node>(node: N): N {
  const visit = (child: Node): Node => {
    const copy = rebuilt(child, visit);
    return copy === child ? { ...child } : copy;
  };
  return visit(node) as N;
}
