// The set of control groups that a run is about (Manifest.cgroups): a hash from u64 id to a byte that says nothing.

export const cgroupSet = {
  keyBytes: 8,
  valueBytes: 1,
  /** groups that the filter means at one time; those below them need no place */
  maxEntries: 16_384,
  /** A group of the set lies less than so many levels below the root. */
  levels: 64,
} as const;

export function cgroupKey(id: bigint): Uint8Array {
  const key = new Uint8Array(cgroupSet.keyBytes);
  new DataView(key.buffer).setBigUint64(0, id, true);
  return key;
}
