// Event records to values, by the layout that the compiler wrote them with.

import type { RecordLayout } from '../../model/layout/layout.js';
import type { Value } from '../../model/layout/value.js';
import type { RecordReader } from '../../language/services.js';
import { compileReader, defaultReadOptions, type ReadOptions } from './reader.js';
import { readDynamicString } from './strings.js';

/** A function from a record to its arguments. Dynamic strings lie after the fixed part in the order of the arguments. */
export function recordReader(layout: RecordLayout, options: ReadOptions = defaultReadOptions): RecordReader {
  const args = layout.arguments.map(({ type, offset, dynamic }) => ({ type, offset, dynamic, read: dynamic ? undefined : compileReader(type, options) }));
  return (view, offset) => {
    const values: Value[] = [];
    let dynamicAt = offset + layout.fixedSize;
    for (const { type, offset: at, read } of args) {
      if (read) {
        values.push(read(view, offset + at));
        continue;
      }
      const length = view.getUint32(offset + at, true);
      values.push(readDynamicString(view, dynamicAt, length, type.kind === 'string' ? type.capacity : 0, options.truncationTrailer));
      dynamicAt += length;
    }
    return values;
  };
}
