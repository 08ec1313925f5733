// One copy of a macro's body with the arguments of one call in it.
//
//   in     the macro, the arguments (already expanded), where the call stands
//   out    the body: parameters replaced, own variables renamed, spans marked with the call they were expanded from; of a standard macro the
//          span of the call
//   facts  language.md 1.9: a `$p` is the caller's variable, a `@p` the caller's map, any other parameter a text put in at each use

import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Span } from '../../model/source/source.js';
import type { BlockExpression, CallArgument, Expression, MapRef, Macro, Node, Offsetof, TypeNode, Variable } from '../../model/syntax/nodes.js';
import { rewriteChildren } from '../../model/syntax/rewrite.js';
import { isType } from '../../model/syntax/visit.js';
import { withSpans } from './copy.js';
import * as problems from './diagnostics.js';

export interface BodyContext {
  /** a name for a variable of the body that nothing else in the probe has */
  freeName(name: string): string;
  /** Copies an argument and marks the copy as expanded, so that it is not expanded again. */
  finished<N extends Node>(argument: N): N;
  readonly report: Report;
  /** the macro is one of the language: its nodes have no places of their own */
  readonly standard: boolean;
}

export class MacroBody {
  private readonly variables = new Map<string, string>();
  private readonly maps = new Map<string, string>();
  private readonly expressions = new Map<string, CallArgument>();

  constructor(
    private readonly macro: Macro,
    args: readonly CallArgument[],
    private readonly at: Span,
    private readonly context: BodyContext,
  ) {
    macro.parameters.forEach((parameter, i) => {
      const argument = args[i]!;
      if (parameter.mode === 'variable') this.variables.set(parameter.name, (argument as Variable).name);
      else if (parameter.mode === 'map') this.maps.set(parameter.name, (argument as MapRef).name);
      else this.expressions.set(parameter.name, argument);
    });
  }

  copy(): BlockExpression {
    return this.visit(this.macro.body) as BlockExpression;
  }

  private placed<N extends Node>(node: N): N {
    return withSpans(node, (span) => (this.context.standard ? { ...this.at, standard: true } : { ...span, expandedFrom: this.at }));
  }

  private readonly visit = (node: Node): Node => {
    switch (node.kind) {
      case 'variable': return this.placed({ ...node, name: this.variableName(node.name) });
      case 'map': return this.placed({ ...node, name: this.maps.get(node.name) ?? node.name });
      case 'identifier': {
        const argument = this.expressions.get(node.name);
        return argument ? this.expression(argument) : this.placed(node);
      }
      case 'named-type': return this.namedType(node);
      case 'sizeof': case 'typeinfo': case 'typeof-type': return this.placed({ ...node, argument: this.typeArgument(node.argument) });
      case 'offsetof': return this.placed({ ...node, argument: this.typeArgument(node.argument), path: node.path.flatMap((name) => this.fieldNames(name)) });
      default: return this.placed(rewriteChildren(node, this.visit));
    }
  };

  private variableName(name: string): string {
    let replacement = this.variables.get(name);
    if (replacement === undefined) this.variables.set(name, (replacement = this.context.freeName(name)));
    return replacement;
  }

  /** A variable or map comes in a block, so that nothing inside can change it. */
  private expression(argument: CallArgument): Expression {
    if (isType(argument)) {
      this.context.report(problems.typeArgument.at(argument.span, {}));
      return { kind: 'integer', value: 0n, span: argument.span };
    }
    const copy = this.context.finished(argument);
    if (copy.kind !== 'variable' && copy.kind !== 'map') return copy;
    return this.context.finished<BlockExpression>({ kind: 'block-expression', statements: [], value: copy, span: copy.span });
  }

  private namedType(node: Extract<TypeNode, { kind: 'named-type' }>): TypeNode {
    const argument = node.tag ? undefined : this.expressions.get(node.name);
    if (!argument || !isType(argument)) return this.placed(node);
    return this.context.finished(argument.kind === 'typeof-type' && isType(argument.argument) ? argument.argument : argument);
  }

  /** In `sizeof(e)` and its like a bare parameter reads as a type, also when it stands for an expression. */
  private typeArgument(argument: TypeNode | Expression): TypeNode | Expression {
    if (!isType(argument)) return this.visit(argument) as Expression;
    return this.asExpression(argument) ?? (this.visit(argument) as TypeNode);
  }

  private asExpression(type: TypeNode): Expression | undefined {
    if (type.kind === 'named-type' && !type.tag) {
      const argument = this.expressions.get(type.name);
      return argument && !isType(argument) ? this.expression(argument) : undefined;
    }
    if (type.kind !== 'array-type' || !type.count) return undefined;
    const object = this.asExpression(type.of);
    return object && this.placed({ kind: 'index', object, index: this.visit(type.count) as Expression, span: type.span });
  }

  /** A field given as argument: `m(…, pid)` for `offsetof(T, field)`. */
  private fieldNames(name: Offsetof['path'][number]): Offsetof['path'] {
    const names: { name: string; span: Span }[] = [];
    let argument = this.expressions.get(name.name);
    while (argument?.kind === 'member') {
      names.unshift({ name: argument.field, span: argument.fieldSpan });
      argument = argument.object;
    }
    if (argument?.kind !== 'identifier') return [name];
    return [{ name: argument.name, span: argument.span }, ...names];
  }
}
