// Bytes as the kernel side writes them, for tests of their readers.

import type { RecordLayout } from '../../../../lib/model/layout/layout.js';
import { placeElements, sizeOf } from '../../../../lib/model/types/size.js';
import type { Type } from '../../../../lib/model/types/types.js';
import { bytesOfText } from '../../../../lib/model/syntax/text.js';

export type Sample = number | bigint | boolean | string | Uint8Array | readonly Sample[];

/** Writes a value of `type` at `at`; strings are NUL padded. Types made of other than these: write bytes. */
export function put(view: DataView, at: number, type: Type, value: Sample): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset);
  if (value instanceof Uint8Array) {
    if (type.kind === 'buffer') view.setUint32(at, value.length, true);
    bytes.set(value, type.kind === 'buffer' ? at + 4 : at);
    return;
  }
  switch (type.kind) {
    case 'tuple': case 'record': {
      const types = type.kind === 'tuple' ? type.elements : type.fields.map((field) => field.type);
      placeElements(types).offsets.forEach((offset, i) => put(view, at + offset, types[i]!, (value as readonly Sample[])[i]!));
      return;
    }
    case 'array':
      (value as readonly Sample[]).forEach((element, i) => put(view, at + i * sizeOf(type.of), type.of, element));
      return;
    case 'string':
      bytes.fill(0, at, at + type.capacity);
      bytes.set(bytesOfText(value as string).subarray(0, type.capacity), at);
      return;
    default: {
      const whole = new DataView(new ArrayBuffer(8));
      whole.setBigInt64(0, BigInt(value as number | bigint | boolean), true);
      bytes.set(new Uint8Array(whole.buffer, 0, Math.min(8, sizeOf(type))), at);
    }
  }
}

export function encode(type: Type, value: Sample): DataView {
  const view = new DataView(new ArrayBuffer(Math.max(sizeOf(type), 8)));
  put(view, 0, type, value);
  return view;
}

/** A record that starts at byte `at` of its buffer, as records in a ring buffer do. */
export function encodeRecord(layout: RecordLayout, values: readonly Sample[], at = 16): DataView {
  const view = new DataView(new ArrayBuffer(at + layout.maxSize + 8));
  let dynamicAt = at + layout.fixedSize;
  layout.arguments.forEach(({ type, offset, dynamic }, i) => {
    if (!dynamic) return put(view, at + offset, type, values[i]!);
    const bytes = bytesOfText(values[i] as string);
    view.setUint32(at + offset, bytes.length, true);
    new Uint8Array(view.buffer).set(bytes, dynamicAt);
    dynamicAt += bytes.length;
  });
  return view;
}
