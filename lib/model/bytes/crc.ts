// CRC-32 as zlib has it: what debug links and compiled programs carry.

let table: Int32Array | undefined;

/** Made by the first sum: as a constant of the module its loop was hot enough for V8's optimizing compiler, of which a start otherwise reads nothing. */
function makeTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
    return value;
  });
}

/**
 * A start of a compiled program sums all of it before V8 has machine code: an index and small signed integers, which are not
 * allocated, take a quarter of the time of an iterator and unsigned ones.
 *
 * @param before  the sum of the bytes that stand before these
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const shifted = (table ??= makeTable());
  let sum = ~before;
  for (let i = 0; i < bytes.length; i++) sum = shifted[(sum ^ bytes[i]!) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}
