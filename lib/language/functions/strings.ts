// Strings in the program: strncmp, strcontains, strstr, strlen.
//
//   idea   both operands are read where they lie; string-loops.ts has the loops over their bytes

import type { Call } from '../../model/syntax/nodes.js';
import { bool, int64, uint64 } from '../../model/types/types.js';
import { badComparedLength } from '../diagnostics.js';
import { argumentOf, defineFunction } from './define.js';
import { lowerCompare, lowerFind, lowerLength } from './string-loops.js';

export const strncmp = defineFunction({
  name: 'strncmp', mode: 'S', doc: 'Compares the first n bytes of two strings: 0 when equal, 1 otherwise.',
  params: [
    { name: 'a', accepts: 'string', doc: 'string' },
    { name: 'b', accepts: 'string', doc: 'string' },
    { name: 'n', accepts: 'any', doc: 'bytes, a literal' },
  ],
  check(call: Call, c) {
    const n = c.literal(call.args[2]!);
    if (typeof n !== 'bigint' || n < 0n) c.report(badComparedLength.at(call.span, {}));
    return uint64;
  },
  lower: (call, l) => lowerCompare(l, argumentOf(call, 0), argumentOf(call, 1), Number(l.literal(call.args[2]!))),
});

export const strcontains = defineFunction({
  name: 'strcontains', mode: 'S', doc: 'Whether the first string contains the second.',
  params: [{ name: 'haystack', accepts: 'string', doc: 'string' }, { name: 'needle', accepts: 'string', doc: 'string' }],
  check: () => bool,
  lower: (call, l) => l.b.compare('sge', lowerFind(l, argumentOf(call, 0), argumentOf(call, 1)), 0),
});

export const strstr = defineFunction({
  name: 'strstr', mode: 'S', doc: 'Index of the second string in the first, -1 when it is not there.',
  params: [{ name: 'haystack', accepts: 'string', doc: 'string' }, { name: 'needle', accepts: 'string', doc: 'string' }],
  check: () => int64,
  lower: (call, l) => lowerFind(l, argumentOf(call, 0), argumentOf(call, 1)),
});

export const strlen = defineFunction({
  name: 'strlen', mode: 'S', doc: 'Bytes of a string before its NUL.',
  params: [{ name: 's', accepts: 'string', doc: 'string' }],
  check: () => uint64,
  lower: (call, l) => lowerLength(l, argumentOf(call, 0)),
});
