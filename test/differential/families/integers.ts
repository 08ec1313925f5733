// Integers: operators, casts, literals, conditions. Each value comes as a literal, from a variable and from a map, so that no constant
// folding hides what the program computes.

import { family, product, type DifferentialProgram } from '../program.js';

const pairs: readonly (readonly [string, string])[] = [
  ['0', '0'], ['1', '2'], ['7', '3'], ['100', '7'], ['255', '256'], ['-1', '1'], ['-7', '3'], ['7', '-3'], ['-7', '-3'], ['65535', '65537'],
  ['4294967295', '1'], ['4294967296', '4294967295'], ['-2147483648', '1'], ['1099511627776', '3'], ['9223372036854775807', '1'], ['-9223372036854775807', '2'],
];

/** The expression with its operands as literals, as variables and as maps. */
function threeWays(a: string, operator: string, b: string): string {
  return [
    `printf("%lld\\n", (${a}) ${operator} (${b}))`,
    `$a = ${a}; $b = ${b}; printf("%lld\\n", $a ${operator} $b)`,
    `@a = ${a}; @b = ${b}; printf("%lld\\n", @a ${operator} @b)`,
  ].join(';\n');
}

const arithmetic = product(['+', '-', '*', '&', '|', '^'], pairs).map(([op, [a, b]]) => [`${a} ${op} ${b}`, twoWays(a, op, b)] as const);

/** Literals apart: newer versions fold them and refuse what overflows. */
function twoWays(a: string, operator: string, b: string): string {
  return threeWays(a, operator, b).split(';\n').slice(1).join(';\n');
}

const divisions = product(['/', '%'], pairs.filter(([a, b]) => !a.startsWith('-') && !b.startsWith('-') && b !== '0'))
  .map(([op, [a, b]]) => [`${a} ${op} ${b}`, threeWays(a, op, b)] as const);

const shifts = product(['<<', '>>'], product(['1', '5', '255', '4294967295', '1099511627776'], ['0', '1', '7', '31', '40', '63']))
  .map(([op, [a, b]]) => [`${a} ${op} ${b}`, twoWays(a, op, b)] as const);

const comparisons = product(['==', '!=', '<', '<=', '>', '>='], pairs)
  .map(([op, [a, b]]) => [`${a} ${op} ${b}`, `$a = ${a}; $b = ${b}; @a = ${a}; @b = ${b};\nprintf("%d %d\\n", $a ${op} $b, @a ${op} @b);\nif ($a ${op} @b) { printf("yes\\n") } else { printf("no\\n") }`] as const);

const logic = product(['&&', '||'], product(['0', '1', '5', '-1'], ['0', '1', '-4']))
  .map(([op, [a, b]]) => [`${a} ${op} ${b}`, `$a = ${a}; @b = ${b}; printf("%d %d\\n", $a ${op} @b, !$a); printf("%d\\n", ($a ${op} @b) ? 10 : 20)`] as const);

const unary = product(['-', '~', '!'], ['0', '1', '5', '255', '-1', '-128', '4294967295', '1099511627776'])
  .map(([op, a]) => [`${op} ${a}`, `$a = ${a}; @a = ${a}; printf("%lld %lld\\n", ${op}$a, ${op}@a)`] as const);

const steps = product(['0', '7', '-1', '4294967295'], ['$v++', '++$v', '$v--', '--$v', '@v++', '++@v', '@v--', '--@v'])
  .map(([a, step]) => {
    const target = /[$@]v/.exec(step)![0];
    return [`${step} from ${a}`, `${target} = ${a}; $r = ${step}; printf("%lld %lld\\n", $r, ${target})`] as const;
  });

const compound = product(['+=', '-=', '*=', '&=', '|=', '^=', '<<=', '>>='], ['$v', '@v', '@v[3]'])
  .map(([op, target]) => [`${target} ${op}`, `${target} = 76; ${target} ${op} 3; printf("%lld\\n", ${target})`] as const);

const casts = product(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'], ['0', '1', '127', '128', '200', '255', '256', '-1', '-129', '65535', '65536', '2147483648', '4294967295', '4294967296', '-4294967297', '1311768467463790320'])
  .map(([type, a]) => [`(${type})${a}`, `$a = ${a}; @a = ${a}; printf("%lld %lld\\n", (${type})$a, (${type})@a)`] as const);

const literals = ['0', '7', '017', '0x1f', '0X1F', '0xdeadBEEF', '1e3', '2e9', '1_000', '0x7fffffffffffffff', '9223372036854775807', '1000u', '5ul', '6ull', '7l', '8ll']
  .map((text) => [text, `printf("%lld\\n", ${text}); print(${text}); @m = ${text}`] as const);

const precedence = [
  '1 + 2 * 3', '(1 + 2) * 3', '10 - 4 - 3', '100 / 10 / 5', '1 << 2 + 1', '1 | 2 ^ 3 & 4', '7 & 3 == 3', '1 + 1 == 2', '2 * 3 % 4', '-2 + 5', '~0 & 15', '!0 + 1', '1 ? 2 : 3 ? 4 : 5', '0 ? 2 : 0 ? 4 : 5',
  '1 || 0 && 0', '(1 || 0) && 0', '5 > 3 == 1', '8 >> 1 << 1', '6 ^ 3 | 8', '3 - -2', '-(3 + 4)', '!(1 && 0)', '1 < 2', '3 * (2 + (4 - 1)) % 5',
].map((text) => [text, `printf("%lld\\n", ${text})`] as const);

export const integers: readonly DifferentialProgram[] = [
  ...family('arithmetic', arithmetic), ...family('division', divisions), ...family('shift', shifts), ...family('comparison', comparisons), ...family('logic', logic),
  ...family('unary', unary), ...family('step', steps), ...family('compound', compound), ...family('cast', casts), ...family('literal', literals), ...family('precedence', precedence),
];
