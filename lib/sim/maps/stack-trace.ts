// stack_trace: stacks by id, filled by get_stackid.
//
//   facts  the id is a hash folded to the number of buckets; a bucket that holds another stack is kept (-EEXIST) unless
//          BPF_F_REUSE_STACKID (kernel/bpf/stackmap.c __bpf_get_stackid)

import type { MapSpec } from '../../model/bpf/object-spec.js';
import { errno } from '../errno.js';
import type { Memory, Region } from '../memory.js';
import type { SimMap } from './map.js';

export class StackTraceMap implements SimMap {
  readonly handle: Region;
  readonly bucketCount: number;
  private readonly stackById = new Map<number, readonly bigint[]>();

  constructor(
    readonly spec: MapSpec,
    memory: Memory,
  ) {
    this.handle = memory.allocate('map', spec.name, new Uint8Array(0));
    this.bucketCount = 2 ** Math.ceil(Math.log2(spec.maxEntries));
  }

  /** Most addresses a stack can have. */
  get depth(): number {
    return this.spec.valueSize / 8;
  }

  /** The stack's id, or a negative errno. */
  add(addresses: readonly bigint[], options: { compareHashOnly: boolean; reuse: boolean }): number {
    const stack = addresses.slice(0, this.depth);
    const hash = hashOf(stack);
    const id = hash % this.bucketCount;
    const old = this.stackById.get(id);
    if (old !== undefined && hashOf(old) === hash && (options.compareHashOnly || same(old, stack))) return id;
    if (old !== undefined && !options.reuse) return -errno.EEXIST;
    this.stackById.set(id, stack);
    return id;
  }

  // What user space sees.

  /** Addresses of a stack as u64, the rest zero. */
  lookup(key: Uint8Array): Uint8Array | undefined {
    const stack = this.stackById.get(new DataView(key.buffer, key.byteOffset).getUint32(0, true));
    if (stack === undefined) return undefined;
    const words = new BigUint64Array(this.depth);
    words.set(stack);
    return new Uint8Array(words.buffer);
  }

  delete(key: Uint8Array): number {
    return this.stackById.delete(new DataView(key.buffer, key.byteOffset).getUint32(0, true)) ? 0 : -errno.ENOENT;
  }

  entries(): [key: Uint8Array, value: Uint8Array][] {
    return Array.from(this.stackById.keys(), (id) => {
      const key = new Uint8Array(Uint32Array.of(id).buffer);
      return [key, this.lookup(key)!];
    });
  }

  clear(): void {
    this.stackById.clear();
  }
}

function hashOf(stack: readonly bigint[]): number {
  let hash = 0x811c9dc5;
  for (const address of stack) {
    hash = Math.imul(hash ^ Number(address & 0xffffffffn), 0x01000193);
    hash = Math.imul(hash ^ Number(address >> 32n), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

function same(a: readonly bigint[], b: readonly bigint[]): boolean {
  return a.length === b.length && a.every((address, i) => address === b[i]);
}
