// A growing little-endian byte buffer, for the writers of BTF and ELF.

const encoder = new TextEncoder();

export class ByteWriter {
  private bytes: Uint8Array;
  private view: DataView;
  private used = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.used;
  }

  u8(value: number): this {
    const at = this.grow(1);
    this.view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.grow(2);
    this.view.setUint16(at, value, true);
    return this;
  }

  /** Also takes negative numbers. */
  u32(value: number): this {
    const at = this.grow(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  /** `value` is below 2^53. */
  u64(value: number): this {
    return this.u32(value >>> 0).u32(Math.floor(value / 2 ** 32));
  }

  raw(data: Uint8Array): this {
    const at = this.grow(data.length);
    this.bytes.set(data, at);
    return this;
  }

  /** UTF-8 and a zero byte; zero bytes inside the text are dropped. */
  text(value: string): this {
    const clean = value.includes('\0') ? value.replaceAll('\0', '') : value;
    const at = this.grow(clean.length * 3 + 1);
    const { written } = encoder.encodeInto(clean, this.bytes.subarray(at));
    this.used = at + written;
    return this.u8(0);
  }

  zeros(count: number): this {
    const at = this.grow(count);
    this.bytes.fill(0, at, at + count);
    return this;
  }

  /** Zeros up to the next multiple of `to`. */
  align(to: number): this {
    return this.zeros((to - (this.used % to)) % to);
  }

  setU32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  /** What was written; shares memory with the writer. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  /** Room for `count` more bytes; answers where they start. */
  private grow(count: number): number {
    const at = this.used;
    this.used += count;
    if (this.used > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.used, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}
