// Pointers whose type the verifier knows: arguments of traced functions and objects of iterators.
//
//   idea   a chain `args.file->f_inode->i_ino` that starts with one is loaded without helpers, each member pointer being typed again.
//          As soon as such a pointer is wanted as a number (kept, compared, calculated with) it becomes one: the verifier allows
//          hardly any arithmetic with typed pointers, and a number may go anywhere
//   facts  btf_struct_walk and btf_ctx_access of the kernel's verifier. It looks for a member by its offset and takes the first that
//          lies there, so that members of unions may be refused: those are read by helper. Faults on the way read as 0.
//          Objects of iterators may be null: the program leaves at once where its own is (the last call has none); what stands behind
//          another one is read by helper, so that null reads as 0

import { bug } from '../../../model/diagnostics/errors.js';
import { type Value, pointer, u64 } from '../../../model/ir/ir.js';
import { type StructType, type Type, findMember, passesUnion, uint64, isSigned } from '../../../model/types/types.js';
import { objectOffset } from '../../../language/probes/iter.js';
import type { WordSource } from '../../../language/known-objects.js';
import type { Lowerer } from '../context.js';
import { onlyWhere } from '../../../language/branches.js';
import { type Location, isTypedMemory } from './location.js';

/** A member of what lies at `where`: still loadable, unless there is a union on the way. */
export function throughMember(where: Location, struct: StructType, field: string): Location {
  if (where.kind !== 'direct' || !isTypedMemory(where) || !passesUnion(struct, field)) return where;
  return { kind: 'remote', address: where.base, offset: where.offset, space: 'kernel', type: where.type, bitfield: where.bitfield };
}

/** An element at `where`. The verifier types pointers only at constant offsets, so that an element of variable index is read by helper. */
export function throughIndex(l: Lowerer, where: Location): Location {
  if (where.kind !== 'direct' || !isTypedMemory(where)) return where;
  return { kind: 'remote', address: asNumber(l, where.base), offset: where.offset, space: 'kernel', type: where.type };
}

export function loadWord(l: Lowerer, source: WordSource): Value {
  return l.b.loadPointer(l.context, source.index * 8, pointer('btf'));
}

/** Leaves the program when it is called for the end of the iteration, without an object. */
export function skipLastCall(l: Lowerer, context: StructType): void {
  const offset = objectOffset(context);
  if (offset === undefined) return;
  const { b } = l;
  const value = b.loadPointer(l.context, offset, pointer('btf', true));
  onlyWhere(b, 'ne', value, 0, () => l.leave(), true);
  l.f.object = { offset, value };
}

/** ctx.meta->seq, typed. */
export function seqFile(l: Lowerer): Value {
  const meta = findMember(l.probe.contextStruct!, 'meta')!;
  const struct = meta.type.kind === 'pointer' && meta.type.to.kind === 'struct' ? meta.type.to : undefined;
  const seq = struct && findMember(struct, 'seq');
  if (!seq) bug('lower', 'the context of an iterator has no seq_file');
  return l.b.loadPointer(l.b.loadPointer(l.context, meta.offset, pointer('btf')), seq.offset, pointer('btf'));
}

/** A word of the context as a value of `type`. */
export function contextWord(l: Lowerer, source: WordSource, type: Type): Value {
  return narrowWord(l, wholeWord(l, source), type);
}

function narrowWord(l: Lowerer, word: Value, type: Type): Value {
  if (type.kind === 'bool') return l.b.extend(word, 1, false);
  if (type.kind === 'enum') return type.bytes === 8 ? word : l.b.extend(word, type.bytes, isSigned(type));
  if (type.kind !== 'int' || type.bits === 64) return word;
  return l.b.extend(word, (type.bits / 8) as 1 | 2 | 4, type.signed);
}

function wholeWord(l: Lowerer, source: WordSource): Value {
  const { b } = l;
  switch (source.access) {
    case undefined: return b.load(l.context, source.index * 8, 8);
    case 'typed': return asNumber(l, loadWord(l, source));
    case 'closed': {
      const to = l.temporary(uint64, 'word');
      l.probeRead(to, b.add(l.context, source.index * 8), 'kernel', l.probe.point.span);
      return b.load(to.base, to.offset, 8);
    }
  }
}

/** The number of a pointer. The verifier forgets what a register held when its bytes are swapped. */
export function asNumber(l: Lowerer, value: Value): Value {
  const swapped = l.b.emit('bswap', u64, [value], { width: 8 });
  return l.b.emit('bswap', u64, [swapped], { width: 8 });
}
