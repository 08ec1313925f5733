import t from 'tap';
import type { Value } from '../../../lib/model/layout/value.js';
import { type Type, bool, int16, int32, int64, int8, none, string, uint32, uint64, uint8 } from '../../../lib/model/types/types.js';
import { checkFormat, parseFormat } from '../../../lib/language/format.js';
import { compileFormat } from '../../../lib/language/format/convert.js';
import { gfpNames } from '../../../lib/language/format/gfp.js';
import { compileText, plainRendering } from '../../../lib/runtime/output/index.js';

const texts = { textOf: (type: Type) => compileText(type, plainRendering) };
const format = (text: string, args: readonly (readonly [Type, Value])[]): string =>
  compileFormat(parseFormat(text), args.map(([type]) => type), texts)(args.map(([, value]) => value));

const buffer: Type = { kind: 'buffer', capacity: 64 };
const color: Type = { kind: 'enum', name: 'color', bytes: 4, members: [['RED', 1n], ['BLUE', 2n]] };
const pointer: Type = { kind: 'pointer', to: int8, space: 'kernel' };
const bytes = Uint8Array.of(0x61, 0x0a, 0xff, 0x20, 0x7e, 0x7f);

const cases: readonly (readonly [text: string, args: readonly (readonly [Type, Value])[], want: string])[] = [
  // appendix A
  ['%5d|%-5d|%05d|%x|%#x\n', [[int8, 42], [int8, 42], [int8, 42], [int16, 255], [int16, 255]], '   42|42   |00042|ff|0xff\n'],
  ['%d %lld\n', [[int64, 4294967297n], [int64, 4294967297n]], '1 4294967297\n'],
  ['%s %d\n', [[bool, true], [bool, true]], 'true 1\n'],
  ['%s %d\n', [[color, 1n], [color, 1n]], 'RED 1\n'],
  // literal text
  ['100%% %', [], '100% %'],
  ['%y %5%', [], '%y %5%'],
  ['%+-5d|', [], '%+-5d|'],
  // signs and widths of integers
  ['%d', [[uint32, 0xffff_ffff]], '-1'],
  ['%u', [[int8, -1]], '4294967295'],
  ['%hhd %hd', [[int32, 0x1ff], [int32, 0x18000]], '-1 -32768'],
  ['%hhu', [[int64, -1n]], '255'],
  ['%lu', [[int8, -1]], '18446744073709551615'],
  ['%ld', [[uint64, (1n << 64n) - 1n]], '-1'],
  ['%lu', [[uint64, (1n << 64n) - 1n]], '18446744073709551615'],
  ['%jd %zd %td %Ld', [[int64, 1n << 40n], [int64, 1n << 40n], [int64, 1n << 40n], [int64, 1n << 40n]], '1099511627776 1099511627776 1099511627776 1099511627776'],
  ['%x', [[uint64, 0x12345678abcdefn]], '78abcdef'],
  ['%lx', [[uint64, 0x12345678abcdefn]], '12345678abcdef'],
  ['%llX', [[uint64, 0xabcdefn]], 'ABCDEF'],
  ['%x', [[int8, -1]], 'ffffffff'],
  ['%o %#o', [[uint8, 8], [uint8, 8]], '10 010'],
  ['%#x %#X %#x', [[uint8, 0], [uint8, 255], [uint8, 255]], '0 0XFF 0xff'],
  ['%i', [[int32, -7]], '-7'],
  ['%+d % d %+d', [[int32, 7], [int32, 7], [int32, -7]], '+7  7 -7'],
  ['%06d|%-06d|%+05d', [[int32, -42], [int32, -42], [int32, 42]], '-00042|-42   |+0042'],
  ['%#08x|%08x', [[uint32, 255], [uint32, 255]], '0x0000ff|000000ff'],
  ['%.3d', [[int32, 5]], '5'],
  ['%*d|%.*d', [[int32, 5], [int32, 6]], '5|6'],
  ['%d', [[bool, false]], '0'],
  // characters, pointers
  ['%c%c', [[int8, 65], [int64, 0x141n]], 'AA'],
  ['%3c|', [[int8, 65]], '  A|'],
  ['%p %p', [[pointer, 0xffff_8880_0000_1234n], [pointer, 0n]], '0xffff888000001234 0'],
  ['%p', [[int8, -1]], '0xffffffffffffffff'],
  ['%20p|', [[uint64, 0x1fn]], '                0x1f|'],
  // rendered text
  ['%s', [[string(8), 'bash']], 'bash'],
  ['%6s|%-6s|%3s', [[string(8), 'bash'], [string(8), 'bash'], [string(8), 'bash']], '  bash|bash  |bash'],
  ['%.2s', [[string(8), 'bash']], 'bash'],
  ['%s', [[pointer, 0x1fn]], '0x1f'],
  ['%6s|%+s', [[int32, -5], [int32, 5]], '    -5|+5'],
  ['%s', [[{ kind: 'tuple', elements: [int8, string(3)] }, [1, 'ab']]], '(1, ab)'],
  ['%8s|', [[{ kind: 'tuple', elements: [int8, string(3)] }, [1, 'ab']]], ' (1, ab)|'],
  // buffers
  ['%r', [[buffer, bytes]], 'a\\x0a\\xff ~\\x7f'],
  ['%rx', [[buffer, bytes]], '\\x61\\x0a\\xff\\x20\\x7e\\x7f'],
  ['%rh', [[buffer, bytes]], '61 0a ff 20 7e 7f'],
  ['%s', [[buffer, bytes]], 'a\\x0a\\xff ~\\x7f'],
  ['%4r|', [[buffer, Uint8Array.of(0x61)]], '   a|'],
  // allocation flags
  ['%gr', [[uint32, 0xdc0]], 'GFP_KERNEL|__GFP_ZERO'],
  ['%gr %gr', [[uint32, 0], [uint64, 0xcc0n]], '0 GFP_KERNEL'],
];
for (const [text, args, want] of cases) {
  t.test(`${JSON.stringify(text)} of ${args.map(([, value]) => String(value)).join(', ')}`, async (t) => {
    t.equal(checkFormat(parseFormat(text), args.map(([type]) => type)), undefined);
    t.equal(format(text, args), want);
  });
}

const gfp: readonly (readonly [number, string])[] = [
  [0xcc0, 'GFP_KERNEL'], [0x820, 'GFP_ATOMIC'], [0xa20, 'GFP_ATOMIC'], [0x100cca, 'GFP_HIGHUSER_MOVABLE'], [0x400cc0, 'GFP_KERNEL_ACCOUNT'],
  [0x40, '__GFP_IO'], [0x1, 'GFP_DMA'], [0x4000_0000, '0x40000000'], [0x8000_0cc0, 'GFP_KERNEL|0x80000000'], [0xdc0, 'GFP_KERNEL|__GFP_ZERO'],
];
for (const [value, want] of gfp) t.test(`GFP ${value.toString(16)}`, async (t) => { t.equal(gfpNames(value), want); });

const errors: readonly (readonly [text: string, types: readonly Type[], want: string])[] = [
  ['%d %d', [int8], 'not enough arguments for format string (1 supplied, 2 expected)'],
  ['%d %d', [int8, int8, int8], 'too many arguments for format string (3 supplied, 2 expected)'],
  ['plain', [int8], 'too many arguments for format string (1 supplied, 0 expected)'],
  ['%f', [int8], 'unsupported format specifier: f'],
  ['%g', [int8], 'unsupported format specifier: g'],
  ['%n', [int8], 'unsupported format specifier: n'],
  ['%d', [string(4)], "unsupported format specifier for type 'string[4]': d"],
  ['%r', [string(4)], "unsupported format specifier for type 'string[4]': r"],
  ['%rx', [int64], "unsupported format specifier for type 'int64': rx"],
  ['%gr', [string(4)], "unsupported format specifier for type 'string[4]': gr"],
  ['%s', [none], 'unable to print none type for specifier: s'],
  ['%s', [{ kind: 'aggregate', name: 'hist', signed: true, parameters: [0n] }], "unsupported format specifier for type 'hist_t': s"],
];
for (const [text, types, want] of errors) t.test(`${text}: ${want}`, async (t) => { t.equal(checkFormat(parseFormat(text), types)?.message.text, want); });

t.test('castable aggregates are integers', async (t) => {
  t.equal(checkFormat(parseFormat('%d'), [{ kind: 'aggregate', name: 'count', signed: false, parameters: [] }]), undefined);
});

t.test('pieces are plain data', async (t) => {
  const pieces = parseFormat('a %-5s b\n');
  t.same(JSON.parse(JSON.stringify(pieces)), pieces);
  t.same(pieces.map((piece) => (typeof piece === 'string' ? piece : piece.conversion)), ['a ', 's', ' b\n']);
});

t.test('a value that cannot be converted', async (t) => {
  t.equal(format('[%d]', [[int8, null]]), '[!{not an integer}]');
});
