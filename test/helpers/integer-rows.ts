// Integers by a model of their rules (language.md 2.2): what each operator and cast gives for every width and sign.
//
//   out    rows of a script and what it prints, to be run in the simulator and on kernels
//   idea   the operands stand in variables, where the compiler knows their values and folds, and in maps, where only the program does

export interface IntegerRow { readonly title: string; readonly script: string; readonly stdout: string }

interface Kind { readonly name: string; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean; readonly isBool?: boolean }

const kinds: readonly Kind[] = [
  ...([8, 16, 32, 64] as const).flatMap((bits) => [{ name: `int${bits}`, bits, signed: true }, { name: `uint${bits}`, bits, signed: false }]),
  { name: 'bool', bits: 8, signed: false, isBool: true },
];
/** bit patterns that every width cuts its own values from */
const patterns = [0x8000_8000_8000_8081n, 5n, 0xffff_ffff_ffff_ffffn, 0x7fff_7fff_7fff_7f7fn];

const cut = (value: bigint, { bits, signed, isBool }: Pick<Kind, 'bits' | 'signed' | 'isBool'>): bigint => (isBool ? (value === 0n ? 0n : 1n) : signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
const shown = (value: bigint, kind: Kind): string => (kind.isBool ? String(value !== 0n) : String(value));
/** The value as the script writes it; the smallest int64 is written as what it is made of. */
const written = (value: bigint, kind: Kind): string => (kind.isBool ? String(value !== 0n) : `(${kind.name})${value}`);
const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

const operators: Readonly<Record<string, (x: bigint, y: bigint) => bigint>> = {
  '+': (x, y) => x + y, '-': (x, y) => x - y, '*': (x, y) => x * y, '&': (x, y) => x & y, '|': (x, y) => x | y, '^': (x, y) => x ^ y,
  '<<': (x, y) => x << (y & 63n), '>>': (x, y) => unsigned(x) >> (y & 63n), '/': (x, y) => unsigned(x) / unsigned(y), '%': (x, y) => unsigned(x) % unsigned(y),
};
const comparisons: Readonly<Record<string, (x: bigint, y: bigint) => boolean>> = {
  '==': (x, y) => x === y, '!=': (x, y) => x !== y, '<': (x, y) => x < y, '<=': (x, y) => x <= y, '>': (x, y) => x > y, '>=': (x, y) => x >= y,
};

function binary(op: string, x: bigint, a: Kind, y: bigint, b: Kind): string {
  const compare = comparisons[op];
  const order = (value: bigint): bigint => (a.signed || b.signed ? BigInt.asIntN(64, value) : unsigned(value));
  if (compare) return String(compare(order(x), order(y)));
  const result = operators[op]!(x, y);
  if (a.isBool && b.isBool) return String(BigInt.asUintN(64, result) !== 0n);
  return String(a.signed || b.signed || op === '-' ? BigInt.asIntN(64, result) : unsigned(result));
}

function unary(op: string, x: bigint, kind: Kind): string {
  if (op === '!') return String(x === 0n);
  const result = op === '-' ? -x : ~x;
  return String(kind.signed ? BigInt.asIntN(64, result) : BigInt.asUintN(kind.bits, result));
}

function script(lines: readonly string[]): string {
  return `begin { ${lines.join(' ')} }`;
}

/** A row whose operands the compiler knows, and one whose operands it does not. */
function bothWays(title: string, operands: readonly (readonly [name: string, text: string])[], expressions: (name: (n: string) => string) => readonly string[], values: readonly string[]): IntegerRow[] {
  return (['$', '@'] as const).map((sigil) => {
    const name = (n: string): string => `${sigil}${n}`;
    const clears = sigil === '@' ? operands.map(([n]) => `clear(@${n});`) : [];
    const prints = expressions(name).map((e) => `print(${e});`);
    return { title: `${title}, in ${sigil === '$' ? 'variables' : 'maps'}`, script: script([...operands.map(([n, text]) => `${name(n)} = ${text};`), ...prints, ...clears]), stdout: values.join('\n') };
  });
}

export function unaryRows(): IntegerRow[] {
  return kinds.flatMap((kind) => patterns.flatMap((pattern) => {
    const x = cut(pattern, kind);
    const ops = kind.isBool ? ['!'] : ['-', '~', '!'];
    return bothWays(`${ops.join(' ')} of ${kind.name} ${x}`, [['x', written(x, kind)]], (n) => ops.map((op) => `${op}${n('x')}`), ops.map((op) => unary(op, x, kind)));
  }));
}

export function binaryRows(): IntegerRow[] {
  const names = [...Object.keys(operators), ...Object.keys(comparisons)];
  return kinds.flatMap((a, i) => kinds.flatMap((b, j) => {
    const x = cut(patterns[(i + j) % 2 === 0 ? 0 : 2]!, a);
    const y = cut(patterns[(i + 2 * j) % 3 === 0 ? 1 : 3]!, b);
    return bothWays(`${a.name} ${x} and ${b.name} ${y}`, [['x', written(x, a)], ['y', written(y, b)]], (n) => names.map((op) => `${n('x')} ${op} ${n('y')}`), names.map((op) => binary(op, x, a, y, b)));
  }));
}

export function castRows(): IntegerRow[] {
  return kinds.flatMap((from) => patterns.flatMap((pattern) => {
    const x = cut(pattern, from);
    const targets = kinds.filter((to) => to.name !== from.name);
    return bothWays(`casts of ${from.name} ${x}`, [['x', written(x, from)]], (n) => targets.map((to) => `(${to.name})${n('x')}`), targets.map((to) => shown(cut(x, to), to)));
  }));
}

/** An integer as its bytes: as many as it has, or more, up to 8, into which its sign goes on. */
export function byteRows(): IntegerRow[] {
  return kinds.filter((kind) => !kind.isBool).flatMap((from) => {
    const x = cut(patterns[0]!, from);
    const sizes = [1, 2, 3, 4, 5, 8].filter((size) => size >= from.bits / 8);
    const bytes = (size: number): string => `[${Array.from({ length: size }, (_, i) => Number(BigInt.asUintN(8, unsigned(x) >> BigInt(i * 8)))).join(',')}]`;
    return bothWays(`bytes of ${from.name} ${x}`, [['x', written(x, from)]], (n) => sizes.map((size) => `(uint8[${size}])${n('x')}`), sizes.map(bytes));
  });
}

/** Casts of integers to arrays that are too small, or larger than any integer. */
export function refusedBytes(): { readonly script: string; readonly message: string }[] {
  return kinds.filter((kind) => !kind.isBool).flatMap((from) => [1, 2, 4, 9, 16].filter((size) => size < from.bits / 8 || size > 8).map((size) => ({
    script: `begin { $x = (${from.name})1; print((uint8[${size}])$x); }`, message: `Cannot cast from "${from.name}" to "uint8[${size}]"`,
  })));
}
