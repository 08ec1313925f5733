// Types of statements: what is written where.

import { bug } from '../../model/diagnostics/errors.js';
import type { Assign, For, Jump, Let, Statement } from '../../model/syntax/nodes.js';
import { branchesOf } from '../../model/syntax/comptime.js';
import { findAll } from '../../model/syntax/visit.js';
import { type Type, bool, none, spellType, int64 } from '../../model/types/types.js';
import { asInteger, promote } from '../../model/types/promote.js';
import { aggregates } from '../../language/aggregates/index.js';
import { functions } from '../../language/functions/index.js';
import { checkCondition, infer, inferKept, inferRaw, keptRaw } from './expressions.js';
import { inferAggregateCall, isAggregateCall } from './calls.js';
import type { Inference } from './inference.js';
import { inferReturn } from './subprograms.js';
import { isStorable, resolveType } from './type-nodes.js';
import * as say from './diagnostics.js';

export function inferStatement(c: Inference, s: Statement): void {
  switch (s.kind) {
    case 'expression-statement': {
      const type = inferRaw(c, s.expression);
      const quiet = type.kind === 'void' || type.kind === 'none' || s.expression.kind === 'inc-dec' || (s.expression.kind === 'call' && functions.get(s.expression.name)?.changes === true);
      if (!quiet) c.report(say.discarded.at(s.expression.span, {}));
      return;
    }
    case 'discard': void infer(c, s.expression); return;
    case 'assign': inferAssign(c, s); return;
    case 'let': inferLet(c, s); return;
    case 'if':
      checkCondition(c, s.condition);
      for (const branch of branchesOf(s, c.comptime)) inferStatement(c, branch as Statement);
      return;
    case 'while':
      c.report(say.whileDeprecated.at(s.span, {}));
      c.need('helper:loop', s.span);
      inLoop(c, () => {
        checkCondition(c, s.condition);
        inferStatement(c, s.body);
      });
      return;
    case 'for': inferFor(c, s); return;
    case 'unroll': inferUnroll(c, s.count); inferStatement(c, s.body); return;
    case 'jump': {
      if (c.subprogram && s.jump === 'return') return inferReturn(c, c.subprogram, s);
      if (!s.value) return;
      const type = infer(c, s.value);
      if (type.kind !== 'none' && !asInteger(type)) c.report(say.returnType.at(s.value.span, { type: spellType(type) }));
      return;
    }
    case 'block': for (const inner of s.statements) inferStatement(c, inner); return;
    case 'import': return;
  }
}

function inLoop(c: Inference, body: () => void): void {
  c.loopDepth++;
  body();
  c.loopDepth--;
}

function inferAssign(c: Inference, s: Assign): void {
  const target = s.target;
  if (target.kind === 'map' || target.kind === 'map-access') {
    const ref = target.kind === 'map' ? target : target.map;
    const info = target.kind === 'map' ? c.useScalar(target) : c.useKeyed(ref, inferKept(c, target.key), target.key.span);
    info.written = true;
    const value = assigned(c, s);
    // A map that is used with and without key has values of two kinds. The report about its keys is enough.
    const fits = (info.key === 'scalar') === (target.kind === 'map');
    if (value !== undefined && fits) c.assignMap(ref, value, s.value.span, { computed: s.op !== '=' });
    inferRaw(c, target);
    return;
  }
  if (target.kind === 'variable') {
    const info = c.variables.get(target);
    const value = s.op === '=' ? keptRaw(c, s.value) : operated(c, s, infer(c, target));
    if (value.kind === 'aggregate' && !aggregates.get(value.name)!.castable) c.report(say.aggregateToVariable.at(s.value.span, { type: spellType(value) }));
    else if (info) c.assignVariable(info, c.valueOf(value), s.value.span, { literal: literalOf(c, s), computed: s.op !== '=' });
    infer(c, target);
    return;
  }
  bug('check', `assignment to ${target.kind}, which the parser refuses`);
}

function literalOf(c: Inference, s: Assign): bigint | undefined {
  const literal = s.op === '=' ? c.literal(s.value) : undefined;
  return typeof literal === 'bigint' ? literal : undefined;
}

/** Type that an assignment to a map gives it. */
function assigned(c: Inference, s: Assign): Type | undefined {
  if (isAggregateCall(s.value)) {
    if (s.op !== '=') c.report(say.notDirectlyAssigned.at(s.value.span, { name: s.value.name }));
    return inferAggregateCall(c, s.value);
  }
  if (s.value.kind === 'block-expression' && s.value.value && isAggregateCall(s.value.value)) {
    for (const inner of s.value.statements) inferStatement(c, inner);
    const type = inferAggregateCall(c, s.value.value);
    c.setType(s.value, type);
    return type;
  }
  if (s.op !== '=') return operated(c, s, infer(c, s.target));
  const type = keptRaw(c, s.value);
  if (type.kind !== 'aggregate') return type;
  const record = aggregates.get(type.name)!;
  c.report(say.aggregateCopied.at(s.value.span, { type: spellType(type), name: type.name, castable: record.castable }));
  return undefined;
}

/** Type of `x op= e`, which means `x = x op e`. */
function operated(c: Inference, s: Assign, target: Type): Type {
  const value = infer(c, s.value);
  const a = asInteger(target);
  const b = asInteger(value);
  const op = s.op.slice(0, -1);
  if (target.kind === 'pointer' && b && (op === '+' || op === '-')) return target;
  if (value.kind === 'none') return none;
  // A variable that was never assigned is a zero, which takes the sign of the other operand.
  if (target.kind === 'none' && b) return { kind: 'int', bits: 64, signed: b.signed || op === '-', ...(b.flexible && op !== '-' ? { flexible: true } : {}) };
  if (target.kind === 'none') return int64;
  if (!a || !b) {
    c.report(say.operatorTypes.at(s.span, { op, left: spellType(target), right: spellType(value), joined: op === '+' && target.kind === 'string' && value.kind === 'string' }));
    return none;
  }
  if (target.kind === 'bool' && value.kind === 'bool') return bool;
  const merged = promote(a, b);
  const signed = (merged?.kind === 'int' && merged.signed) || op === '-';
  const flexible = a.flexible === true && b.flexible === true && op !== '-';
  return { kind: 'int', bits: 64, signed, ...(flexible ? { flexible } : {}) };
}

function inferLet(c: Inference, s: Let): void {
  const info = c.variables.get(s.variable);
  if (!info) return;
  if (s.type) {
    const type = resolveType(c, s.type);
    if (!isStorable(type) && type.kind !== 'none') c.report(say.invalidDeclaration.at(s.type.span, { type: spellType(type) }));
    info.type = isStorable(type) ? (info.located ?? type) : none;
  }
  if (s.value) {
    const literal = c.literal(s.value);
    const value = inferKept(c, s.value);
    if (value.kind === 'aggregate') c.report(say.aggregateToVariable.at(s.value.span, { type: spellType(value) }));
    else c.assignVariable(info, value, s.value.span, typeof literal === 'bigint' ? { literal } : {});
  }
  infer(c, s.variable);
}

/** All ways out of the probe from inside a loop bring a value, or none does. */
function checkReturns(c: Inference, s: For): void {
  const [first, ...others] = findAll(s.body, (n) => n.kind === 'jump' && n.jump === 'return') as Jump[];
  const odd = others.find((jump) => (jump.value === undefined) !== (first!.value === undefined));
  if (odd) c.report(say.returnsDiffer.at(odd.span, {}));
}

function inferFor(c: Inference, s: For): void {
  const info = c.variables.get(s.variable)!;
  if (c.loopDepth === 0 && !c.subprogram) checkReturns(c, s);
  c.need(s.iterable.kind === 'range' ? 'helper:loop' : 'helper:for_each_map_elem', s.span);
  if (s.iterable.kind === 'range') {
    const from = infer(c, s.iterable.from);
    const to = infer(c, s.iterable.to);
    if (from.kind !== 'none' && !asInteger(from)) c.report(say.rangeBound.at(s.iterable.from.span, { which: 'start' }));
    if (to.kind !== 'none' && !asInteger(to)) c.report(say.rangeBound.at(s.iterable.to.span, { which: 'end' }));
    const type = promote(from, to);
    if (type && asInteger(type)) c.assignVariable(info, type, s.variable.span);
  } else if (s.iterable.kind === 'map') {
    const map = c.map(s.iterable);
    if (map.key === 'scalar') c.report(say.iteratedScalar.at(s.iterable.span, { name: map.name }));
    else if (map.key && map.value) {
      const value = map.value.kind === 'aggregate' && !aggregates.get(map.value.name)!.castable ? undefined : c.valueOf(map.value);
      if (!value) c.report(say.iteratedAggregate.at(s.iterable.span, { type: spellType(map.value) }));
      else c.assignVariable(info, { kind: 'tuple', elements: [map.key, value] }, s.variable.span);
    } else if (!c.settling) c.report(say.undefinedMap.at(s.iterable.span, { name: map.name }));
  } else c.report(say.notIterable.at(s.iterable.span, {}));
  c.setType(s.variable, info.type);
  c.forDepth++;
  inLoop(c, () => inferStatement(c, s.body));
  c.forDepth--;
}

function inferUnroll(c: Inference, count: Parameters<typeof infer>[1]): void {
  infer(c, count);
  const value = c.literal(count);
  if (typeof value !== 'bigint') c.report(say.unrollNotLiteral.at(count.span, {}));
  else if (value > 100n) c.report(say.unrollTooMuch.at(count.span, {}));
  else if (value < 1n) c.report(say.unrollTooLittle.at(count.span, {}));
}
