// Numbers as attach points and parameters write them (language.md 1.2, 1.15).

const durations: Readonly<Record<string, bigint>> = { ns: 1n, us: 1000n, ms: 1000000n, s: 1000000000n, m: 60000000000n, h: 3600000000000n, d: 86400000000000n };

/** Decimal, octal, 0x, 0b, 1e6, durations (in nanoseconds), `_` between digits, a leading `-`; undefined when it is no number. */
export function parseNumber(text: string): bigint | undefined {
  const match = /^(-?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|[1-9][eE][1-9]\d*|\d[\d_]*)(ns|us|ms|s|m|h|d|u|ul|ull|l|ll)?$/.exec(text);
  if (!match || text.endsWith('_')) return undefined;
  const [, sign, digits, suffix] = match;
  const plain = digits!.replaceAll('_', '').toLowerCase();
  let value: bigint;
  const scientific = /^(\d)e(\d+)$/.exec(plain);
  if (scientific && !plain.startsWith('0x')) value = BigInt(scientific[1]!) * 10n ** BigInt(scientific[2]!);
  else if (/^0[0-7]+$/.test(plain)) value = BigInt(`0o${plain.slice(1)}`);
  else value = BigInt(plain);
  return (sign ? -value : value) * (suffix && suffix in durations ? durations[suffix]! : 1n);
}

/** True for numbers that carry a duration suffix. */
export function isDuration(text: string): boolean {
  return /\d(ns|us|ms|s|m|h|d)$/.test(text) && parseNumber(text) !== undefined;
}
