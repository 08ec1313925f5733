// Strings as memory with an end: strcap, str_concat.

import { s64 } from '../../model/ir/ir.js';
import { sizeOf } from '../../model/types/size.js';
import { type Type, int64, string } from '../../model/types/types.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import * as say from '../diagnostics.js';
import { addressOfPlace } from '../place.js';
import { argumentOf, defineFunction } from './define.js';
import { spaceOf } from './memory.js';

const isCharacter = (type: Type): boolean => type.kind === 'int' && type.bits === 8;

/** What is wrong with a value that shall be like a string. */
function complaint(type: Type): Message | undefined {
  switch (type.kind) {
    case 'string': return undefined;
    case 'array': return isCharacter(type.of) ? undefined : say.arrayOfNoCharacters.with({});
    case 'pointer': return isCharacter(type.to) ? undefined : say.pointerToNoCharacters.with({});
    default: return say.noStringLike.with({});
  }
}

export const strcap = defineFunction({
  name: 'strcap', mode: 'S', doc: 'Room of a string, its NUL included; of an array its elements. Of a pointer it is the length of the text that it points at.',
  params: [{ name: 's', accepts: 'any', doc: 'string, array of characters or pointer to characters' }],
  check(call, c) {
    const type = c.typeOf(call.args[0]!);
    const wrong = type.kind === 'none' && c.settling ? undefined : complaint(type);
    if (wrong) c.report(wrong.at(call.args[0]!.span));
    return int64;
  },
  lower(call, l) {
    const argument = argumentOf(call, 0);
    const type = l.typeOf(argument);
    if (type.kind === 'string') return l.b.const(type.capacity);
    if (type.kind === 'array') return l.b.const(type.count);
    const text = l.temporary(string(l.config.number('max_strlen')), 'text');
    const read = l.probeReadString(text, l.value(argument), spaceOf(argument, l), { pad: false }, call.span);
    return l.select('sgt', read, 0, () => l.b.sub(read, 1), () => l.b.const(0));
  },
});

export const strConcat = defineFunction({
  name: 'str_concat', mode: 'S', doc: 'The second string behind the first, max_strlen bytes at most.',
  params: [{ name: 'a', accepts: 'string', doc: 'string' }, { name: 'b', accepts: 'string', doc: 'string' }],
  check: (_, c) => string(c.config.number('max_strlen')),
  lowerInto(call, l, to) {
    const { b } = l;
    const [first, second] = [l.place(argumentOf(call, 0)), l.place(argumentOf(call, 1))];
    // A string that fills its place has no NUL: the helper writes one in place of the last byte it reads, so one more is read.
    const [firstSize, secondSize] = [sizeOf(first.type) + 1, sizeOf(second.type) + 1];
    const both = l.temporary(string(firstSize + secondSize), 'both');
    b.zero(both.base, both.offset, firstSize + secondSize);
    const read = l.probeReadString({ ...both, type: string(firstSize) }, addressOfPlace(b, first), 'kernel', { pad: false }, call.span);
    const length = l.select('sgt', read, 0, () => b.sub(read, 1), () => b.const(0, s64));
    l.probeReadString({ base: b.add(both.base, length), offset: both.offset, type: string(secondSize) }, addressOfPlace(b, second), 'kernel', { pad: false }, call.span);
    const room = sizeOf(to.type);
    const used = Math.min(room, firstSize + secondSize);
    b.copy(to.base, to.offset, both.base, both.offset, used);
    b.zero(to.base, to.offset + used, room - used);
  },
});
