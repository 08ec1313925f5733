// getopt: a named parameter of the script. Its value lies in read-only data, where it is put before the programs are loaded.
//
//   facts  language.md 8.4. That the arguments are literals, and the same in all calls of one name, was looked at while the script was expanded
//          (expand/named-parameters.ts). A text has room for max_strlen bytes, whatever its default is

import { sizeOf } from '../../model/types/size.js';
import { bool, int64, isSigned, string, uint64 } from '../../model/types/types.js';
import { positionOf } from '../../model/layout/parameters.js';
import { defineFunction } from './define.js';

export const getopt = defineFunction({
  name: 'getopt', mode: 'S', doc: 'Value of the script\'s parameter --NAME: a bool, a number or a string, as its default is.',
  params: [
    { name: 'name', accepts: 'literal string', doc: 'name, without dashes' },
    { name: 'default', accepts: 'any', optional: true, doc: 'a literal; false when it is left out' },
    { name: 'description', accepts: 'literal string', optional: true, doc: 'for the script\'s --help' },
  ],
  check(call, c) {
    const value = call.args[1] === undefined ? false : c.literal(call.args[1]);
    if (typeof value === 'string') return string(c.config.number('max_strlen'));
    // what stands for `$1` has the type of a literal: it adopts the sign of what it meets
    if (typeof value === 'bigint' && positionOf(String(c.literal(call.args[0]!)))) return { ...int64, flexible: true };
    if (typeof value === 'bigint') return value < 0n ? int64 : uint64;
    return bool;
  },
  lower(call, l) {
    const { base, offset, type } = l.parameter(String(l.literal(call.args[0]!)), l.typeOf(call));
    return l.b.load(base, offset, sizeOf(type) as 1 | 8, isSigned(type));
  },
  lowerPlace: (call, l) => l.parameter(String(l.literal(call.args[0]!)), l.typeOf(call)),
});
