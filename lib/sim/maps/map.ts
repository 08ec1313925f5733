// What all modelled maps have in common, and the two views of a keyed map: the program's (regions) and user space's (bytes).

import type { MapSpec, MapTypeName } from '../../model/bpf/object-spec.js';
import { flag } from '../../model/bpf/uapi.js';
import { errno } from '../errno.js';
import type { Memory, Region } from '../memory.js';

export interface SimMap {
  readonly spec: MapSpec;
  /** its address is what a program holds after loading the map */
  readonly handle: Region;
}

/** hash and array families. Results of changing operations are 0 or a negative errno, as the system call and the helpers give. */
export abstract class KeyedMap implements SimMap {
  readonly handle: Region;
  /** values are per-CPU */
  readonly perCpu: boolean;
  /** bytes of one user-space value: valueSize, or every CPU's rounded up to 8 and concatenated */
  readonly userValueSize: number;

  constructor(
    readonly spec: MapSpec,
    protected readonly memory: Memory,
    protected readonly cpus: number,
  ) {
    this.handle = memory.allocate('map', spec.name, new Uint8Array(0));
    this.perCpu = isPerCpu(spec.type);
    this.userValueSize = this.perCpu ? roundUp8(spec.valueSize) * cpus : spec.valueSize;
  }

  // What programs see.

  /** The value of a CPU; undefined is the helper's NULL. */
  abstract valueFor(key: Uint8Array, cpu: number): Region | undefined;
  /** map_update_elem from a program on `cpu`. */
  abstract updateFrom(cpu: number, key: Uint8Array, value: Uint8Array, flags: bigint): number;
  abstract deleteKey(key: Uint8Array): number;
  /** Keys as an iteration finds them; keys deleted meanwhile must be skipped by looking them up again. */
  abstract keys(): Uint8Array[];

  // What user space sees.

  /** Copy of a value (of all CPUs'); undefined when there is none. */
  lookup(key: Uint8Array): Uint8Array | undefined {
    this.checkKey(key);
    const bytes = new Uint8Array(this.userValueSize);
    const stride = roundUp8(this.spec.valueSize);
    for (let cpu = 0; cpu < (this.perCpu ? this.cpus : 1); cpu++) {
      const region = this.peek(key, cpu);
      if (region === undefined) return undefined;
      bytes.set(region.bytes, cpu * stride);
    }
    return bytes;
  }

  /** @param value  of userValueSize bytes
   * @param flags  BPF_ANY, BPF_NOEXIST or BPF_EXIST */
  abstract update(key: Uint8Array, value: Uint8Array, flags?: number): number;

  delete(key: Uint8Array): number {
    this.checkKey(key);
    return this.deleteKey(key);
  }

  entries(): [key: Uint8Array, value: Uint8Array][] {
    return this.keys().map((key) => [key, this.lookup(key)!]);
  }

  /** As if the map were new. */
  abstract clear(): void;

  get size(): number {
    return this.keys().length;
  }

  /** valueFor without side effects on recency. */
  protected peek(key: Uint8Array, cpu: number): Region | undefined {
    return this.valueFor(key, cpu);
  }

  protected newValue(): Region {
    const writable = (this.spec.flags & flag.BPF_F_RDONLY_PROG) === 0;
    const loadable = (this.spec.flags & flag.BPF_F_WRONLY_PROG) === 0;
    return this.memory.allocate('map_value', this.spec.name, new Uint8Array(this.spec.valueSize), { writable, loadable, constant: !writable });
  }

  protected checkKey(key: Uint8Array): void {
    if (key.length !== this.spec.keySize) throw new RangeError(`map ${this.spec.name}: a key has ${this.spec.keySize} bytes, not ${key.length}`);
  }

  protected checkUserValue(value: Uint8Array): void {
    if (value.length !== this.userValueSize) throw new RangeError(`map ${this.spec.name}: a value has ${this.userValueSize} bytes for user space, not ${value.length}`);
  }

  /** The part of a user-space value that belongs to a CPU. */
  protected slice(value: Uint8Array, cpu: number): Uint8Array {
    const at = this.perCpu ? cpu * roundUp8(this.spec.valueSize) : 0;
    return value.subarray(at, at + this.spec.valueSize);
  }
}

export function isPerCpu(type: MapTypeName): boolean {
  return type === 'percpu_hash' || type === 'percpu_array' || type === 'lru_percpu_hash';
}

export function roundUp8(size: number): number {
  return (size + 7) & ~7;
}

/** -EEXIST or -ENOENT when the update flags forbid what would happen, -EINVAL for unknown flags, else 0. */
export function checkUpdateFlags(flags: bigint, exists: boolean): number {
  if (flags > BigInt(flag.BPF_EXIST)) return -errno.EINVAL;
  if (exists && flags === BigInt(flag.BPF_NOEXIST)) return -errno.EEXIST;
  if (!exists && flags === BigInt(flag.BPF_EXIST)) return -errno.ENOENT;
  return 0;
}
