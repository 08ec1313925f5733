import t from 'tap';
import type { StackValue, Value } from '../../../../lib/model/layout/value.js';
import { type Type, int8, none, string, uint64 } from '../../../../lib/model/types/types.js';
import { compileExact, compileKeyParts, exactText, plainJson } from '../../../../lib/runtime/output/exact/values.js';
import { rendering } from './support.js';

const stack = (space: 'kernel' | 'user', mode: 'bpftrace' | 'perf' | 'raw' | 'build_id'): Type => ({ kind: 'stack', space, mode, limit: 127 });
const trace = (addresses: bigint[], more: Partial<StackValue> = {}): StackValue => ({ $: 'stack', addresses, pid: 42, program: 0, ...more });
const everyBit = (1n << 64n) - 1n;

const cases: readonly (readonly [title: string, type: Type, value: Value, json: string])[] = [
  ['an integer beyond a double', uint64, everyBit, '"18446744073709551615"'],
  ['a number', int8, -5, '-5'],
  ['text', string(8), 'ä"\n\u009b', '"ä\\"\\n\\u009b"'],
  ['bytes that are not UTF-8', string(8), 'a\udcff\udc80', '{"base64": "Yf+A"}'],
  ['text beside such bytes', string(8), 'ä\udcff', '{"base64": "w6T/"}'],
  ['no text', string(8), '', '""'],
  ['characters whose second half in UTF-16 looks like such a byte', string(8), '💀', '"💀"'],
  ['buffer', { kind: 'buffer', capacity: 4 }, Uint8Array.of(0, 255), '{"base64": "AP8="}'],
  ['a piece of a larger buffer', { kind: 'buffer', capacity: 4 }, Uint8Array.of(1, 2, 3).subarray(1, 2), '{"base64": "Ag=="}'],
  ['empty buffer', { kind: 'buffer', capacity: 4 }, Uint8Array.of(), '{"base64": ""}'],
  ['enum', { kind: 'enum', name: 'c', bytes: 4, members: [['RED', 1n]] }, 1n, '1'],
  ['pointer', { kind: 'pointer', to: int8, space: 'kernel' }, everyBit, '"18446744073709551615"'],
  ['empty tuple', { kind: 'tuple', elements: [] }, [], '[]'],
  ['record without fields', { kind: 'record', fields: [] }, {}, '{}'],
  ['member without representation', { kind: 'record', fields: [{ name: 'f', type: none }] }, { f: null }, '{"f": null}'],
  ['kernel stack', stack('kernel', 'bpftrace'), trace([0x10n, 0x99n]), '[{"address": "0x10", "name": "vfs_read", "offset": 5, "module": "/bin/cat"}, {"address": "0x99"}]'],
  ['lines and inlined functions', stack('user', 'perf'), trace([0x11n]),
    '[{"address": "0x11", "name": "inner", "file": "fs/read_write.c", "line": 7, "inlined": true}, '
    + '{"address": "0x11", "name": "ksys_read", "offset": 98, "module": "/bin/cat", "file": "fs/read_write.c", "line": 20}]'],
  ['a stack that ends in the dark', stack('user', 'bpftrace'), trace([0x99n, everyBit]), '[{"address": "0x99"}, {"unwind_failure": true}]'],
  ['raw stack', stack('kernel', 'raw'), trace([0x10n]), '[{"address": "0x10"}]'],
  ['build ids', stack('user', 'build_id'), trace([0x10n, 0x20n], { buildIds: ['abcd', undefined] }), '[{"address": "0x10", "build_id": "abcd"}, {"address": "0x20"}]'],
  ['empty stack', stack('kernel', 'bpftrace'), trace([]), '[]'],
  ['ksym', { kind: 'ksym' }, { $: 'symbol', address: 0x10n, pid: 0, program: 0 }, '{"address": "0x10", "name": "vfs_read", "offset": 5}'],
  ['usym', { kind: 'usym' }, { $: 'symbol', address: 0x20n, pid: 7, program: 3 }, '{"address": "0x20", "name": "main<7,3>", "offset": 1, "module": "/bin/cat"}'],
  ['usym without name', { kind: 'usym' }, { $: 'symbol', address: 0x21n, pid: 7, program: 3 }, '{"address": "0x21"}'],
  ['time', { kind: 'timestamp', formats: [] }, { $: 'timestamp', ns: 5n, format: '%s', clock: 'boot' }, '{"ns": 5, "text": "1"}'],
  ['time that was never taken', { kind: 'timestamp', formats: [] }, { $: 'timestamp', ns: 0n, format: '%s', clock: 'boot' }, '{"ns": 0, "text": "(?)"}'],
  ['user', { kind: 'username' }, 0n, '{"uid": 0, "name": "root"}'],
  ['user without name', { kind: 'username' }, 12n, '{"uid": 12}'],
  ['cgroup', { kind: 'cgroup_path', filter: '' }, 7n, '{"id": 7, "path": "unified:/a/b"}'],
];
for (const [title, type, value, json] of cases) {
  t.equal(compileExact(type, rendering)(value), json, title);
  t.doesNotThrow(() => JSON.parse(json) as unknown, `${title} is JSON`);
}

t.equal(compileKeyParts({ kind: 'tuple', elements: [string(4), { kind: 'tuple', elements: [int8] }] }, rendering)(['a', [1]]), '["a", [1]]', 'a key of several parts');
t.equal(compileKeyParts(int8, rendering)(1), '[1]', 'a key of one');
t.equal(plainJson([{ min: null, max: -1n, count: everyBit }]), '[{"max": -1, "count": "18446744073709551615"}]', 'an open bound is left out');
t.equal(exactText('\ud800'), '"\ufffd"', 'half a character that no byte stands for');
