import t from 'tap';
import { layoutRecord } from '../../../../lib/model/layout/layout.js';
import { type Type, bool, int16, int32, int64, int8, string, uint16, uint32, uint64, uint8 } from '../../../../lib/model/types/types.js';
import { parseFormat } from '../../../../lib/language/format.js';
import { compileFormat } from '../../../../lib/language/format/convert.js';
import { compileRecordFormat, recordReader } from '../../../../lib/runtime/collect/index.js';
import { compileText, plainRendering } from '../../../../lib/runtime/output/index.js';
import { type Sample, encodeRecord } from './support.js';

const isString = (type: Type): boolean => type.kind === 'string';
const fixed = (): boolean => false;

t.test('fixed and dynamic arguments', async (t) => {
  const types = [uint32, string(16), uint64, string(8), int8];
  const values = [7, 'kworker/0:1', 1n << 60n, 'äö', -1];
  for (const dynamic of [isString, fixed]) {
    const layout = layoutRecord(types, dynamic);
    t.same(recordReader(layout)(encodeRecord(layout, values), 16, 0), values);
  }
});

t.test('a dynamic string as long as its capacity was cut', async (t) => {
  const layout = layoutRecord([string(4), string(8)], isString);
  t.same(recordReader(layout)(encodeRecord(layout, ['abcd', 'ef']), 16, 0), ['abcd..', 'ef']);
  t.same(recordReader(layout, { truncationTrailer: '' })(encodeRecord(layout, ['abcd', 'ef']), 16, 0), ['abcd', 'ef']);
});

t.test('strings that share a place in the table of known texts', async (t) => {
  const layout = layoutRecord([string(16)], isString);
  const read = recordReader(layout);
  const texts = Array.from({ length: 20000 }, (_, i) => `name${(i * 7919) % 10007}`);
  t.equal(texts.every((text) => read(encodeRecord(layout, [text]), 16, 0)[0] === text), true);
});

const texts = { textOf: (type: Type) => compileText(type, plainRendering) };
const pointer: Type = { kind: 'pointer', to: int8, space: 'kernel' };
const color: Type = { kind: 'enum', name: 'color', bytes: 4, members: [['RED', 1n]] };
const samples: readonly (readonly [Type, readonly Sample[]])[] = [
  [int8, [0, -1, 127]], [uint8, [0, 255]], [int16, [-2, 32767]], [uint16, [65535]], [int32, [-3, 2147483647]], [uint32, [0xffffffff]],
  [int64, [0n, -1n, 5n, 1n << 53n, -(1n << 53n) - 1n, -(1n << 63n), (1n << 63n) - 1n, 0x12345678abcdefn, -(1n << 52n)]],
  [uint64, [0n, 5n, (1n << 53n) - 1n, (1n << 53n) + 1n, (1n << 64n) - 1n, 1n << 32n]],
  [bool, [0, 1]], [pointer, [0n, 0xffff888000001234n]], [color, [1n, 9n]],
];
const conversions = ['%d', '%hhd', '%hd', '%lld', '%u', '%hhu', '%lu', '%x', '%#lx', '%llX', '%o', '%c', '%p', '%5d', '%-25lld|', '%025ld', '%+d', '% ld', '%s', '%8s', '%+s'];

t.test('straight to text is what decoding first gives', async (t) => {
  const differences: string[] = [];
  for (const [type, values] of samples) {
    const layout = layoutRecord([uint8, type], fixed);
    for (const conversion of conversions) {
      const pieces = parseFormat(`<%u ${conversion}>\n`);
      const direct = compileRecordFormat(layout, pieces, texts);
      const decoded = compileFormat(pieces, [uint8, type], texts);
      for (const value of values) {
        const view = encodeRecord(layout, [3, value]);
        const want = decoded(recordReader(layout)(view, 16, 0));
        const found = direct(view, 16);
        if (found !== want) differences.push(`${conversion} of ${String(value)} as ${type.kind}: ${found} instead of ${want}`);
      }
    }
  }
  t.same(differences, []);
});

t.test('printf of strings and buffers', async (t) => {
  const types: Type[] = [uint32, string(16), { kind: 'buffer', capacity: 8 }, string(4), uint64];
  for (const dynamic of [isString, fixed]) {
    const layout = layoutRecord(types, dynamic);
    const format = compileRecordFormat(layout, parseFormat('%d %-6s|%r %s %d\n'), texts);
    t.equal(format(encodeRecord(layout, [42, 'bash', Uint8Array.of(0x41, 0), 'abcd', 4096n]), 16), '42 bash  |A\\x00 abcd.. 4096\n');
  }
});

t.test('no arguments', async (t) => {
  const layout = layoutRecord([], fixed);
  t.equal(compileRecordFormat(layout, parseFormat('hello\n'), texts)(encodeRecord(layout, []), 16), 'hello\n');
});

t.test('a failing conversion is named in the text', async (t) => {
  const layout = layoutRecord([string(4), uint8], fixed);
  const failing = { textOf: () => () => { throw new Error('no such thing'); } };
  t.equal(compileRecordFormat(layout, parseFormat('[%s] %d'), failing)(encodeRecord(layout, ['a', 1]), 16), '[!{no such thing}] 1');
});

t.test('a format that does not fit its record is refused', async (t) => {
  t.throws(() => compileRecordFormat(layoutRecord([uint8], fixed), parseFormat('%d %d'), texts), /2 conversions meets records of 1/);
});
