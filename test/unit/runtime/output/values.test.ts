import t from 'tap';
import type { Value } from '../../../../lib/model/layout/value.js';
import { type StructType, type Type, bool, int32, int64, int8, none, string, uint32, uint64 } from '../../../../lib/model/types/types.js';
import { compileJson, compileText } from '../../../../lib/runtime/output/index.js';
import { rendering } from './support.js';

const color: Type = { kind: 'enum', name: 'color', bytes: 4, members: [['RED', 1n], ['BLUE', 2n], ['LESS', -1n]] };
const pointer: Type = { kind: 'pointer', to: int8, space: 'kernel' };
const buffer: Type = { kind: 'buffer', capacity: 8 };
const inner: Type = { kind: 'record', fields: [{ name: 'c', type: string(4) }] };
const struct: StructType = {
  kind: 'struct', tag: 'struct', name: 's', size: 16,
  fields: [{ name: 'm', type: int32, offset: 0 }, { name: '', offset: 8, type: { kind: 'struct', tag: 'union', name: '', size: 4, fields: [{ name: 'n', type: int32, offset: 0 }] } }, { name: 'f', type: none, offset: 12 }],
};
const stack = (space: 'kernel' | 'user', mode: 'bpftrace' | 'perf' | 'raw' | 'build_id'): Type => ({ kind: 'stack', space, mode, limit: 127 });
const trace = (addresses: bigint[], more: object = {}): Value => ({ $: 'stack', addresses, pid: 42, program: 0, ...more });
const timestamp: Type = { kind: 'timestamp', formats: [] };
const time = (clock: 'boot' | 'tai', ns: bigint): Value => ({ $: 'timestamp', ns, format: '%S.%f', clock });

const cases: readonly (readonly [title: string, type: Type, value: Value, text: string, json: string])[] = [
  ['int', int8, -5, '-5', '-5'],
  ['uint64', uint64, (1n << 64n) - 1n, '18446744073709551615', '"18446744073709551615"'],
  ['not exactly a double', int64, 9007199254740993n, '9007199254740993', '"9007199254740993"'],
  ['exactly a double, though large', int64, 1n << 60n, '1152921504606846976', '1152921504606846976'],
  ['bool', bool, true, 'true', 'true'],
  ['bool', bool, false, 'false', 'false'],
  ['string', string(8), 'a "b"', 'a "b"', '"a \\"b\\""'],
  ['pointer', pointer, 0x1fn, '0x1f', '31'],
  ['enum', color, 2n, 'BLUE', '2'],
  ['enum, unknown', color, 9n, '9', '9'],
  ['enum, negative', color, -1n, 'LESS', '-1'],
  ['array', { kind: 'array', of: int8, count: 3 }, [1, 2, 3], '[1,2,3]', '[1,2,3]'],
  ['array of arrays', { kind: 'array', of: { kind: 'array', of: int8, count: 2 }, count: 2 }, [[1, 2], [3, 4]], '[[1,2],[3,4]]', '[[1,2],[3,4]]'],
  ['tuple (appendix A 2)', { kind: 'tuple', elements: [int8, string(3), { kind: 'tuple', elements: [bool, int8] }] }, [1, 'ab', [true, -3]], '(1, ab, (true, -3))', '[1,"ab",[true,-3]]'],
  ['record (appendix A 9)', { kind: 'record', fields: [{ name: 'b', type: int8 }, { name: 'a', type: string(2) }] }, { b: 2, a: 'x' }, '{ .b = 2, .a = x }', '{"b": 2, "a": "x"}'],
  ['record in a record', { kind: 'record', fields: [{ name: 'a', type: int8 }, { name: 'b', type: inner }] }, { a: 1, b: { c: 'x' } }, '{ .a = 1, .b = { .c = x } }', '{"a": 1, "b": {"c": "x"}}'],
  ['empty record', { kind: 'record', fields: [] }, {}, '{}', '{}'],
  ['struct with an anonymous union and a float', struct, { m: 2, n: 3, f: null }, '{ .m = 2, .n = 3, .f = null }', '{"m": 2, "n": 3, "f": null}'],
  ['none', none, null, 'null', 'null'],
  ['buffer', buffer, Uint8Array.of(104, 105, 255), 'hi\\xff', '[104,105,-1]'],
  ['ksym', { kind: 'ksym' }, { $: 'symbol', address: 0x10n, pid: 0, program: 0 }, 'vfs_read', '"vfs_read"'],
  ['ksym, unknown', { kind: 'ksym' }, { $: 'symbol', address: 0xabcn, pid: 0, program: 0 }, '0xabc', '"0xabc"'],
  ['usym', { kind: 'usym' }, { $: 'symbol', address: 0x20n, pid: 42, program: 3 }, 'main<42,3>', '"main<42,3>"'],
  ['username', { kind: 'username' }, 0n, 'root', '"root"'],
  ['username, unknown', { kind: 'username' }, 4711n, '', '""'],
  ['inet', { kind: 'inet' }, 'fe80::1', 'fe80::1', '"fe80::1"'],
  ['mac', { kind: 'mac' }, 'AA:BB:CC:DD:EE:FF', 'AA:BB:CC:DD:EE:FF', '"AA:BB:CC:DD:EE:FF"'],
  ['cgroup_path', { kind: 'cgroup_path', filter: '*' }, 7n, 'unified:/a/b*', '"unified:/a/b*"'],
  ['timestamp of the boot clock', timestamp, time('boot', 500_000_000n), '01.500000', '"01.500000"'],
  ['timestamp of the TAI clock', timestamp, time('tai', 7_000_001_000n), '07.000001', '"07.000001"'],
  ['timestamp never taken', timestamp, time('boot', 0n), '(?)', '"(?)"'],
  // stacks, language.md 4.4
  ['kstack', stack('kernel', 'bpftrace'), trace([0x10n, 0xabn]), '\n        vfs_read+5\n        0xab\n', '"\\n        vfs_read+5\\n        0xab\\n"'],
  ['kstack, empty', stack('kernel', 'bpftrace'), trace([]), '\n', '"\\n"'],
  ['ustack, debug information and inlining', stack('user', 'bpftrace'), trace([0x11n]), '\n        [inlined] inner@fs/read_write.c:7\n        ksys_read+98@fs/read_write.c:20\n', '"\\n        [inlined] inner@fs/read_write.c:7\\n        ksys_read+98@fs/read_write.c:20\\n"'],
  ['kstack(perf)', stack('kernel', 'perf'), trace([0x11n, 0xabn]), '\n\t11 inner (inlined)\n\t11 ksys_read+98\n\tab 0xab\n', '"\\n\\t11 inner (inlined)\\n\\t11 ksys_read+98\\n\\tab 0xab\\n"'],
  ['ustack(perf)', stack('user', 'perf'), trace([0x10n, 0xabn]), '\n\t10 vfs_read+5 (/bin/cat)\n\tab 0xab ([unknown])\n', '"\\n\\t10 vfs_read+5 (/bin/cat)\\n\\tab 0xab ([unknown])\\n"'],
  ['kstack(raw)', stack('kernel', 'raw'), trace([0xffffffff81000010n, 0xabn]), '\nffffffff81000010\nab\n', '"\\nffffffff81000010\\nab\\n"'],
  ['ustack(build_id)', stack('user', 'build_id'), trace([0x1234n, 0x7f00n], { buildIds: ['0011', undefined] }), '\n0011 0x1234\n7f00\n', '"\\n0011 0x1234\\n7f00\\n"'],
  ['unwinder failure', stack('user', 'bpftrace'), trace([0x10n, (1n << 64n) - 1n, 0x10n]), '\n        vfs_read+5\n        <unwind failure>\n', '"\\n        vfs_read+5\\n        <unwind failure>\\n"'],
  ['stats', { kind: 'aggregate', name: 'stats', signed: true, parameters: [] }, { count: 2n, average: 3n, total: 7n }, '{ .count = 2, .average = 3, .total = 7 }', '{"count": 2, "average": 3, "total": 7}'],
  ['count read as a value', { kind: 'aggregate', name: 'count', signed: false, parameters: [] }, 5n, '5', '5'],
];
for (const [title, type, value, text, json] of cases) {
  t.test(title, async (t) => {
    t.equal(compileText(type, rendering)(value), text);
    t.equal(compileJson(type, rendering)(value), json);
  });
}

const strings: readonly (readonly [text: string, json: string])[] = [
  ['plain', '"plain"'],
  ['a\nb\rc\td', '"a\\nb\\rc\\td"'],
  ['\b\f\x00\x1b', '"\\u0008\\u000c\\u0000\\u001b"'],
  ['\\"', '"\\\\\\""'],
  ['grüße ✓ \u{1f600}', '"grüße ✓ \u{1f600}"'],
  ['a\udcffb', '"a\ufffdb"'],
];
for (const [text, json] of strings) t.test(`JSON string ${json}`, async (t) => { t.equal(compileJson(string(64), rendering)(text), json); });

t.test('JSON strings are JSON', async (t) => {
  for (let code = 0; code < 0x250; code++) t.equal(JSON.parse(compileJson(string(64), rendering)(`<${String.fromCharCode(code)}>`)), `<${String.fromCharCode(code)}>`);
});

t.test('a context has no text', async (t) => {
  t.throws(() => compileText({ kind: 'context', name: 'ctx' }, rendering), /BUG: output/);
  t.throws(() => compileJson({ kind: 'context', name: 'ctx' }, rendering), /BUG: output/);
});

t.test('width of numbers does not depend on their JavaScript type', async (t) => {
  t.equal(compileText(uint32, rendering)(7), compileText(uint64, rendering)(7n));
});
