// The header of .BTF.ext: what the compiler writes, and what tests and the loader look up.
//
//   layout  magic u16, version u8, flags u8, length of the header u32; then for each part its offset behind the header and its length, u32 both:
//           functions, lines, and in headers of 32 bytes relocations (CO-RE)

import { ByteWriter } from './byte-writer.js';
import { BTF_MAGIC } from './types.js';

const VERSION = 1;
const LENGTH_AT = 4;
const parts = ['functions', 'lines', 'relocations'] as const;
export type BtfExtPart = (typeof parts)[number];

/** Where the offset of a part stands in the header; its length is behind it. */
function placeOf(part: BtfExtPart): number {
  return LENGTH_AT + 4 + parts.indexOf(part) * 8;
}

/** @param lengths  of the parts in bytes, which follow one another; without relocations the header has no place for them */
export function encodeBtfExtHeader(lengths: Readonly<Record<BtfExtPart, number>>): Uint8Array {
  const present = parts.filter((part) => part !== 'relocations' || lengths[part] > 0);
  const headerBytes = placeOf(present.at(-1)!) + 8;
  const out = new ByteWriter(headerBytes).u16(BTF_MAGIC).u8(VERSION).u8(0).u32(headerBytes);
  let offset = 0;
  for (const part of present) {
    out.u32(offset).u32(lengths[part]);
    offset += lengths[part];
  }
  return out.finish();
}

/** First byte of a part, and how many it has: 0 of one that the header does not know. `lengthAt`: where the header says so. */
export function btfExtPart(ext: DataView, part: BtfExtPart): { readonly start: number; readonly sizeBytes: number; readonly lengthAt: number } {
  const headerBytes = ext.getUint32(LENGTH_AT, true);
  const at = placeOf(part);
  const lengthAt = at + 4;
  return at < headerBytes ? { start: headerBytes + ext.getUint32(at, true), sizeBytes: ext.getUint32(lengthAt, true), lengthAt } : { start: headerBytes, sizeBytes: 0, lengthAt };
}
