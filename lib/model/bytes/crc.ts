// CRC-32 as zlib has it: what debug links and compiled programs carry.

let table: Uint32Array | undefined;

/** Made by the first sum: as a constant of the module its loop was hot enough for V8's optimizing compiler, of which a start otherwise reads nothing. */
function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
    return value >>> 0;
  });
}

/** @param before  the sum of the bytes that stand before these */
export function crc32(bytes: Uint8Array, before = 0): number {
  table ??= makeTable();
  let sum = ~before >>> 0;
  for (const byte of bytes) sum = table[(sum ^ byte) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}
