// Folding and comptime: source of a statement → what is left of it.

import t from 'tap';
import { headlines, statements } from './helper.js';

const cases: [source: string, want: string][] = [
  ['$x = 1 + 2 * 3', '$x = 7;'],
  ['$x = 1 - 2', '$x = -1;'],
  ['$x = -5 + 3', '$x = -2;'],
  ['$x = 7 / 2 + 7 % 4', '$x = 6;'],
  ['$x = 1 / 0', '$x = 1 / 0;'],
  ['$x = 0xf0 | 0x0f & 3 ^ 1', '$x = 242;'],
  ['$x = 1 << 63', '$x = 9223372036854775808;'],
  ['$x = -1 >> 60', '$x = 15;'],
  ['$x = ~0', '$x = 18446744073709551615;'],
  ['$x = ~-1', '$x = 0;'],
  ['$x = !5', '$x = false;'],
  ['$x = 0xffffffffffffffff + 0', '$x = 18446744073709551615;'],
  ['$x = -9223372036854775808', '$x = -9223372036854775808;'],
  ['$x = 1 < 2 && 3 != 3 || true', '$x = true;'],
  ['$x = (1 == 1) == true', '$x = true;'],
  ['$x = 1s / 1ms', '$x = 1000;'],
  ['$x = $y + 1 + 2', '$x = $y + 1 + 2;'],
  ['$x = $y + (1 + 2)', '$x = $y + 3;'],
  ['$x = (uint64)(1 + 2)', '$x = (uint64)3;'],
  ['$x = "a" == "a"', '$x = true;'],
  ['$x = "a" != "a"', '$x = false;'],
  ['$x = "ab"[1]', '$x = 98;'],
  ['$x = "ab"[2]', '$x = 0;'],
  ['$x = "ab"[3]', '$x = "ab"[3];'],
  ['$x = "\\xff"[0]', '$x = -1;'],
  ['$x = "hello" + 2', '$x = "llo";'],
  ['$x = "hello" + 5', '$x = "";'],
  ['$x = str("abc")', '$x = "abc";'],
  ['$x = str("abc", 3)', '$x = "ab";'],
  ['$x = str("abc", 9)', '$x = "abc";'],
  ['$x = str($y, 1 + 2)', '$x = str($y, 3);'],
  ['$x = comptime (1 + 2) + $y', '$x = 3 + $y;'],
  ['if comptime (1 == 1) { print(1); } else { print(2); }', '{ print(1); }'],
  ['if comptime (1 == 2) { print(1); } else if comptime (true) { print(2); }', '{ print(2); }'],
  ['if comptime false { print(1); }', '{ }'],
  ['if (1 == 1) { print(1); }', 'if (true) { print(1); }'],
  ['$x = if comptime 1 { 2 } else { 3 }', '$x = 2;'],
  ['$x = comptime sizeof(int32)', '$x = comptime sizeof(int32);'],
];
for (const [source, want] of cases) t.equal(statements(source), want, source);

const wrong: [source: string, want: string][] = [
  ['0xffffffffffffffff + 1', 'ERROR: unable to fold literals due to overflow or underflow'],
  ['-9223372036854775807 - 2', 'ERROR: unable to fold literals due to overflow or underflow'],
  ['0xffffffffffffffff * 2', 'ERROR: unable to fold literals due to overflow or underflow'],
  ['-9223372036854775809', 'ERROR: negative value will underflow'],
  ['"a" + "b"', 'ERROR: illegal literal operation with strings'],
  ['"a" < "b"', 'ERROR: illegal literal operation with strings'],
  ['"a" - 1', 'ERROR: illegal literal operation with strings'],
  ['"ab" + 3', 'WARNING: literal string will always be empty'],
];
for (const [source, want] of wrong) t.same(headlines(`begin { $x = ${source}; }`), [`stdin:1:14-${14 + source.length}: ${want}`], source);
