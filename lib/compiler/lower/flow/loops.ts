// Loops: their bodies are callbacks of bpf_loop and bpf_for_each_map_elem (language.md 1.8).
//
//   frame    what body and surroundings share lies in the program's frame, whose address the callback gets, and in scratch memory
//   ways out break and continue are the callback's result; `return` leaves a mark in the frame that is looked at after the loop

import { bug } from '../../../model/diagnostics/errors.js';
import { type Value, s64 } from '../../../model/ir/ir.js';
import type { For, Range, While } from '../../../model/syntax/nodes.js';
import { placeElements, sizeOf } from '../../../model/types/size.js';
import type { Type } from '../../../model/types/types.js';
import { int64 } from '../../../model/types/types.js';
import { readAggregate } from '../maps/aggregate-read.js';
import { lowerCondition } from './conditions.js';
import { type LoopFrame, MOST_ITERATIONS, callForEachElement, callLoop, callback, elementParameters, forgetReturn, turnParameters } from './callback.js';
import type { Lowerer } from '../context.js';
import { convertPlace } from '../values/convert-place.js';
import { convertScalar } from '../values/convert.js';
import { assignVariable } from '../values/variables.js';

/** After the loop: a `return` in its body leaves the program, too. */
function afterLoop(l: Lowerer, frame: LoopFrame): void {
  const { b } = l;
  l.region.forgetElements();
  if (!frame.exit) return;
  const { returned, result } = frame.exit;
  const base = l.f.frameBase();
  l.branch('ne', b.load(base, returned, 8), 0, () => l.jump('return', b.load(base, result, 8)), undefined, false);
}

export function lowerForRange(l: Lowerer, s: For, range: Range): void {
  const { b } = l;
  const info = l.program.variables.get(s.variable)!;
  const from = l.value(range.from, int64);
  const to = l.value(range.to, int64);
  const start = l.f.frame.allocateFrame(8);
  b.store(l.f.frameBase(), start, 8, from);
  const { name, frame } = callback(l, turnParameters, (inner) => {
    const index = inner.b.extend(inner.f.parameters[0]!, 4, false);
    const value = inner.b.binary('add', inner.b.load(inner.f.frameBase(), start, 8, true), index, s64);
    assignVariable(inner, s.variable, convertScalar(inner.b, value, int64, info.type));
    inner.statement(s.body);
  });
  // A loop of no turns skips the call. The verifier visits a callback only when the count may be above 0, and refuses a program with a
  // function that nothing calls: the test makes the count a number above 0.
  forgetReturn(l, frame);
  l.branch('sgt', to, from, () => {
    b.span = s.span;
    const result = callLoop(l, b.binary('sub', to, from, s64), name);
    l.runtimeError({ kind: 'helper', helper: 'loop', result, level: 'default' }, s.span);
  }, undefined, true);
  afterLoop(l, frame);
}

export function lowerWhile(l: Lowerer, s: While): void {
  const { b } = l;
  const { name, frame } = callback(l, turnParameters, (inner) => {
    const yes = inner.b.newBlock('while');
    const no = inner.b.newBlock('done');
    lowerCondition(inner, s.condition, yes, no);
    inner.b.enter(no);
    inner.f.return(1);
    inner.b.enter(yes);
    inner.statement(s.body);
  });
  b.span = s.span;
  forgetReturn(l, frame);
  const result = callLoop(l, MOST_ITERATIONS, name);
  l.runtimeError({ kind: 'helper', helper: 'loop', result, level: 'default' }, s.span);
  afterLoop(l, frame);
}

export function lowerForMap(l: Lowerer, s: For): void {
  const { b } = l;
  if (s.iterable.kind !== 'map') bug('lower', 'for over what is no map');
  const plan = l.f.state.plan(s.iterable.name);
  const info = l.program.variables.get(s.variable)!;
  const tuple = info.type as Extract<Type, { kind: 'tuple' }>;
  const { name, frame } = callback(l, elementParameters, (inner) => {
    const [, key, value] = inner.f.parameters as [Value, Value, Value, Value];
    const at = inner.f.variable(info);
    const { offsets, size } = placeElements(tuple.elements);
    inner.b.zero(at.base, at.offset, size);
    convertPlace(inner, { base: key, offset: 0, type: plan.key! }, { base: at.base, offset: at.offset + offsets[0]!, type: tuple.elements[0]! });
    const to = { base: at.base, offset: at.offset + offsets[1]!, type: tuple.elements[1]! };
    if (plan.aggregate) {
      // The callback gets the value of the CPU that it runs on. The values of all CPUs are looked up by key; the helper wants the key in the
      // program's own memory.
      const copy = inner.f.allocate('key', sizeOf(plan.key!));
      inner.b.copy(copy.base, copy.offset, key, 0, sizeOf(plan.key!));
      inner.b.store(to.base, to.offset, 8, readAggregate(inner, plan, { ...copy, type: plan.key! }, s.span));
    } else convertPlace(inner, { base: value, offset: 0, type: plan.value }, to);
    inner.statement(s.body);
  });
  b.span = s.span;
  forgetReturn(l, frame);
  const result = callForEachElement(l, plan.spec.name, name);
  l.runtimeError({ kind: 'helper', helper: 'for_each_map_elem', result: b.extend(result, 4, true), level: 'default' }, s.span);
  afterLoop(l, frame);
}
