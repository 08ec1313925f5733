// Statements. Temporaries give their memory back at the end of each.

import { bug } from '../../../model/diagnostics/errors.js';
import type { Assign, Expression, Statement, Variable } from '../../../model/syntax/nodes.js';
import { findAll } from '../../../model/syntax/visit.js';
import { int64 } from '../../../model/types/types.js';
import { asInteger } from '../../../model/types/promote.js';
import { sizeInC, sizeOf } from '../../../model/types/size.js';
import { aggregates } from '../../../language/aggregates/index.js';
import { functions } from '../../../language/functions/index.js';
import { lowerChoice } from './conditions.js';
import { convertScalar, isScalar } from '../values/convert.js';
import { lowerForMap, lowerForRange, lowerWhile } from './loops.js';
import { callsSubprogram, returnResult } from './subprogram.js';
import type { Lowerer } from '../context.js';
import { MOST_OPERATIONS, TooManyOperations } from '../limits.js';
import { addToElement, assignMap, updateAggregate } from '../maps/map-access.js';
import { compute } from '../values/operators.js';
import { assignVariable } from '../values/variables.js';

export function lowerStatement(l: Lowerer, s: Statement): void {
  if (l.b.ended) return;
  if (l.b.operations > MOST_OPERATIONS) throw new TooManyOperations(s.span);
  l.b.span = s.span;
  const mark = l.f.mark();
  lowerOne(l, s);
  l.f.release(mark);
}

function lowerOne(l: Lowerer, s: Statement): void {
  const { b } = l;
  switch (s.kind) {
    case 'expression-statement': case 'discard': return evaluate(l, s.expression);
    case 'assign': return lowerAssign(l, s);
    case 'let': {
      const info = l.program.variables.get(s.variable)!;
      if (s.value) assignVariableFrom(l, s.variable, s.value);
      else if (isScalar(info.type)) assignVariable(l, s.variable, b.const(0));
      else {
        const place = l.f.variable(info);
        b.zero(place.base, place.offset, sizeOf(info.type));
      }
      return;
    }
    case 'if': {
      const { whenFalse } = s;
      return lowerChoice(l, s.condition, () => lowerStatement(l, s.whenTrue), whenFalse && (() => lowerStatement(l, whenFalse)));
    }
    case 'while': return lowerWhile(l, s);
    case 'for': return s.iterable.kind === 'range' ? lowerForRange(l, s, s.iterable) : lowerForMap(l, s);
    case 'unroll': {
      const count = Number(l.literal(s.count));
      const end = b.newBlock('unrolled');
      for (let i = 0; i < count && !b.ended; i++) {
        const next = b.newBlock('unroll');
        l.jumps.push({ breakTo: () => b.jump(end), continueTo: () => b.jump(next), records: l.records.length });
        l.region.scoped(() => lowerStatement(l, s.body));
        l.jumps.pop();
        b.jump(next);
        b.enter(next);
      }
      b.jump(end);
      b.enter(end);
      return;
    }
    case 'jump': {
      const { subprogram } = l.f;
      if (subprogram && s.jump === 'return') return returnResult(l, subprogram.subprogram, s.value);
      l.jump(s.jump, s.value && l.value(s.value, int64));
      return;
    }
    case 'block':
      l.printsAndClears.note(s.statements);
      for (const inner of s.statements) lowerStatement(l, inner);
      return;
    case 'import': return;
  }
}

/** Evaluates the expression for its side effects; its value is dropped. */
function evaluate(l: Lowerer, e: Expression): void {
  if (e.kind === 'inc-dec' && e.target.kind !== 'variable' && l.typeOf(e.target).kind === 'int') {
    addToElement(l, e.target, l.b.const(e.op === '++' ? 1 : -1), 'none', e.span);
    return;
  }
  const type = l.typeOf(e);
  if (e.kind === 'ternary' && type.kind === 'void') return lowerChoice(l, e.condition, () => e.whenTrue && evaluate(l, e.whenTrue), () => evaluate(l, e.whenFalse));
  // naming a whole map or the context does nothing
  if (type.kind === 'context' || type.kind === 'aggregate' || type.kind === 'none') return;
  if (isScalar(type) || type.kind === 'void') l.value(e);
  else l.place(e);
}

function lowerAssign(l: Lowerer, s: Assign): void {
  const target = s.target;
  if (target.kind === 'variable') {
    if (s.op === '=') return assignVariableFrom(l, target, s.value);
    const info = l.program.variables.get(target)!;
    const before = l.value(target);
    const step = info.type.kind === 'pointer' ? Math.max(1, sizeInC(info.type.to)) : 1;
    const operand = l.value(s.value);
    const scaled = step === 1 ? operand : l.b.binary('mul', operand, l.b.const(step));
    const after = compute(l, s.op.slice(0, -1), before, scaled, s.span);
    return assignVariable(l, target, convertScalar(l.b, after, int64, info.type));
  }
  if (target.kind !== 'map' && target.kind !== 'map-access') bug('lower', 'assignment to what is no variable');
  const ref = target.kind === 'map' ? target : target.map;
  const key = target.kind === 'map' ? undefined : target.key;
  let value = s.value;
  if (value.kind === 'block-expression' && value.value?.kind === 'call' && aggregates.has(value.value.name)) {
    for (const inner of value.statements) lowerStatement(l, inner);
    value = value.value;
  }
  if (value.kind === 'call' && aggregates.has(value.name)) return updateAggregate(l, ref, key, value);
  if (s.op === '=') return assignMap(l, ref, key, value, s.span);
  const type = l.typeOf(target);
  if ((s.op === '+=' || s.op === '-=') && type.kind === 'int' && !(key && (changesSomething(l, key) || changesSomething(l, value)))) {
    const operand = l.value(value, int64);
    addToElement(l, target, s.op === '+=' ? operand : l.b.emit('neg', operand.type, [operand]), 'none', s.span);
    return;
  }
  // x op= e means x = x op e
  const op = s.op.slice(0, -1) as '+';
  assignMap(l, ref, key, l.synthesize({ kind: 'binary', op, left: target, right: value, span: s.span, opSpan: s.span }, asInteger(type) ? { kind: 'int', bits: 64, signed: type.kind === 'int' && type.signed } : type), s.span);
}

/** True for expressions that make a difference when they are evaluated twice, as the key of `@m[k] op= e` is, or before others. */
export function changesSomething({ program }: Lowerer, e: Expression): boolean {
  return findAll(e, (node) => node.kind === 'inc-dec' || node.kind === 'block-expression' || (node.kind === 'call' && functions.get(node.name)?.changes === true)).length > 0 || callsSubprogram(e, program);
}

function assignVariableFrom(l: Lowerer, target: Variable, value: Expression): void {
  const info = l.program.variables.get(target)!;
  if (isScalar(info.type)) return assignVariable(l, target, l.value(value, info.type));
  const place = { ...l.f.variable(info), type: info.type };
  const readsItself = value.kind !== 'variable' && findAll(value, (node) => node.kind === 'variable' && l.program.variables.get(node) === info).length > 0;
  if (!readsItself) return l.into(value, place);
  // `$t = ($t.1, $t.0)` reads `$t` while it writes it: the new value is put together elsewhere and copied.
  const whole = l.temporary(info.type, 'assigned');
  l.into(value, whole);
  l.b.copy(place.base, place.offset, whole.base, whole.offset, sizeOf(info.type));
}
