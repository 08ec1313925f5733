// Counts the elements of a map by walking it.

import { type Value, s64 } from '../../../model/ir/ir.js';
import type { MapRef } from '../../../model/syntax/nodes.js';
import type { Span } from '../../../model/source/source.js';
import { callback, elementParameters } from '../flow/callback.js';
import type { Lowerer } from '../context.js';
import { CLAIM_BYTES } from '../function.js';

export function countElements(l: Lowerer, ref: MapRef, span: Span): Value {
  const { b } = l;
  const { spec, short } = l.f.state.plan(ref.name);
  b.span = span;
  l.f.frameBase();
  // The count lies in a map: of a word on the stack the verifier would know the value, and follow every turn.
  const at = l.f.frame.allocateScratch(8) + CLAIM_BYTES;
  b.store(l.f.scratch(), at, 8, 0);
  const { name } = callback(l, elementParameters, (inner) => {
    inner.b.store(inner.f.scratch(), at, 8, inner.b.add(inner.b.load(inner.f.scratch(), at, 8), 1));
  });
  for (const map of short ? [spec.name, short.spec.name] : [spec.name]) b.call('for_each_map_elem', [b.map(map), b.function(name), l.f.frameBase(), b.const(0)], s64);
  return b.load(l.f.scratch(), at, 8);
}
