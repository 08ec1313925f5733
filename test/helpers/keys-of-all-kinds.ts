// Maps with keys of every kind: each element must be found by the key that iteration gives it.

import type { Test } from 'tap';
import type { Maps } from '../../lib/api/maps.js';

export const keysOfAllKinds = `
enum level { LOW = -2, HIGH = 3000000000 };
enum colour { RED = 1, BLUE = 7 };
begin {
  @i8[(int8)-128] = 1; @i8[(int8)127] = 2; @i16[(int16)-32768] = 1; @i16[(int16)5] = 2; @i32[(int32)-1] = 1; @i32[(int32)2147483647] = 2; @i64[(int64)-1] = 1; @i64[(int64)9007199254740993] = 2;
  @u8[(uint8)255] = 1; @u8[(uint8)0] = 2; @u16[(uint16)65535] = 1; @u16[(uint16)255] = 2; @u32[(uint32)4294967295] = 1; @u32[(uint32)1] = 2; @u64[(uint64)18446744073709551615] = 1; @u64[(uint64)3] = 2;
  @enum[LOW] = 1; @enum[HIGH] = 2; @colour[RED] = 1; @colour[BLUE] = 2;
  @bool[true] = 1; @bool[false] = 2;
  @text["\\xff\\xfeA"] = 1; @text["é"] = 2; @text[""] = 3; @text["the longest of all"] = 4; @text["\\xc3"] = 5;
  @cut[str("abcdefgh", 4)] = 1; @cut["ab"] = 2;
  @padded[(uint8)1, (uint64)2, "x", (int16)-3] = 1; @padded[(uint8)255, (uint64)2, "longer", (int16)3] = 2;
  @nested[(1, ((uint8)2, "deep", (int64)-9)), true] = 1; @nested[(1, ((uint8)2, "de", (int64)-9)), false] = 2;
  @record[(a = (int8)-1, b = "text", c = (uint64)7)] = 1; @record[(a = (int8)1, b = "", c = (uint64)7)] = 2;
  $t = ((uint8)4, (uint32)5, "of a variable"); @variable[$t] = 1; $t = ((uint8)4, (uint32)6, "short"); @variable[$t] = 2;
  @count["a", (int8)-1] = count(); @count["b", (int8)-1] = count(); @hist["a"] = hist(7); @hist["a"] = hist(100); @hist["b"] = hist(1); @sum[true, (uint16)3] = sum(-5);
  @inet[ntop(0x0100007f)] = 1; @buffer[buf("abc", 3)] = 1; @buffer[buf("ab", 2)] = 2;
}`;

export function checkKeysOfAllKinds(t: Test, maps: Maps): void {
  let seen = 0;
  for (const name of maps.names) {
    const map = maps.get(name);
    const elements = [...map];
    t.not(elements.length, 0, `${name} has elements`);
    for (const { key, value } of elements) {
      seen++;
      t.same(map.lookup(key as never), value, `${name}[${show(key)}]`);
    }
    for (const [i, { key }] of elements.entries()) {
      t.equal(map.delete(key as never), true, `${name}[${show(key)}] is deleted`);
      t.equal(map.delete(key as never), false);
      t.equal(map.lookup(key as never), undefined);
      t.same(new Set([...map].map((left) => show(left.key))), new Set(elements.slice(i + 1).map((left) => show(left.key))), 'and no other');
    }
  }
  t.equal(seen, 45);
}

function show(key: unknown): string {
  return JSON.stringify(key, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
