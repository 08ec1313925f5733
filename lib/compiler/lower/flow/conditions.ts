// Conditions: branches instead of truth values; && and || stop early.

import type { Block } from '../../../model/ir/ir.js';
import type { Binary, Expression } from '../../../model/syntax/nodes.js';
import { isScalar } from '../values/convert.js';
import { comparedTypes, comparePlaces, comparisonOf, isComparison } from '../values/operators.js';
import type { Lowerer } from '../context.js';
import { testElement } from '../maps/map-access.js';

/** Jumps to `yes` when the expression is true, else to `no`. The current block ends. */
export function lowerCondition(l: Lowerer, e: Expression, yes: Block, no: Block): void {
  const { b } = l;
  if (e.kind === 'binary' && e.op === '&&') {
    const second = b.newBlock('and');
    lowerCondition(l, e.left, second, no);
    b.enter(second);
    return lowerCondition(l, e.right, yes, no);
  }
  if (e.kind === 'binary' && e.op === '||') {
    const second = b.newBlock('or');
    l.region.scoped(() => {
      lowerCondition(l, e.left, yes, second);
      b.enter(second);
      lowerCondition(l, e.right, yes, no);
    });
    return;
  }
  if (e.kind === 'unary' && e.op === '!') return l.region.scoped(() => lowerCondition(l, e.operand, no, yes));
  if (e.kind === 'map-access' && isScalar(l.typeOf(e)) && !l.f.state.plan(e.map.name).aggregate && !l.f.state.verboseErrors) return testElement(l, e, yes, no);
  if (e.kind === 'binary' && isComparison(e)) return lowerComparison(l, e, yes, no);
  const value = l.value(e);
  b.span = e.span;
  b.branch('ne', value, b.const(0), yes, no);
}

function lowerComparison(l: Lowerer, e: Binary, yes: Block, no: Block): void {
  const { b } = l;
  const left = l.typeOf(e.left);
  const right = l.typeOf(e.right);
  // `@m[k] != 0` asks what `@m[k]` asks
  if (e.op === '!=' && e.left.kind === 'map-access' && l.literal(e.right) === 0n) return lowerCondition(l, e.left, yes, no);
  if (isScalar(left) && isScalar(right)) {
    const [as, signed] = comparedTypes(left, right);
    const a = l.value(e.left, as);
    const c = l.value(e.right, as);
    b.span = e.span;
    b.branch(comparisonOf(e.op, signed), a, c, yes, no);
    return;
  }
  comparePlaces(l, e, yes, no);
}

/** if (e) { then } else { otherwise }, continuing behind both. What the condition finds out is known in `then`. */
export function lowerChoice(l: Lowerer, e: Expression, then: () => void, otherwise?: () => void): void {
  const { b } = l;
  const yes = b.newBlock('then');
  const after = b.newBlock('after');
  const no = otherwise ? b.newBlock('else') : after;
  l.region.scoped(() => {
    lowerCondition(l, e, yes, no);
    b.enter(yes);
    then();
    b.jump(after);
  });
  if (otherwise) {
    b.enter(no);
    l.region.scoped(otherwise);
    b.jump(after);
  }
  b.enter(after);
}
