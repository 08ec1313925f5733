// Comptime expressions that need types: their values, and the programs with only the branches that these values take.
//
//   in     programs as they were resolved; how to bind and infer them with the values found so far
//   out    the same programs without comptime expressions
//   idea   Types are inferred without the branches that are not decided. What can be computed then decides some of them, and types are
//          inferred anew, from nothing, because a branch may give other types to what the values were computed from. It ends when no
//          value moves: each is then what the types of the finished script make of it.
//   facts  language.md 1.4

import type { Diagnostic, Report } from '../../model/diagnostics/diagnostic.js';
import type { Span } from '../../model/source/source.js';
import { type Literal, comptimesOf, isLiteral, resolveComptime, truthOf } from '../../model/syntax/comptime.js';
import { fold } from '../../model/syntax/fold.js';
import type { Comptime, Expression, Node } from '../../model/syntax/nodes.js';
import { findAll, isExpression } from '../../model/syntax/visit.js';
import { type Type, typeinfoValue } from '../../model/types/types.js';
import { foldComplaints } from '../../language/folding.js';
import { bytesOf, offsetOf } from '../../language/offsets.js';
import { partsOf, type TypedProbe } from '../../language/typed-program.js';
import type { Inference } from './inference.js';
import * as say from './diagnostics.js';

/** Each round decides one more level of branches at least, or ends. */
const MOST_ROUNDS = 32;

export type Values = ReadonlyMap<Comptime, Literal>;

/** Binds and infers all programs; the diagnostics are what is wrong with the parts that were looked at. */
export type InferWith = (values: Values) => { readonly c: Inference; readonly found: readonly Diagnostic[] };

/** @returns the programs without comptime expressions; undefined when one has no value, which was reported */
export function settleComptime(probes: readonly TypedProbe[], inferWith: InferWith, report: Report): readonly TypedProbe[] | undefined {
  const nodes = probes.flatMap((p) => partsOf(p).flatMap((root) => findAll(root, (node) => node.kind === 'comptime') as Comptime[]));
  if (nodes.length === 0) return probes;
  let values: Values = new Map();
  for (let round = 0; ; round++) {
    const { c, found } = inferWith(values);
    // what was not inferred lies in a branch that is not taken, or not decided
    const seen = nodes.filter((node) => c.types.has(node));
    const next = new Map(seen.flatMap((node): [Comptime, Literal][] => {
      const value = valueOf(c, node.operand);
      return value ? [[node, value]] : [];
    }));
    const moved = [...seen, ...values.keys()].filter((node) => values.get(node)?.value !== next.get(node)?.value);
    values = next;
    if (moved.length > 0 && round < MOST_ROUNDS) continue;
    for (const node of moved) report(say.comptimeEndless.at(node.span, { rounds: MOST_ROUNDS }));
    const open = seen.filter((node) => !values.has(node));
    if (open.length > 0) reportOpen(open, found, report);
    if (moved.length > 0 || open.length > 0) return undefined;
    return probes.map((p) => resolved(p, values, report));
  }
}

/** What is wrong inside of them is why they have no value. Other findings may come from branches that nobody looked at. */
function reportOpen(open: readonly Comptime[], found: readonly Diagnostic[], report: Report): void {
  for (const { span, operand } of open) {
    // what came out of a macro lies in several places
    const places = findAll(operand, () => true).map((node) => node.span);
    const reasons = found.filter((d) => d.severity === 'error' && places.some((place) => d.span && holds(place, d.span)));
    if (reasons.length === 0) report(say.notComptime.at(span, {}));
    for (const reason of reasons) report(reason);
  }
}

const holds = (outer: Span, inner: Span): boolean => inner.source === outer.source && inner.start >= outer.start && inner.end <= outer.end;

function resolved(p: TypedProbe, values: Values, report: Report): TypedProbe {
  const settled = <N extends Node>(root: N): N => fold(resolveComptime(root, (node) => values.get(node)), foldComplaints(report));
  const predicate = p.predicate && settled(p.predicate);
  // a predicate is an `if` around the body
  const taken = p.predicate && comptimesOf(p.predicate).length > 0 && predicate ? truthOf(predicate) : undefined;
  const subprograms = new Map([...p.subprograms].map(([name, { node, ...rest }]) => [name, { ...rest, node: { ...node, body: settled(node.body) } }]));
  return { ...p, predicate, body: taken === false ? { ...p.body, statements: [] } : settled(p.body), subprograms };
}

// ---- values ------------------------------------------------------------------------------------------------------

/** The value of an expression whose types are known; undefined when only the program will know it. */
function valueOf(c: Inference, e: Expression): Literal | undefined {
  const whole = (operand: Expression): Expression => valueOf(c, operand) ?? operand;
  const folded = (node: Expression): Literal | undefined => {
    let fine = true;
    const result = fold<Expression>(node, (problem) => {
      fine &&= problem === 'always empty';
    });
    return fine && isLiteral(result) ? result : undefined;
  };
  switch (e.kind) {
    case 'integer': case 'bool': case 'string': return e;
    case 'comptime': return valueOf(c, e.operand);
    case 'block-expression': return e.statements.length === 0 && e.value ? valueOf(c, e.value) : undefined;
    case 'identifier': case 'call': return literal(c.constantOf(e), e);
    case 'sizeof': {
      const type = argumentType(c, e.argument);
      return type && literal(BigInt(bytesOf(type, c.finder)), e);
    }
    case 'offsetof': {
      const type = argumentType(c, e.argument);
      const offset = type && offsetOf(type, e.path, c.finder);
      return offset === undefined ? undefined : literal(BigInt(offset), e);
    }
    case 'member': return member(c, e.object, e.field);
    case 'unary': return e.op === '*' || e.op === '&' ? undefined : folded({ ...e, operand: whole(e.operand) });
    case 'binary': {
      const left = valueOf(c, e.left);
      const truth = left && truthOf(left);
      if ((e.op === '&&' && truth === false) || (e.op === '||' && truth === true)) return literal(truth, e);
      return left && folded({ ...e, left, right: whole(e.right) });
    }
    case 'ternary': case 'if-expression': {
      const condition = valueOf(c, e.condition);
      const truth = condition && truthOf(condition);
      if (truth === undefined) return undefined;
      return truth && !e.whenTrue ? condition : valueOf(c, truth ? e.whenTrue! : e.whenFalse);
    }
    default: return undefined;
  }
}

function literal(value: bigint | string | boolean | undefined, { span }: Expression): Literal | undefined {
  switch (typeof value) {
    case 'bigint': return { kind: 'integer', value, span };
    case 'string': return { kind: 'string', value, span };
    case 'boolean': return { kind: 'bool', value, span };
    default: return undefined;
  }
}

/** A field of typeinfo(). */
function member(c: Inference, object: Expression, field: string): Literal | undefined {
  const type = object.kind === 'typeinfo' ? argumentType(c, object.argument) : undefined;
  return type && literal(typeinfoValue(type).get(field), object);
}

/** undefined: the type is not known (yet). A branch of a condition whose value this round found has no types before the next. */
function argumentType(c: Inference, argument: Extract<Expression, { kind: 'sizeof' }>['argument']): Type | undefined {
  const type = isExpression(argument) ? c.types.get(argument) : c.typeNodes.get(argument);
  return type === undefined || type.kind === 'none' ? undefined : c.valueOf(type);
}
