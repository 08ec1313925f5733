// Comparing bytes: memcmp.
//
//   idea   word by word. Of two words that differ the one with the greater first byte is the greater one once its bytes are turned round

import { s64, u64, type Value } from '../../model/ir/ir.js';
import { Cell } from '../../model/ir/builder.js';
import type { Expression } from '../../model/syntax/nodes.js';
import { sizeInC } from '../../model/types/size.js';
import { type Type, int32, spellType, uint8 } from '../../model/types/types.js';
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
    { name: 'n', accepts: 'literal integer', doc: `bytes, a literal up to ${MOST_BYTES}` },
  ],
  check(call, c) {
    const n = c.literal(call.args[2]!);
    if (typeof n === 'bigint' && (n < 0n || n > BigInt(MOST_BYTES))) c.report(say.badByteCount.at(call.args[2]!.span, { most: MOST_BYTES, given: n }));
    for (const operand of call.args.slice(0, 2)) {
      const type = c.typeOf(operand);
      const size = bytesOf(type);
      if (size === undefined && !(type.kind === 'none' && c.settling)) c.report(say.noMemory.at(operand.span, { type: spellType(type) }));
      else if (size !== undefined && typeof n === 'bigint' && n <= BigInt(MOST_BYTES) && n > BigInt(size)) c.report(say.fewerBytes.at(operand.span, { size, wanted: n }));
    }
    return int32;
  },
  lower(call, l) {
    const n = Number(l.literal(call.args[2]!));
    const x = memoryOf(l, argumentOf(call, 0), n, call.span);
    const y = memoryOf(l, argumentOf(call, 1), n, call.span);
    return n === 0 ? l.b.const(0) : compare(l, x, y, n);
  },
});

function memoryOf(l: LowerContext, e: Expression, n: number, span: Span): Place {
  if (l.typeOf(e).kind !== 'pointer' || n === 0) return l.place(e);
  const bytes = l.temporary({ kind: 'array', of: uint8, count: n }, 'compared');
  l.probeRead(bytes, l.value(e), spaceOf(e, l), span);
  return bytes;
}

function compare(l: LowerContext, x: Place, y: Place, n: number): Value {
  const { b } = l;
  const [left, right, result] = [new Cell('left', u64), new Cell('right', u64), new Cell('compared', s64)];
  const [different, done] = [b.newBlock('different'), b.newBlock('compared')];
  for (let at = 0; at < n;) {
    const width = Math.min(accessWidth(x, at, n - at), accessWidth(y, at, n - at)) as AccessWidth;
    const [p, q] = [b.load(x.base, x.offset + at, width), b.load(y.base, y.offset + at, width)];
    const unlike = b.newBlock('unlike');
    const next = b.newBlock('same');
    b.branch('eq', p, q, next, unlike);
    b.enter(unlike);
    b.write(left, turned(l, p, width));
    b.write(right, turned(l, q, width));
    b.jump(different);
    b.enter(next);
    at += width;
  }
  b.write(result, b.const(0));
  b.jump(done);
  b.enter(different);
  b.write(result, l.select('ult', b.read(left), b.read(right), () => b.const(-1), () => b.const(1)));
  b.jump(done);
  b.enter(done);
  return b.read(result);
}

function turned(l: LowerContext, word: Value, width: AccessWidth): Value {
  return width === 1 ? word : l.b.emit('bswap', u64, [word], { width });
}
