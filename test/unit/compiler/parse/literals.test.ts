// Numbers, strings and attach-point text.

import t from 'tap';
import { parseExpression, parseInteger, splitAttachPoint } from '../../../../lib/compiler/parse/index.js';
import { bytesOfText } from '../../../../lib/model/syntax/text.js';

const integers: [text: string, value: bigint, suffix?: string][] = [
  ['0', 0n], ['00', 0n], ['07', 7n], ['010', 8n], ['08', 8n], ['09', 9n], ['0x10', 16n], ['0XfF', 255n], ['1_000', 1000n], ['0x_f_f', 255n],
  ['1e1', 10n], ['9E3', 9000n], ['1e19', 10_000_000_000_000_000_000n], ['18446744073709551615', 0xffffffffffffffffn],
  ['1u', 1n, 'u'], ['0xffffffffu', 0xffffffffn, 'u'], ['1ul', 1n, 'ul'], ['1ULL', 1n, 'ull'], ['1l', 1n, 'l'], ['9223372036854775807ll', 0x7fffffffffffffffn, 'll'],
  ['1ns', 1n], ['2us', 2000n], ['3ms', 3_000_000n], ['4s', 4_000_000_000n], ['2m', 120_000_000_000n], ['1h', 3_600_000_000_000n], ['1d', 86_400_000_000_000n],
  ['0x1d', 29n],
];
for (const [text, value, suffix] of integers) {
  t.match(parseExpression(text), { kind: 'integer', value, ...(suffix && { suffix }) }, `literal ${text}`);
  t.equal(parseInteger(text), value, `run time ${text}`);
}

const runTime: [text: string, value: bigint | undefined][] = [
  ['0b101', 5n], ['0B1_0', 2n], ['-5', -5n], ['-0x10', -16n], ['-9223372036854775808', -0x8000000000000000n], ['-9223372036854775809', undefined],
  ['18446744073709551616', undefined], ['', undefined], ['-', undefined], ['abc', undefined], ['1x', undefined], ['1_', undefined], ['0b2', undefined],
  ['1.5', undefined], [' 1', undefined], ['--1', undefined], ['10ms', 10_000_000n],
];
for (const [text, value] of runTime) t.equal(parseInteger(text), value, `run time '${text}'`);

const strings: [literal: string, bytes: string][] = [
  ['"abc"', '616263'], ['"\\n\\t\\r\\"\\\\"', '0a090d225c'], ['"\\101\\7\\0"', '410700'], ['"\\1012"', '4132'], ['"\\x41\\X7\\x7g"', '41070767'],
  ['"\\xff\\377"', 'ffff'], ['"é"', 'c3a9'], ['"\\xc3\\xa9"', 'c3a9'], ['"\\xc3"', 'c3'], ['"\\xed\\xa0\\x80"', 'eda080'], ['"\\xc0\\x80"', 'c080'],
  ['"😀\\xf0\\x9f\\x98\\x80"', 'f09f9880f09f9880'], ['"é\\xff"', 'c3a9ff'], ['""', ''],
];
for (const [literal, bytes] of strings) {
  const node = parseExpression(literal);
  t.equal(node?.kind === 'string' && Buffer.from(bytesOfText(node.value)).toString('hex'), bytes, literal);
}
t.match(parseExpression('"\\xc3\\xa9"'), { value: 'é' }, 'escapes that are UTF-8 together become its character');

const points: [text: string, want: object][] = [
  ['begin', { raw: 'begin', parts: ['begin'] }],
  ['kprobe:vfs_*', { raw: 'kprobe:vfs_*', parts: ['kprobe', 'vfs_*'] }],
  ['name=kprobe:f', { label: 'name', raw: 'kprobe:f', parts: ['kprobe', 'f'] }],
  ['uprobe:/a/b:"c:d e"', { parts: ['uprobe', '/a/b', 'c:d e'] }],
  ['uprobe:/a:"x\\"y"z', { parts: ['uprobe', '/a', 'x"yz'] }],
  ['uprobe:/a@b.c:12:3', { parts: ['uprobe', '/a'], location: ['b.c', '12', '3'] }],
  ['uprobe:"/a@b":f', { parts: ['uprobe', '/a@b', 'f'], location: undefined }],
  ['i:ms:$1', { raw: 'i:ms:$1', parts: ['i', 'ms', '$1'] }],
  ['hardware:cache-misses:', { parts: ['hardware', 'cache-misses', ''] }],
];
for (const [text, want] of points) t.match(splitAttachPoint(text), want, text);

t.equal(parseExpression('1 +'), undefined);
t.equal(parseExpression(''), undefined);
t.equal(parseExpression('a; b'), undefined);
t.equal(parseExpression('1 = 2'), undefined);
t.match(parseExpression('(1 + FOO)'), { kind: 'binary', op: '+', right: { kind: 'identifier', name: 'FOO' } });
