// `args` as a value: the record of all arguments of a probe.
//
//   facts  `args.x` of a text in the record of a tracepoint is a pointer, good while the program runs; in the record of all arguments, which may be kept, it
//          is the text itself

import type { RecordType } from '../model/types/types.js';
import { string } from '../model/types/types.js';
import type { ProbeArgument } from './record.js';

/** @param textBytes  max_strlen */
export function argumentsRecord(args: readonly ProbeArgument[], textBytes: number): RecordType {
  return { kind: 'record', fields: args.map(({ name, type, source }) => ({ name, type: source.kind === 'data_loc' && source.isText ? string(textBytes) : type })) };
}
