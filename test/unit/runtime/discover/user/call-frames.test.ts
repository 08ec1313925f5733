// .eh_frame: rules of the CFA, the frame pointer and the return address from each address on; whatever a file says.

import t from 'tap';
import { readCallFrames } from '../../../../../lib/runtime/discover/user/call-frames.js';
import { DamagedDwarf } from '../../../../../lib/model/dwarf/cursor.js';
import { unwindKind, unwindRule } from '../../../../../lib/model/layout/unwind.js';
import { dice as diceOf } from '../../../../helpers/dice.js';

const kindNames = Object.keys(unwindKind);
const u32 = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];
const entry = (bytes: readonly number[]): number[] => [...u32(bytes.length), ...bytes];
/** version 1, code alignment 1, data alignment -8, return address 16, pointers of 4 bytes; CFA is rsp+8, the return address at -8 */
const cie = (augmentation = 'zR', pointers = 0x03, instructions: readonly number[] = [0x0c, 7, 8, 0x90, 1]): number[] => entry([...u32(0), 1, ...Buffer.from(`${augmentation}\0`), 1, 0x78, 16, 1, pointers, ...instructions]);

/** A section of a CIE and functions: begin, size, instructions. */
function section(first: readonly number[], ...functions: readonly (readonly [begin: number, size: number, instructions: readonly number[]])[]): Uint8Array {
  const bytes = [...first];
  for (const [begin, size, instructions] of functions) bytes.push(...entry([...u32(bytes.length + 4), ...u32(begin), ...u32(size), 0, ...instructions]));
  return Uint8Array.from([...bytes, ...u32(0)]);
}

function rows(bytes: Uint8Array): string[] {
  const { count, addresses, rules } = readCallFrames(bytes, 0);
  return Array.from({ length: count }, (_, i) => {
    const part = ([shift, bits]: readonly [number, number]): number => (rules[i]! >>> shift) & (2 ** bits - 1);
    return [addresses[i]!.toString(16), kindNames[part(unwindRule.kind)], part(unwindRule.offset) * 8, part(unwindRule.saved)].join(' ');
  });
}

const none = '0 uncovered 0 0';
const cases: [what: string, bytes: Uint8Array, want: string[]][] = [
  ['a push and a pop', section(cie(), [0x1000, 0x20, [0x41, 0x0e, 16, 0x86, 2, 0x4f, 0x0e, 8, 0xc6]]), [none, '1000 stackPointer 8 0', '1001 stackPointer 16 2', '1010 stackPointer 8 0', '1020 uncovered 0 0']],
  ['a frame pointer, remembered and restored', section(cie(), [0x1000, 0x20, [0x44, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x44, 0x0a, 0x0c, 7, 8, 0x41, 0x0b]]), [
    none, '1000 stackPointer 8 0', '1004 stackPointer 16 2', '1007 framePointer 16 2', '100b stackPointer 8 2', '100c framePointer 16 2', '1020 uncovered 0 0']],
  ['a wide step, a large frame', section(cie(), [0x1000, 0x1000, [0x03, 0x34, 0x02, 0x0e, 0xa0, 0x1f]]), [none, '1000 stackPointer 8 0', '1234 stackPointer 4000 0', '2000 uncovered 0 0']],
  ['where a thread begins', section(cie(), [0x1000, 0x20, [0x07, 16]]), [none, '1000 end 0 0', '1020 uncovered 0 0']],
  ['.plt', section(cie(), [0x1000, 0x20, [0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22]]), [none, '1000 plt 8 11', '1020 uncovered 0 0']],
  ['a stack that is aligned', section(cie(), [0x1000, 0x20, [0x10, 6, 2, 0x76, 0, 0x0f, 3, 0x76, 0x78, 6]]), [none, '1000 indirect 8 0', '1020 uncovered 0 0']],
  ['a signal frame', section(cie('zRS'), [0x1000, 0x20, []]), [none, '1000 signal 0 0', '1020 uncovered 0 0']],
  ['another register', section(cie(), [0x1000, 0x20, [0x41, 0x0d, 3]]), [none, '1000 stackPointer 8 0', '1001 uncovered 0 0']],
  ['a return address elsewhere', section(cie(), [0x1000, 0x20, [0x90, 2]]), [none]],
  ['in any order, with padding between', section(cie(), [0x1020, 0x10, []], [0x1000, 0x11, [0x41, 0x0e, 16]]), [none, '1000 stackPointer 8 0', '1001 stackPointer 16 0', '1020 stackPointer 8 0', '1030 uncovered 0 0']],
  ['with a gap between', section(cie(), [0x1000, 0x10, []], [0x1020, 0x10, []]), [none, '1000 stackPointer 8 0', '1010 uncovered 0 0', '1020 stackPointer 8 0', '1030 uncovered 0 0']],
  ['one of them damaged', section(cie(), [0x1000, 0x20, [0x3e]], [0x1040, 0x20, []]), [none, '1040 stackPointer 8 0', '1060 uncovered 0 0']],
  ['relative to the place', section(cie('zR', 0x13), [0x1000, 0x10, []]), [none, `${(0x1000 + cie().length + 8).toString(16)} stackPointer 8 0`, `${(0x1010 + cie().length + 8).toString(16)} uncovered 0 0`]],
  ['of another machine', section(entry([...u32(0), 1, ...Buffer.from('zR\0'), 1, 0x78, 30, 1, 3]), [0x1000, 0x10, []]), [none]],
  ['nothing', new Uint8Array(0), [none]],
];
for (const [what, bytes, want] of cases) t.test(what, async (t) => { t.strictSame(rows(bytes), want); });

t.test('whatever a file says', async (t) => {
  const dice = diceOf(11);
  const whole = section(cie(), ...Array.from({ length: 40 }, (_, i) => [0x1000 * (i + 1), 0x800, [0x41, 0x0e, 16, 0x86, 2, 0x0a, 0x43, 0x0d, 6, 0x50, 0x0b, 0x02, 9, 0x10, 6, 2, 0x76, 0]] as const));
  let damaged = 0;
  for (let turn = 0; turn < 20_000; turn++) {
    const bytes = whole.slice(0, dice.below(4) === 0 ? dice.below(whole.length) : whole.length);
    for (let i = 0; i <= dice.below(6) && bytes.length > 0; i++) bytes[dice.below(bytes.length)] = dice.below(256);
    try {
      const { count, addresses } = readCallFrames(bytes, 0);
      if (addresses.subarray(1, count).some((address, i) => address <= addresses[i]!)) t.fail(`rows go backwards in turn ${turn}`);
    } catch (error) {
      if (!(error instanceof DamagedDwarf)) throw error;
      damaged++;
    }
  }
  t.ok(damaged > 0 && damaged < 20_000, `${damaged} sections were refused as a whole`);
});
