// Arguments of user-space probes: loads of registers and of the process's memory, as the operand of the note says.
//
//   idea   every value is brought to the top of a word and shifted down again, with or without its sign: so sizes that C does not have work
//          like those that it has

import type { Value } from '../../../model/ir/ir.js';
import type { ArgumentSource } from '../../../model/layout/manifest.js';
import { type UsdtSum, type UsdtTerm, usdtCookie } from '../../../model/layout/usdt.js';
import type { Span } from '../../../model/source/source.js';
import { uint64 } from '../../../model/types/types.js';
import type { LowerContext } from '../../../language/record.js';

const WORD_BYTES = 8;

/** An argument in a register, sign or zero extended to 64 bits. */
export function loadRegister(l: LowerContext, { register, sizeBytes, signed }: Extract<ArgumentSource, { kind: 'register' }>): Value {
  return lowBits(l, l.register(register), 0, sizeBytes * 8, signed);
}

/** The value, sign or zero extended to 64 bits. */
export function loadUsdtArgument(l: LowerContext, { operand, sizeBytes, signed }: Extract<ArgumentSource, { kind: 'usdt' }>, span: Span): Value {
  const bits = sizeBytes * 8;
  switch (operand.kind) {
    case 'register': return lowBits(l, l.register(operand.register), operand.shift, Math.min(bits, operand.bits), signed);
    case 'value': return lowBits(l, sumOf(l, operand.sum), 0, bits, signed);
    case 'memory': {
      const to = l.temporary(uint64, 'argument');
      const address = sumOf(l, operand.sum);
      l.b.store(to.base, to.offset, 8, l.b.const(0));
      l.probeRead(to, address, 'user', span, l.b.const(sizeBytes));
      return lowBits(l, l.b.load(to.base, to.offset, 8), 0, bits, signed);
    }
  }
}

function sumOf(l: LowerContext, { displacement, terms, bits }: UsdtSum): Value {
  const parts = terms.map((term) => termOf(l, term));
  const sum = parts.reduce<Value | undefined>((total, part) => (total === undefined ? part : l.b.add(total, part)), undefined);
  if (sum !== undefined && displacement === 0n) return lowBits(l, sum, 0, bits, false);
  const number = typeof displacement === 'bigint' ? l.b.const(displacement) : numberOf(l, displacement.column);
  return lowBits(l, sum === undefined ? number : l.b.add(sum, number), 0, bits, false);
}

/** From the table, whose row the cookie of the link says. */
function numberOf(l: LowerContext, column: number): Value {
  const { b } = l;
  const numbers = l.probe.numbers!;
  const rowBytes = numbers[0]!.length * WORD_BYTES;
  // The cookie never says a row outside of the table; that the verifier knows it, too, the table has a power of two of them.
  const rows = 2 ** Math.ceil(Math.log2(numbers.length));
  const table = new DataView(new ArrayBuffer(rows * rowBytes));
  numbers.forEach((row, i) => row.forEach((number, j) => table.setBigUint64(i * rowBytes + j * WORD_BYTES, BigInt.asUintN(64, number), true)));
  const row = b.and(b.shr(b.call('get_attach_cookie', [l.context]), usdtCookie.rowShift), rows - 1);
  const entry = b.add(l.constant(new Uint8Array(table.buffer)), b.binary('mul', row, b.const(rowBytes)));
  return b.load(entry, column * WORD_BYTES, WORD_BYTES);
}

function termOf(l: LowerContext, { register, bits, signed, shift }: UsdtTerm): Value {
  const value = lowBits(l, l.register(register), 0, bits, signed);
  return shift === 0 ? value : l.b.shl(value, shift);
}

function lowBits({ b }: LowerContext, word: Value, from: number, bits: number, signed: boolean): Value {
  if (from === 0 && bits === 64) return word;
  const top = b.shl(word, 64 - bits - from);
  return signed ? b.binary('ashr', top, b.const(64 - bits)) : b.shr(top, 64 - bits);
}
