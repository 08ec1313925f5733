// A map that somebody else has pinned in a BPF file system, for programs that look things up in it.
//
//   why    bcc's tools take the cgroups and mount namespaces that count from pinned maps, which their owner changes while the tools run
//   owners the map stays when it is closed here; only this process's handle goes

import { loadNative, type MapHandle } from '../runtime/native/index.js';
import { wrongType } from './check.js';

export class PinnedMap {
  readonly #map: MapHandle;

  constructor(
    /** where it is pinned */
    readonly path: string,
    map: MapHandle,
  ) {
    this.#map = map;
  }

  get keyBytes(): number {
    return this.#map.keySize;
  }

  /** Whether there is an element of this key now.
   * @param key  `keyBytes` bytes
   * @throws TbpfError  ERR_ARG for a key of another size, ERR_CLOSED; OptionError */
  has(key: Uint8Array): boolean {
    if (!(key instanceof Uint8Array)) throw wrongType('key', key, 'a Uint8Array');
    return this.#map.lookup(key) !== undefined;
  }

  close(): void {
    this.#map.close();
  }
}

/** Opens what is pinned at a path, below /sys/fs/bpf as a rule.
 * @throws TbpfError  ENOENT, or the file is no map; OptionError, PermissionError */
export function openPinnedMap(path: string): PinnedMap {
  if (typeof path !== 'string') throw wrongType('path', path, 'a string');
  return new PinnedMap(path, loadNative().openMap({ path }));
}
