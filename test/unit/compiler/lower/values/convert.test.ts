// Which types fit a register, and what a conversion between them does to it.

import t from 'tap';
import { convertScalar, irType, isScalar, widthOf } from '../../../../../lib/compiler/lower/values/convert.js';
import { IrBuilder } from '../../../../../lib/model/ir/builder.js';
import { Func } from '../../../../../lib/model/ir/ir.js';
import { printType, printValue } from '../../../../../lib/model/ir/text.js';
import { type Type, bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64 } from '../../../../../lib/model/types/types.js';

const pointer: Type = { kind: 'pointer', to: int32, space: 'kernel' };
const colour: Type = { kind: 'enum', name: 'colour', bytes: 4, members: [['red', 0n], ['green', 1n]] };
const error: Type = { kind: 'enum', name: 'error', bytes: 4, members: [['none', 0n], ['some', -1n]] };
const text: Type = { kind: 'string', capacity: 8 };
const pair: Type = { kind: 'tuple', elements: [int8, int8] };

const registers: [name: string, type: Type, bytes: number, ir: string][] = [
  ['int8', int8, 1, 's8'],
  ['uint32', uint32, 4, 'u32'],
  ['int64', int64, 8, 's64'],
  ['bool', bool, 1, 'u8'],
  ['a pointer', pointer, 8, 'u64'],
  ['an enum without negative enumerators', colour, 8, 'u64'],
  ['an enum with a negative enumerator', error, 8, 's64'],
];
for (const [name, type, bytes, ir] of registers) {
  t.test(`${name} fits a register`, async (t) => {
    t.ok(isScalar(type));
    t.equal(widthOf(type), bytes);
    t.equal(printType(irType(type)), ir);
  });
}

for (const type of [text, pair]) t.test(`a ${type.kind} does not`, async (t) => { t.notOk(isScalar(type)); });

/** The instruction that converts v0, or that there is none. */
function converted(from: Type, to: Type): string {
  const b = new IrBuilder(new Func('f', 'callback', '.text'));
  const before = b.parameter(irType(from));
  const after = convertScalar(b, before, from, to);
  return after === before ? 'the same' : printValue(after);
}

const conversions: [title: string, from: Type, to: Type, want: string][] = [
  ['int8 -> int64: sign extended already', int8, int64, 'the same'],
  ['uint8 -> int16: fits', uint8, int16, 'the same'],
  ['uint8 -> int8: the top bit becomes the sign', uint8, int8, 'v1: s8 = extend v0 width=1 signed'],
  ['int8 -> uint8: bits above are cleared', int8, uint8, 'v1: u8 = extend v0 width=1 unsigned'],
  ['int8 -> uint32: the sign extends within 4 bytes', int8, uint32, 'v1: u32 = extend v0 width=4 unsigned'],
  ['int64 -> int16: cut', int64, int16, 'v1: s16 = extend v0 width=2 signed'],
  ['uint64 -> uint16: cut', uint64, uint16, 'v1: u16 = extend v0 width=2 unsigned'],
  ['int32 -> uint64: the same bits', int32, uint64, 'the same'],
  ['bool -> int64', bool, int64, 'the same'],
  ['a pointer -> uint64', pointer, uint64, 'the same'],
  ['uint64 -> a pointer', uint64, pointer, 'the same'],
  ['uint64 -> an enum of 4 bytes', uint64, colour, 'v1: u32 = extend v0 width=4 unsigned'],
  ['int64 -> an enum with negative enumerators', int64, error, 'v1: s32 = extend v0 width=4 signed'],
  ['an enum -> itself', colour, colour, 'the same'],
];
for (const [title, from, to, want] of conversions) t.test(title, async (t) => { t.equal(converted(from, to), want); });

t.test('int32 -> bool: whether it is not 0', async (t) => {
  t.match(converted(int32, bool), /^v\d+: u8 = ne v0, v\d+$/);
});

const constants: [value: bigint, to: Type, want: bigint][] = [
  [-1n, uint8, 255n],
  [-1n, uint64, 0xffff_ffff_ffff_ffffn],
  [300n, uint8, 44n],
  [200n, int8, -56n],
  [0x1_0000_0001n, int32, 1n],
];
for (const [value, to, want] of constants) {
  t.test(`the constant ${value} as ${printType(irType(to))} is ${want}, without an instruction`, async (t) => {
    const b = new IrBuilder(new Func('f', 'callback', '.text'));
    const after = convertScalar(b, b.const(value), int64, to);
    t.ok(after.isConst);
    t.equal(to.kind === 'int' && !to.signed ? BigInt.asUintN(to.bits, after.constant) : after.constant, want);
  });
}
