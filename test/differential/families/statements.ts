// Statements: conditions, loops, strings and their functions, tuples in variables.

import { family, product, type DifferentialProgram } from '../program.js';

const loops = [
  ...['0', '1', '5', '20'].map((n) => [`unroll ${n}`, n === '0' ? 'unroll (1) { printf("once\\n") }' : `$i = 0; unroll (${n}) { $i += 2; printf("%d ", $i) } printf("\\n")`] as const),
  ...['0', '1', '5', '60'].map((n) => [`while ${n}`, `$i = 0; while ($i < ${n}) { printf("%d ", $i); $i++ } printf("\\n")`] as const),
  ['while, break', '$i = 0; while ($i < 50) { if ($i == 5) { break } printf("%d ", $i); $i++ } printf("\\n")'],
  ['while, continue', '$i = 0; while ($i < 8) { $i++; if ($i % 2) { continue } printf("%d ", $i) } printf("\\n")'],
  ['while in while', '$i = 0; while ($i < 4) { $j = 0; while ($j < $i) { printf("%d%d ", $i, $j); $j++ } $i++ } printf("\\n")'],
  ['while that fills a map', '$i = 0; while ($i < 12) { @m[$i] = $i * $i; $i++ }'],
  ['while that counts', '$i = 0; while ($i < 30) { @c[$i > 3 ? 1 : $i > 0 ? 2 : 3] = count(); @s = sum($i); @h = hist($i); @l = lhist($i, 0, 30, 5); $i++ }'],
  ['unroll in a condition', '$v = 3; if ($v > 2) { unroll (3) { $v++; printf("%d\\n", $v) } }'],
  ['while over a string map', '@t[0] = "a"; @t[1] = "b"; @t[2] = "c"; $i = 0; while ($i < 3) { printf("%s", @t[$i]); $i++ } printf("\\n")'],
] as const;

const conditions = product(['0', '1', '-1', '7'], ['$v', '$v > 3', '$v == 1 || $v == 7', '$v & 1', '!$v', '$v - 1'])
  .map(([n, condition]) => [`if ${condition} with ${n}`, `$v = ${n}; if (${condition}) { printf("then\\n") } else if ($v == 0) { printf("zero\\n") } else { printf("else\\n") } @r = ${condition} ? 1 : 2`] as const);

const words = ['""', '"a"', '"ab"', '"abc"', '"abd"', '"ABC"', '"hello world"'];
const comparisons = product(words, words).map(([a, b]) => [`${a} and ${b}`, `$a = ${a}; @b = ${b}; printf("%d %d %d %d\\n", $a == ${b}, $a != ${b}, @b == ${a}, @b != ${a})`] as const);
const prefixes = product(words.slice(1), ['"a"', '"abc"', '"hello"']).flatMap(([a, b]) => [1, 2, 3].map((n) => [`strncmp(${a}, ${b}, ${n})`, `$a = ${a}; printf("%d\\n", strncmp($a, ${b}, ${n}) == 0); if (strncmp(${b}, $a, ${n})) { printf("differ\\n") }`] as const));
const contains = product(words.slice(3), ['"b"', '"abc"', '"lo w"', '"zz"', '"d"']).map(([a, b]) => [`strcontains(${a}, ${b})`, `$a = ${a}; if (strcontains($a, ${b})) { printf("in\\n") } else { printf("not in\\n") }`] as const);
const texts = [
  ['grows', '$s = "abc"; printf("%s\\n", $s); $s = "ab"; printf("%s\\n", $s)'], ['map of texts', '@s = "first"; @s = "2nd"; printf("%s\\n", @s)'], ['ternary', '$n = 4; $s = $n > 3 ? "more" : "less"; print($s)'],
  ['comm compared', 'if (comm == "no such name") { print("?") } else { print("other") }'],
  ['in a tuple', '$t = (1, "abc", "de"); print($t.1); print($t)'], ['in a key', '@["abc", "de"] = "f"; printf("%s\\n", @["abc", "de"])'],
] as const;

const tuples = [
  ['element', '$t = (1, 2, 3); printf("%d %d %d\\n", $t.0, $t.1, $t.2)'], ['nested element', '$t = ((1, 2), 3); printf("%d %d\\n", $t.0.1, $t.1)'], ['of maps', '@a = 4; @b = "x"; print((@a, @b))'],
  ['as value', '@t = (1, "x"); @t = (2, "y"); printf("%d %s\\n", @t.0, @t.1)'], ['by key', '@t[1] = (1, 2); @t[2] = (3, 4)'], ['sizes', 'print(((uint8)1, (int16)-2, (uint32)3, (int64)-4))'],
  ['copied', '$t = (5, "abc"); @t = $t; $u = @t; print($u.1)'], ['many', 'print((1, 2, 3, 4, 5, 6, 7, 8, 9, 10))'], ['of texts', 'print(("a", "bb", "ccc"))'], ['in a loop', '$i = 0; while ($i < 3) { @t[$i] = ($i, $i * 2); $i++ }'],
] as const;

const sizes = ['int8', 'uint16', 'int32', 'uint64', '5', '(uint8)5', '"abc"', '(1, 2)'].map((what) => [`sizeof(${what})`, `$v = 1; printf("%d\\n", sizeof(${what}))`] as const);

export const statements: readonly DifferentialProgram[] = [
  ...family('loop', loops), ...family('condition', conditions), ...family('text comparison', comparisons), ...family('strncmp', prefixes), ...family('strcontains', contains), ...family('text', texts),
  ...family('tuple', tuples), ...family('size', sizes),
];
