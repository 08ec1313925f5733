// Counts the elements of a map by walking it.

import type { Value } from '../../../model/ir/ir.js';
import type { MapRef } from '../../../model/syntax/nodes.js';
import type { Span } from '../../../model/source/source.js';
import { callForEachElement, callback, elementParameters } from '../flow/callback.js';
import type { Lowerer } from '../context.js';
import { CLAIM_BYTES } from '../function.js';

export function countElements(l: Lowerer, ref: MapRef, span: Span): Value {
  const { b } = l;
  const { spec, short } = l.f.state.plan(ref.name);
  b.span = span;
  // The count lies in a map. On the stack the verifier would know its value, which differs from turn to turn, and follow every turn.
  const at = l.f.frame.allocateScratch(8) + CLAIM_BYTES;
  b.store(l.f.scratch(), at, 8, 0);
  const { name } = callback(l, elementParameters, (inner) => {
    inner.b.store(inner.f.scratch(), at, 8, inner.b.add(inner.b.load(inner.f.scratch(), at, 8), 1));
  });
  for (const map of short ? [spec.name, short.spec.name] : [spec.name]) callForEachElement(l, map, name);
  return b.load(l.f.scratch(), at, 8);
}
