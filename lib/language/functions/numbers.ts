// Numbers made of numbers: bswap.

import { type IntType, uint64 } from '../../model/types/types.js';
import { asInteger } from '../../model/types/promote.js';
import { intType } from '../../model/ir/ir.js';
import { argumentOf, defineFunction } from './define.js';

export const bswap = defineFunction({
  name: 'bswap', mode: 'S', doc: 'The bytes of an integer in reverse order, as an unsigned integer of the same width.',
  params: [{ name: 'n', accepts: 'integer', doc: 'integer; one of 8 bits stays as it is' }],
  check: (call, c) => unsigned(asInteger(c.typeOf(call.args[0]!)) ?? uint64),
  lower(call, l) {
    const argument = argumentOf(call, 0);
    const type = unsigned(asInteger(l.typeOf(argument)) ?? uint64);
    const value = l.value(argument, type);
    return type.bits === 8 ? value : l.b.emit('bswap', intType(type.bits, false), [value], { width: (type.bits / 8) as 2 | 4 | 8 });
  },
});

function unsigned({ bits }: IntType): IntType {
  return { kind: 'int', bits, signed: false };
}
