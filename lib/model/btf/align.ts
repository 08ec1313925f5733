// Alignment of BTF types, which BTF does not record: what a compiler chooses, unless offsets show that the type is packed.

import type { TypeGraph } from './type-graph.js';
import type { BtfComposite, TypeId } from './types.js';

interface CompositeLayout {
  /** alignment in bytes; 1 when packed */
  readonly align: number;
  /** members stand where, or the size is what, natural alignment would not allow */
  readonly packed: boolean;
}

const layouts = new WeakMap<TypeGraph, Map<TypeId, CompositeLayout>>();

/** Alignment in bytes; 1 for what has none. */
export function alignOf(btf: TypeGraph, id: TypeId): number {
  const type = btf.resolve(id);
  switch (type.kind) {
    case 'struct':
    case 'union':
      return layoutOf(btf, type).align;
    case 'array':
      return alignOf(btf, type.type);
    default:
      return Math.min(btf.sizeOf(type.id) ?? 1, 8);
  }
}

export function layoutOf(btf: TypeGraph, type: BtfComposite): CompositeLayout {
  let known = layouts.get(btf);
  if (!known) layouts.set(btf, (known = new Map()));
  let layout = known.get(type.id);
  if (!layout) known.set(type.id, (layout = computeLayout(btf, type)));
  return layout;
}

function computeLayout(btf: TypeGraph, type: BtfComposite): CompositeLayout {
  const aligns = type.members.map((member) => alignOf(btf, member.type));
  const most = Math.max(1, ...aligns);
  const misplaced = type.members.some((member, i) => member.bitfieldSize === 0 && member.offsetBits % (aligns[i]! * 8) !== 0);
  const packed = misplaced || type.sizeBytes % most !== 0;
  return { align: packed ? 1 : most, packed };
}
