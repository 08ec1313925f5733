// Widths and forms of numbers as printf(3) has them, for columns.
//
//   in     one conversion, with text before and behind it: `%-7d `, `%-14.14s`, `%08o `
//   facts  bcc prints bytes: a width counts bytes of UTF-8, not characters. Nothing is cut but by a precision

import { bytesOf } from '../../lib/index.js';

export type Printable = string | number | bigint;

/** Compiles a format with one conversion: `s`, `d`, `o`, `x` or `f`. Text under a conversion for numbers stands as it is: `?` for what is not known. */
export function padder(format: string): (value: Printable) => string {
  const match = /^([^%]*)%([-0]*)(\d*)(?:\.(\d+))?([sdoxf])([^%]*)$/.exec(format);
  if (!match) throw new RangeError(`'${format}' is not one conversion of printf`);
  const [, before, flags, widthText, precisionText, conversion, behind] = match as unknown as string[];
  const width = Number(widthText);
  const precision = precisionText === undefined ? undefined : Number(precisionText);
  const left = flags!.includes('-');
  const zeros = flags!.includes('0') && !left;
  return (value) => {
    const shown = typeof value === 'string' ? cut(value, conversion === 's' ? precision : undefined) : converted(value, conversion!, precision);
    const missing = Math.max(width - lengthOf(shown), 0);
    if (zeros && typeof value !== 'string') return `${before}${shown.replace(/^-?/, (sign) => sign + '0'.repeat(missing))}${behind}`;
    return `${before}${left ? '' : ' '.repeat(missing)}${shown}${left ? ' '.repeat(missing) : ''}${behind}`;
  };
}

function converted(value: number | bigint, conversion: string, precision = 6): string {
  switch (conversion) {
    case 'f': return Number(value).toFixed(precision);
    case 'o': return value.toString(8);
    case 'x': return value.toString(16);
    default: return typeof value === 'bigint' ? value.toString() : Math.trunc(value).toString();
  }
}

function cut(text: string, most: number | undefined): string {
  return most === undefined ? text : text.slice(0, most);
}

function lengthOf(text: string): number {
  return /^[\x00-\x7f]*$/.test(text) ? text.length : bytesOf(text).length;
}
