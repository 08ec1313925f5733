// Reads numbers and texts of DWARF one after another.
//
//   facts  little endian; LEB128 numbers have 7 bits a byte, the lowest first. Whatever reaches beyond the bytes is damage, and thrown

import { TbpfError } from '../diagnostics/errors.js';
import { textAt, viewOf } from '../bytes/bytes.js';

const MOST_LEB_BYTES = 10;

export class DamagedDwarf extends TbpfError {
  /** @param path  the file's, where the message has it */
  constructor(why: string, readonly path?: string) {
    super(why, { code: 'ERR_DWARF', operation: 'read DWARF' });
  }
}

export class Cursor {
  private readonly view: DataView;

  /** @param at  where to begin */
  constructor(readonly bytes: Uint8Array, public at = 0) {
    this.view = viewOf(bytes);
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** Moves on by so many bytes, and answers where it was. */
  skip(bytes: number): number {
    const { at } = this;
    if (!(bytes >= 0) || at + bytes > this.bytes.length) throw new DamagedDwarf('an entry reaches beyond its section');
    this.at = at + bytes;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  u24(): number {
    return this.u16() | (this.u8() << 16);
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.skip(8), true);
  }

  /** An offset, or a number that nobody makes larger than 2^53. */
  place(bytes: 4 | 8): number {
    if (bytes === 4) return this.u32();
    const value = this.u64();
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  }

  uleb(): number {
    let value = 0;
    for (let i = 0, unit = 1; i < MOST_LEB_BYTES; i++, unit *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    throw new DamagedDwarf('a number has no end');
  }

  /** Exactly, as enumerators need it. */
  bigUleb(): bigint {
    return BigInt.asUintN(64, this.leb().value);
  }

  sleb(): bigint {
    const { value, bits, negative } = this.leb();
    return negative && bits < 64 ? value - (1n << BigInt(bits)) : BigInt.asIntN(64, value);
  }

  text(): string {
    const start = this.at;
    this.skipText();
    return textAt(this.bytes, start);
  }

  skipText(): void {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new DamagedDwarf('a text has no end');
    this.at = end + 1;
  }

  block(size: number): Uint8Array {
    const start = this.skip(size);
    return this.bytes.subarray(start, start + size);
  }

  private leb(): { readonly value: bigint; readonly bits: number; readonly negative: boolean } {
    let value = 0n;
    for (let i = 0; i < MOST_LEB_BYTES; i++) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return { value, bits: 7 * (i + 1), negative: (byte & 0x40) !== 0 };
    }
    throw new DamagedDwarf('a number has no end');
  }
}
