// Internet addresses as inet_ntop(3) writes them.

import { AF_INET, AF_INET6 } from '../../model/layout/value.js';

/** AF_INET: the first four bytes; AF_INET6: all sixteen. '' for another family, and for what was never written. */
export function inetText(family: number, bytes: Uint8Array): string {
  if (family === AF_INET) return bytes.subarray(0, 4).join('.');
  return family === AF_INET6 ? ipv6Text(bytes) : '';
}

function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  const { start, length } = longestZeroRun(groups);
  const compatible = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  if (compatible) return `${length === 5 ? '::ffff:' : '::'}${bytes.subarray(12).join('.')}`;
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
