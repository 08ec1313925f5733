// array and percpu_array: keys are u32 indexes, every element exists from the start and none can be deleted.
//
//   idea   an element gets its bytes when it is first touched

import { errno } from '../errno.js';
import type { Region } from '../memory.js';
import { checkUpdateFlags, KeyedMap } from './map.js';

export class ArrayMap extends KeyedMap {
  /** by index × cpus + cpu */
  private readonly values = new Map<number, Region>();

  override valueFor(key: Uint8Array, cpu: number): Region | undefined {
    const index = this.indexOf(key);
    return index < this.spec.maxEntries ? this.valueAt(index, cpu) : undefined;
  }

  /** The value of an element that is in range. */
  valueAt(index: number, cpu: number): Region {
    const place = this.perCpu ? index * this.cpus + cpu : index;
    let region = this.values.get(place);
    if (region === undefined) {
      region = this.newValue();
      this.values.set(place, region);
    }
    return region;
  }

  override updateFrom(cpu: number, key: Uint8Array, value: Uint8Array, flags: bigint): number {
    const refused = this.checkUpdate(key, flags);
    if (refused === 0) this.valueAt(this.indexOf(key), cpu).bytes.set(value);
    return refused;
  }

  override update(key: Uint8Array, value: Uint8Array, flags = 0): number {
    this.checkKey(key);
    this.checkUserValue(value);
    const refused = this.checkUpdate(key, BigInt(flags));
    if (refused !== 0) return refused;
    for (let cpu = 0; cpu < (this.perCpu ? this.cpus : 1); cpu++) this.valueAt(this.indexOf(key), cpu).bytes.set(this.slice(value, cpu));
    return 0;
  }

  override deleteKey(): number {
    return -errno.EINVAL;
  }

  override keys(): Uint8Array[] {
    return Array.from({ length: this.spec.maxEntries }, (_, index) => new Uint8Array(Uint32Array.of(index).buffer));
  }

  override clear(): void {
    for (const region of this.values.values()) region.bytes.fill(0);
  }

  private checkUpdate(key: Uint8Array, flags: bigint): number {
    if (flags > 2n) return -errno.EINVAL;
    if (this.indexOf(key) >= this.spec.maxEntries) return -errno.E2BIG;
    return checkUpdateFlags(flags, true);
  }

  private indexOf(key: Uint8Array): number {
    return (key[0]! | (key[1]! << 8) | (key[2]! << 16) | (key[3]! << 24)) >>> 0;
  }
}
