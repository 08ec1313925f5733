// Comparing bytes: memcmp.
//
//   idea   word by word. Of two words that differ the one with the greater first byte is the greater one once its bytes are turned round.
//          Where n is known only at run time the words of the smaller operand are compared, and of the first that differ the bytes behind n are shifted out

import { s64, u64, type Value } from '../../model/ir/ir.js';
import { Cell } from '../../model/ir/builder.js';
import type { Expression } from '../../model/syntax/nodes.js';
import { sizeInC } from '../../model/types/size.js';
import { type Type, int32, spellType, uint64, uint8 } from '../../model/types/types.js';
import { type AccessWidth, accessWidth } from '../access-width.js';
import * as say from '../diagnostics.js';
import type { LowerContext, Place } from '../record.js';
import type { Span } from '../../model/source/source.js';
import { argumentOf, defineFunction } from './define.js';
import { spaceOf } from './memory.js';

/** Each eight bytes take about ten instructions. */
const MOST_BYTES = 1024;

/** Bytes that may be compared; undefined: it is no memory. */
function bytesOf(type: Type): number | undefined {
  if (type.kind === 'pointer') return MOST_BYTES;
  return type.kind === 'string' || type.kind === 'array' ? sizeInC(type) : undefined;
}

export const memcmp = defineFunction({
  name: 'memcmp', mode: 'S', doc: 'Compares n bytes: 0 when they are equal, else -1 or 1, as the first bytes that differ are less or greater.',
  params: [
    { name: 'a', accepts: 'any', doc: 'string, array or pointer' },
    { name: 'b', accepts: 'any', doc: 'string, array or pointer' },
    { name: 'n', accepts: 'integer', doc: `bytes, up to ${MOST_BYTES}; what is known only at run time is cut to the size of the smaller operand` },
  ],
  check(call, c) {
    const n = c.literal(call.args[2]!);
    if (typeof n === 'bigint' && (n < 0n || n > BigInt(MOST_BYTES))) c.report(say.badByteCount.at(call.args[2]!.span, { most: MOST_BYTES, given: n }));
    for (const operand of call.args.slice(0, 2)) {
      const type = c.typeOf(operand);
      const size = bytesOf(type);
      if (size === undefined && !(type.kind === 'none' && c.settling)) c.report(say.noMemory.at(operand.span, { type: spellType(type) }));
      else if (size !== undefined && typeof n === 'bigint' && n <= BigInt(MOST_BYTES) && n > BigInt(size)) c.report(say.fewerBytes.at(operand.span, { size, wanted: n }));
      else if (size === 0 && typeof n !== 'bigint') c.report(say.fewerBytes.at(operand.span, { size, wanted: 'n' }));
    }
    return int32;
  },
  lower(call, l) {
    const literal = l.literal(call.args[2]!);
    const operands = [argumentOf(call, 0), argumentOf(call, 1)] as const;
    const most = typeof literal === 'bigint' ? Number(literal) : Math.min(MOST_BYTES, ...operands.map((e) => bytesOf(l.typeOf(e)) ?? 0));
    // arguments are evaluated in the order of the script: the operands before the length
    const found = operands.map((e) => (l.typeOf(e).kind === 'pointer' ? l.value(e) : l.place(e)));
    const n = typeof literal === 'bigint' ? undefined : upTo(l, l.value(argumentOf(call, 2), uint64), most);
    if (most === 0) return l.b.const(0);
    const [x, y] = operands.map((e, i) => memoryOf(l, e, found[i]!, most, n, call.span)) as [Place, Place];
    return compare(l, x, y, most, n);
  },
});

function upTo(l: LowerContext, asked: Value, most: number): Value {
  return l.select('ugt', asked, most, () => l.b.const(most), () => asked);
}

/** @param n  bytes to read of the `most` that there is room for; undefined: all */
function memoryOf(l: LowerContext, e: Expression, found: Value | Place, most: number, n: Value | undefined, span: Span): Place {
  if ('base' in found) return found;
  const bytes = l.temporary({ kind: 'array', of: uint8, count: most }, 'compared');
  // what is not read has some value as well: the verifier lets no program load what nobody wrote
  if (n) l.b.zero(bytes.base, bytes.offset, most);
  l.probeRead(bytes, found, spaceOf(e, l), span, n);
  return bytes;
}

/** @param n  bytes that count of the `most`; undefined: all */
function compare(l: LowerContext, x: Place, y: Place, most: number, n: Value | undefined): Value {
  const { b } = l;
  const [left, right, beyond, result] = [new Cell('left', u64), new Cell('right', u64), new Cell('beyond', s64), new Cell('compared', s64)];
  const [different, done] = [b.newBlock('different'), b.newBlock('compared')];
  for (let at = 0; at < most;) {
    const width = Math.min(accessWidth(x, at, most - at), accessWidth(y, at, most - at)) as AccessWidth;
    const [p, q] = [b.load(x.base, x.offset + at, width), b.load(y.base, y.offset + at, width)];
    const unlike = b.newBlock('unlike');
    const next = b.newBlock('same');
    b.branch('eq', p, q, next, unlike);
    b.enter(unlike);
    b.write(left, turned(l, p, width));
    b.write(right, turned(l, q, width));
    if (n) b.write(beyond, b.binary('sub', b.const(at + width), n, s64));
    b.jump(different);
    b.enter(next);
    at += width;
  }
  b.write(result, b.const(0));
  b.jump(done);
  b.enter(different);
  const [first, second] = [b.read(left), b.read(right)];
  b.write(result, n ? compareBefore(l, first, second, b.read(beyond)) : order(l, first, second));
  b.jump(done);
  b.enter(done);
  return b.read(result);
}

/** Which of two words that differ is the greater one. */
const order = (l: LowerContext, left: Value, right: Value): Value => l.select('ult', left, right, () => l.b.const(-1), () => l.b.const(1));

/** The same without their last bytes, as many as `beyond` says: none where it is negative, all where it is a word or more. */
function compareBefore(l: LowerContext, left: Value, right: Value, beyond: Value): Value {
  const bits = (): Value => l.b.shl(beyond, 3);
  return l.select('sle', beyond, 0, () => order(l, left, right), () => l.select('sge', beyond, 8, () => l.b.const(0), () => {
    const [first, second] = [l.b.shr(left, bits()), l.b.shr(right, bits())];
    return l.select('eq', first, second, () => l.b.const(0), () => order(l, first, second));
  }));
}

function turned(l: LowerContext, word: Value, width: AccessWidth): Value {
  return width === 1 ? word : l.b.emit('bswap', u64, [word], { width });
}
