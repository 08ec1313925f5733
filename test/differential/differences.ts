// Where bpftrace 0.17 and tbpf print different things on purpose, with the version of bpftrace that changed it (docs/language.md says what holds today).
// What is not listed here is a fault of one of the two, and `npm run test:differential` fails.

import type { Format } from './program.js';

export interface Difference {
  /** Version of bpftrace since which tbpf's way is the right one; `after 0.17` where its release notes do not tell. */
  readonly since: string;
  readonly what: string;
  readonly format?: Format;
  /** Rewrites what the old one prints to what the new one prints; the texts must then be equal byte for byte. */
  readonly rewrite?: (text: string) => string;
  /** What of both texts does not count. */
  readonly ignore?: RegExp;
  /** Programs whose output differs in a way that no rewriting of text can tell. */
  readonly programs?: RegExp;
}

export const differences: readonly Difference[] = [
  { since: 'after 0.17', what: 'the heading of a histogram has no blank at its end', format: 'text', rewrite: (text) => text.replaceAll(/^(@.*:) \n(?=[[(])/gm, '$1\n') },
  { since: 'after 0.17', what: 'nor has the heading of one that zero() left without rows', programs: /^emptied\/@m(?:\[1\])? = hist\(5\); zero/ },
  { since: 'after 0.17', what: 'empty lines: fewer after maps, none for a map without elements (in a batch it falls into a neighbour\'s output)', format: 'text', ignore: /^\n/gm },
  {
    since: 'after 0.17', what: 'a row of lhist() that has one integer is [n]', format: 'text',
    rewrite: (text) => text.replaceAll(/^\[(\d+), (\d+)\) +/gm, (label, from: string, to: string) => (Number(to) === Number(from) + 1 ? `[${from}]`.padEnd(label.length) : label)),
  },
  { since: 'after 0.17', what: 'hist() has rows above 4G', programs: /^(?:json )?histogram\/.* = hist\(%\) of 1073741824 1099511627776/ },
  { since: 'after 0.17', what: 'rows of a histogram in JSON are separated by a comma alone', format: 'json', rewrite: (text) => text.replaceAll('}, {', '},{') },
  { since: 'after 0.17', what: 'keys in JSON lose their blanks', programs: /^json map\/.* by "with space"$/ },
  { since: 'after 0.17', what: 'stats() prints its three numbers as a record', format: 'text', rewrite: (text) => text.replaceAll(/count (\d+), average (-?\d+), total (-?\d+)/g, '{ .count = $1, .average = $2, .total = $3 }') },
  { since: 'after 0.17', what: 'negative keys sort before others', programs: /^(?:json )?map\/(?:text|tuple) by -1 \| 1 \| 0$/ },
  { since: 'after 0.17', what: 'max() keeps a negative maximum (0.17 began with 0, compared as unsigned)', programs: /^(?:json )?aggregate\/.* = max\(-%\)/ },
  { since: 'after 0.17', what: 'min() keeps a minimum above 32 bits', programs: /^(?:json )?aggregate\/.* = min\(%\) of 4294967296/ },
  { since: 'after 0.26', what: 'print() of a scalar without a value prints zero', programs: /^(?:json )?emptied\/@m = .*clear\(@m\); print\(@m\)$/ },
  { since: '0.25', what: 'an integer literal is as small as it can be', programs: /^size\/sizeof\((?:5|\(1, 2\))\)$/ },
  { since: 'after 0.17', what: 'JSON has no blank lines at the end', format: 'json', rewrite: (text) => text.replaceAll(/^\n/gm, '') },
  { since: 'after 0.17', what: 'JSON has UTF-8 as it is', programs: /^json printf text\/ünï$/ },
  { since: 'after 0.17', what: 'a zero by %p is 0, not (nil)', rewrite: (text) => text.replaceAll('   (nil)', '       0').replaceAll('(nil)   ', '0       ').replaceAll('(nil)', '0') },
  { since: 'after 0.17', what: 'the flag 0 fills up characters with zeros too', programs: /^(?:json )?printf several\/zeros before characters$/ },
  { since: 'after 0.17', what: 'a format without arguments is a format: %% is a percent sign', rewrite: (text) => text.replaceAll('%%', '%') },
];
