// printf: conversions, flags, widths, lengths, escapes; print of single values; bytes.

import { family, product, type DifferentialProgram, type Format } from '../program.js';

const numbers = ['0', '42', '-42', '123456', '4294967297'];
/** Other values of some conversions: a zero by %p stands alone, because versions differ there. */
const values: Readonly<Record<string, readonly string[]>> = { c: ['65'], p: numbers.slice(1) };
const shapes = ['', '1', '5', '12', '20', '-', '-3', '-12', '05', '012'];
const conversions = product(['d', 'u', 'x', 'X', 'o', 'c', 'p'], shapes)
  .filter(([conversion, shape]) => conversion !== 'c' || !shape.startsWith('0'))
  .map(([conversion, shape]) => [`%${shape}${conversion}`, (values[conversion] ?? numbers).map((n) => `$v = ${n}; printf("[%${shape}${conversion}]\\n", $v)`).join(';\n')] as const);

const lengths = product(['d', 'u', 'x', 'X'], ['hh', 'h', 'l', 'll', 'j', 'z', 't'])
  .map(([conversion, length]) => [`%${length}${conversion}`, ['200', '-1', '70000', '1311768467463790320'].map((n) => `$v = ${n}; printf("[%${length}${conversion}] [%-22${length}${conversion}] [%022${length}${conversion}]\\n", $v, $v, $v)`).join(';\n')] as const);

const texts = ['""', '"a"', '"hello"', '"a longer text than that"', '"with \\"quotes\\""', '"tab\\there"', '"percent %"'];
const strings = product(['%s', '%5s', '%-5s', '%10s|', '%-10s|', '%30s', '%-30s|'], texts)
  .map(([format, text]) => [`${format} ${text}`, `$s = ${text}; @s = ${text}; printf("[${format}]\\n", ${text}); printf("[${format}]\\n", $s); printf("[${format}]\\n", @s)`] as const);

const literalText = ['plain', '100%% sure', '%%', 'a\\nb', 'a\\tb', 'back\\\\slash', 'quote \\" quote', '\\x41\\x42', '\\101\\102', '', '{} [] ()', 'ünï', '\\x7e\\060', 'two\\n\\nlines', '#$@!']
  .map((text) => [text === '' ? 'empty' : text, `printf("${text}"); printf("\\n")`] as const);

const several = [
  ['two', 'printf("%d %s\\n", 1, "x")'], ['five', 'printf("%d %s %x %c %lld\\n", 1, "two", 3, 52, 5)'], ['seven', 'printf("%d%d%d%d%d%d%d\\n", 1, 2, 3, 4, 5, 6, 7)'],
  ['strings between', 'printf("%s-%d-%s-%d\\n", "a", 1, "bcd", 2)'], ['map and variable', '@m = 5; $v = 6; printf("%d %d %d\\n", @m, $v, @m + $v)'],
  ['nested expression', '$a = 3; printf("%d\\n", $a > 2 ? $a * 2 : 0)'], ['string ternary', '$a = 3; printf("%s\\n", $a > 2 ? "big" : "tiny")'], ['missing key', 'printf("%d [%s]\\n", @none[1], @text[2]); @none[3] = 1; @text[4] = "x"'],
  ['casts', 'printf("%d %d %u\\n", (int8)200, (uint8)-1, (uint16)-1)'],
  ['zero pointer', '$v = 0; printf("[%p] [%8p] [%-8p]\\n", $v, $v, $v)'], ['zeros before characters', '$v = 65; printf("[%05c] [%012c]\\n", $v, $v)'], ['count', '@c = count(); @c = count(); printf("%d\\n", @n); @n = 2'],
] as const;

const printed = ['0', '5', '-5', '(uint8)200', '(int8)200', '4294967296', '"text"', '"with space"', '""', '(1, 2)', '(1, "two")', '("a", "b", 3)', '(1, (2, 3))', '((1, 2), (3, "x"))', '(-1, 0, 1)', '1 + 2', '5 > 3 ? 7 : 8', '(1, 2).0', '(1, "two").1', '((1, 2), 3).0']
  .map((value) => [value, `print(${value})`] as const);

const variables = ['5', '-5', '"text"', '(1, "two")', '(1, (2, "x"))'].map((value) => [value, `$v = ${value}; print($v); @v = ${value}; print(@v)`] as const);

const buffers = product(['buf("hello", 5)', 'buf("hello", 2)', 'buf("a\\x01\\xffz", 4)', 'buf("\\t\\n ~", 4)'], ['r', 'rx', 'rh'])
  .map(([value, conversion]) => [`${value} %${conversion}`, `$s = ${/"(?:\\.|[^"])*"/.exec(value)![0]}; printf("%${conversion}\\n", ${value.replace(/"(?:\\.|[^"])*"/, '$s')})`] as const);

const addresses = ['0x0100007f', '0x08080808', '0', '0xffffffff', '0x0101a8c0'].flatMap((n) => [
  [`ntop(${n})`, `print(ntop(${n})); printf("%s|%20s|%-20s|\\n", ntop(${n}), ntop(2, ${n}), ntop(${n}))`] as const,
  [`@ = ntop(${n})`, `@a = ntop(${n}); @k[ntop(${n})] = 1; @t[ntop(${n}), "x"] = 2`] as const,
]);

export function printing(format: Format): DifferentialProgram[] {
  const prefix = format === 'json' ? 'json ' : '';
  return [
    ...(format === 'text' ? [...family('printf', conversions), ...family('printf length', lengths), ...family('printf %s', strings)] : []),
    ...family(`${prefix}printf text`, literalText, format), ...family(`${prefix}printf several`, several, format), ...family(`${prefix}print`, printed, format),
    ...family(`${prefix}print variable`, variables, format), ...family(`${prefix}buffer`, buffers, format), ...family(`${prefix}address`, addresses, format),
  ];
}
