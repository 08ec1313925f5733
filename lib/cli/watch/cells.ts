// Text that fits: cells of a table, bars, the shape of a distribution in a few characters.
//
//   facts  how many columns a character takes is a matter of Unicode (string-width). Text of traced programs has had its controls escaped before

import stringWidth from 'string-width';

const plain = /^[\x20-\x7e]*$/;

export function widthOf(text: string): number {
  return plain.test(text) ? text.length : stringWidth(text);
}

/** At most so many columns of a text, from column `from` on. */
export function cut(text: string, columns: number, from = 0): string {
  if (plain.test(text)) return text.slice(from, from + columns);
  let at = 0;
  let kept = '';
  for (const character of text) {
    const width = stringWidth(character);
    if (at >= from && at + width <= from + columns) kept += character;
    else if (at + width > from + columns) break;
    at += width;
  }
  return kept;
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - widthOf(text))) + text;
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** One decimal below ten, whole numbers from there on. */
export function rateText(rate: number): string {
  if (rate === 0) return '0';
  return Math.abs(rate) < 9.95 ? rate.toFixed(1) : String(Math.round(rate));
}

export function changeText(change: bigint): string {
  return change > 0n ? `+${change}` : String(change);
}

/** A part of `columns`; what is not nothing is seen. */
export function bar(count: bigint, most: bigint, columns: number, unicode: boolean): string {
  if (count === 0n || most === 0n || columns <= 0) return '';
  if (!unicode) return '@'.repeat(Math.max(1, Number((count * BigInt(columns)) / most)));
  const eighths = Math.max(1, Number((count * BigInt(columns) * 8n) / most));
  const part = eighths % 8;
  return '█'.repeat(Math.floor(eighths / 8)) + (part === 0 ? '' : '▏▎▍▌▋▊▉'[part - 1]!);
}

const LEVELS = { unicode: '▁▂▃▄▅▆▇█', ascii: '.:-=+*#@' };

/** A character for each of at most `columns` neighbouring numbers, a blank for none; larger numbers are higher characters. */
export function shape(counts: readonly bigint[], columns: number, unicode: boolean): string {
  const levels = unicode ? LEVELS.unicode : LEVELS.ascii;
  const each = Math.max(1, Math.ceil(counts.length / columns));
  const sums: bigint[] = [];
  counts.forEach((count, i) => (sums[Math.floor(i / each)] = (sums[Math.floor(i / each)] ?? 0n) + count));
  const most = sums.reduce((a, b) => (b > a ? b : a), 0n);
  return sums.map((sum) => (sum <= 0n ? ' ' : levels[Math.min(levels.length - 1, Number((sum * BigInt(levels.length)) / most))]!)).join('');
}
