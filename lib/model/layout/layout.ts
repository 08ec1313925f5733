// The bytes of event records and map elements, described once: the compiler stores through these, the runtime reads through them.
//
//   event record   u32 event id | fixed part | dynamic strings, one after the other, without padding
//                  a fixed argument lies at its offset; a dynamic string has a u32 length at its offset (bytes, no NUL counted)
//                  and its bytes follow the fixed part in the order of the arguments
//   map element    key bytes as `type` lies in memory; values see MapLayout

import { type Type } from '../types/types.js';
import { alignOf, roundUp, sizeOf } from '../types/size.js';

/** Every record starts with its event's id (index into Manifest.events). */
export const EVENT_ID_BYTES = 4;

export interface ArgumentLayout {
  readonly type: Type;
  /** bytes from the start of the record */
  readonly offset: number;
  /** a string whose length stands at `offset` and whose bytes lie in the dynamic part */
  readonly dynamic: boolean;
}

export interface RecordLayout {
  readonly arguments: readonly ArgumentLayout[];
  /** bytes of id and fixed part; the dynamic part starts here */
  readonly fixedSize: number;
  /** bytes of the largest record */
  readonly maxSize: number;
}

/** Places the arguments of an event. Which strings are dynamic is the caller's choice (`isDynamic`). */
export function layoutRecord(types: readonly Type[], isDynamic: (type: Type, index: number) => boolean): RecordLayout {
  let at = EVENT_ID_BYTES;
  let dynamicBytes = 0;
  const args = types.map((type, index): ArgumentLayout => {
    const dynamic = isDynamic(type, index);
    at = roundUp(at, dynamic ? 4 : alignOf(type));
    const offset = at;
    at += dynamic ? 4 : sizeOf(type);
    if (dynamic) dynamicBytes += sizeOf(type);
    return { type, offset, dynamic };
  });
  const fixedSize = roundUp(at, dynamicBytes > 0 ? 4 : 8);
  return { arguments: args, fixedSize, maxSize: fixedSize + dynamicBytes };
}
