// All elements of a kernel map as bytes, before anybody knows what they mean.

/** The elements, one after the other. */
export interface RawMap<Bytes extends Uint8Array = Uint8Array> {
  readonly count: number;
  /** count × keySize bytes */
  readonly keys: Bytes;
  /** count × valueSize bytes; per-CPU: count × cpus × valueSize rounded up to 8 */
  readonly values: Bytes;
}
