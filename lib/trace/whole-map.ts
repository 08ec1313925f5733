// A map of the script as one, where the compiler has laid its elements into two kernel maps by the length of their keys.
//
//   facts  ManifestMap.shortKeys: the bytes behind a short key are 0

import type { ManifestMap } from '../model/layout/manifest.js';
import type { RawMap } from '../model/layout/raw-map.js';
import type { SessionMap } from '../runtime/session/kernel.js';

/** All elements of the map, whichever kernel map they lie in. */
export function wholeMap(spec: ManifestMap, map: (kernelName: string) => SessionMap): SessionMap {
  const long = map(spec.name);
  const { shortKeys } = spec;
  if (!shortKeys) return long;
  const short = map(shortKeys.name);
  const joined = (few: RawMap, many: RawMap): RawMap => {
    const keys = new Uint8Array((few.count + many.count) * spec.keySize);
    for (let i = 0; i < few.count; i++) keys.set(few.keys.subarray(i * shortKeys.keySize, (i + 1) * shortKeys.keySize), i * spec.keySize);
    keys.set(many.keys.subarray(0, many.count * spec.keySize), few.count * spec.keySize);
    return { count: few.count + many.count, keys, values: Buffer.concat([few.values, many.values]) };
  };
  const isLong = (key: Uint8Array): boolean => key.subarray(shortKeys.keySize).some((byte) => byte !== 0);
  return {
    readAll: () => joined(short.readAll(), long.readAll()),
    takeAll: (keepKeys) => joined(short.takeAll(keepKeys), long.takeAll(keepKeys)),
    delete: (key) => (isLong(key) ? long.delete(key) : short.delete(key.subarray(0, shortKeys.keySize))),
    readAllAside: async () => joined(await short.readAllAside(), await long.readAllAside()),
    takeAllAside: async () => joined(await short.takeAllAside(), await long.takeAllAside()),
    lookup: (key) => (isLong(key) ? long.lookup(key) : short.lookup(key.subarray(0, shortKeys.keySize))),
    takeKey: (key) => (isLong(key) ? long.takeKey(key) : short.takeKey(key.subarray(0, shortKeys.keySize))),
    deleteAll() {
      short.deleteAll();
      long.deleteAll();
    },
    zeroAll() {
      short.zeroAll();
      long.zeroAll();
    },
  };
}
