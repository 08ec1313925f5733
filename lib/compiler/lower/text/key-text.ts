// Texts in keys: of an array of characters only what stands before the first NUL counts.
//
//   why    hash maps compare all bytes. Arrays in structs and in records of tracepoints keep behind their NUL what was there before:
//          `@[args.rwbs]` would count reads in several elements that all print as "R"
//   idea   eight characters at a time, without a branch. n = (w - 0x01…) & ~w & 0x80… has its lowest bit in the first byte that is 0
//          (the trick is in every libc's strlen); (n - 1) & ~n are all bits below it, 64 where no byte is 0
//   facts  little endian, as all machines are that tbpf runs on

import { type Value, u64 } from '../../../model/ir/ir.js';
import type { Expression } from '../../../model/syntax/nodes.js';
import { placeElements, sizeInC } from '../../../model/types/size.js';
import { type StringType, type Type, membersOf } from '../../../model/types/types.js';
import { accessWidth } from '../../../language/access-width.js';
import type { Place } from '../../../language/record.js';
import type { Lowerer } from '../context.js';
import { addressOfPlace, partOf } from '../../../language/place.js';
import { probeReadString } from '../memory/probe-read.js';

/** Each eight bytes take a dozen instructions; a helper is called for longer texts. */
const LONGEST_INLINE = 128;

const ONES = 0x0101_0101_0101_0101n;
const HIGH_BITS = 0x8080_8080_8080_8080n;

/** Clears what stands behind the NUL of texts in a key that `e` was put into. */
export function clearBehindTexts(l: Lowerer, e: Expression, key: Place): void {
  const { type } = key;
  switch (type.kind) {
    case 'string': {
      const bytes = Math.min(type.capacity, l.f.state.remains.of(e));
      if (bytes > LONGEST_INLINE) copyText(l, e, { ...key, type }, bytes);
      else clearBehindNul(l, key, bytes);
      return;
    }
    case 'tuple': return clearElements(l, e, key, type.elements, e.kind === 'tuple' ? e.elements : undefined);
    case 'array': case 'struct':
      if (l.f.state.remains.of(e) > 0) clearInC(l, key);
      return;
    case 'record': return clearElements(l, e, key, type.fields.map((field) => field.type), e.kind === 'record' ? e.fields.map(({ value }) => value) : undefined);
    default: return;
  }
}

/** Texts in a struct or array, where each has the bytes C gives it. */
function clearInC(l: Lowerer, place: Place): void {
  const { type } = place;
  if (type.kind === 'string') clearBehindNul(l, place, sizeInC(type));
  else if (type.kind === 'array') for (let i = 0; i < type.count; i++) clearInC(l, partOf(place, i * sizeInC(type.of), type.of));
  else if (type.kind === 'struct' && type.tag === 'struct') for (const member of membersOf(type)) clearInC(l, partOf(place, member.offset, member.type));
}

function clearElements(l: Lowerer, whole: Expression, key: Place, types: readonly Type[], parts: readonly Expression[] | undefined): void {
  const { offsets } = placeElements(types);
  types.forEach((type, i) => clearBehindTexts(l, parts?.[i] ?? whole, partOf(key, offsets[i]!, type)));
}

/** Reads the text once more, up to its NUL, into a place of zeros. */
function copyText(l: Lowerer, e: Expression, text: Place & { readonly type: StringType }, bytes: number): void {
  const whole = l.temporary({ kind: 'string', capacity: bytes }, 'text');
  l.b.copy(whole.base, whole.offset, text.base, text.offset, bytes);
  probeReadString(l, { ...text, type: { kind: 'string', capacity: Math.min(bytes + 1, text.type.capacity) } }, addressOfPlace(l.b, whole), 'kernel', { pad: true }, e.span);
}

function clearBehindNul(l: Lowerer, text: Place, bytes: number): void {
  const { b } = l;
  /** all ones until a NUL was seen, then 0 */
  let before: Value | undefined;
  for (let at = 0; at < bytes;) {
    const width = accessWidth(text, at, bytes - at);
    const loaded = b.load(text.base, text.offset + at, width);
    const word = before ? b.and(loaded, before) : loaded;
    // A word of fewer than eight bytes was loaded with zeros above them, which must not count as a NUL.
    const full = width === 8 ? word : b.binary('or', word, b.const(BigInt.asIntN(64, -1n << BigInt(width * 8)), u64), u64);
    const nuls = b.and(b.and(b.sub(full, ONES), b.binary('xor', full, b.const(-1n, u64), u64)), HIGH_BITS);
    const kept = b.and(b.sub(nuls, 1), b.binary('xor', nuls, b.const(-1n, u64), u64));
    b.store(text.base, text.offset + at, width, b.and(word, kept));
    at += width;
    before = b.binary('ashr', kept, b.const(63n), u64);
  }
}
