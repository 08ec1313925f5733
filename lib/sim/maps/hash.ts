// hash, percpu_hash and their LRU variants.
//
//   facts  updating an existing element puts a new value in its place: pointers to the old one stay valid but are no longer in the map;
//          per-CPU values are updated in place, and an element that a program creates is zero on the other CPUs
//          (kernel/bpf/hashtab.c htab_map_update_elem, pcpu_init_value)
//   idea   order of the JS map = order of creation, for LRU order of use; the kernel's LRU is only approximate

import { errno } from '../errno.js';
import type { Region } from '../memory.js';
import { checkUpdateFlags, KeyedMap } from './map.js';

interface Element {
  readonly key: Uint8Array;
  /** one, or one per CPU; made when first touched */
  readonly values: (Region | undefined)[];
}

export class HashMap extends KeyedMap {
  private readonly elementByKey = new Map<string, Element>();
  private readonly isLru = this.spec.type.startsWith('lru_');

  override valueFor(key: Uint8Array, cpu: number): Region | undefined {
    const name = nameOf(key);
    const element = this.elementByKey.get(name);
    if (element === undefined) return undefined;
    if (this.isLru) this.touch(name, element);
    return this.valueIn(element, cpu);
  }

  protected override peek(key: Uint8Array, cpu: number): Region | undefined {
    const element = this.elementByKey.get(nameOf(key));
    return element && this.valueIn(element, cpu);
  }

  override updateFrom(cpu: number, key: Uint8Array, value: Uint8Array, flags: bigint): number {
    const element = this.elementFor(key, flags);
    if (typeof element === 'number') return element;
    this.valueIn(element, cpu).bytes.set(value);
    return 0;
  }

  override update(key: Uint8Array, value: Uint8Array, flags = 0): number {
    this.checkKey(key);
    this.checkUserValue(value);
    const element = this.elementFor(key, BigInt(flags));
    if (typeof element === 'number') return element;
    for (let cpu = 0; cpu < (this.perCpu ? this.cpus : 1); cpu++) this.valueIn(element, cpu).bytes.set(this.slice(value, cpu));
    return 0;
  }

  override deleteKey(key: Uint8Array): number {
    const name = nameOf(key);
    const element = this.elementByKey.get(name);
    if (element === undefined) return -errno.ENOENT;
    this.remove(name, element);
    return 0;
  }

  override keys(): Uint8Array[] {
    return Array.from(this.elementByKey.values(), (element) => element.key.slice());
  }

  override get size(): number {
    return this.elementByKey.size;
  }

  override clear(): void {
    for (const [name, element] of [...this.elementByKey]) this.remove(name, element);
  }

  /** The element to write an update to, made or replaced; a negative errno when that is refused. */
  private elementFor(key: Uint8Array, flags: bigint): Element | number {
    const name = nameOf(key);
    const old = this.elementByKey.get(name);
    const refused = checkUpdateFlags(flags, old !== undefined);
    if (refused !== 0) return refused;
    if (old === undefined) {
      if (this.elementByKey.size >= this.spec.maxEntries && !this.evict()) return -errno.E2BIG;
      const element: Element = { key: key.slice(), values: [] };
      this.elementByKey.set(name, element);
      return element;
    }
    if (!this.perCpu) {
      this.retireValues(old);
      old.values.length = 0;
    }
    if (this.isLru) this.touch(name, old);
    return old;
  }

  private valueIn(element: Element, cpu: number): Region {
    return (element.values[this.perCpu ? cpu : 0] ??= this.newValue());
  }

  private touch(name: string, element: Element): void {
    this.elementByKey.delete(name);
    this.elementByKey.set(name, element);
  }

  private evict(): boolean {
    if (!this.isLru) return false;
    const [oldest] = this.elementByKey;
    this.remove(oldest![0], oldest![1]);
    return true;
  }

  private remove(name: string, element: Element): void {
    this.elementByKey.delete(name);
    this.retireValues(element);
  }

  private retireValues(element: Element): void {
    for (const region of element.values) if (region !== undefined) this.memory.retire(region);
  }
}

function nameOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}
