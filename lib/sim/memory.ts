// The simulated 64-bit address space.
//
//   idea   everything a program may touch directly (stack frames, context, map values, ring-buffer records) is a Region of its own in an
//          arena, far from its neighbours: running off an end never lands in another region. Kernel and user memory of the traced machine is
//          given from outside at addresses the test chooses and can only be read by helpers.
//   facts  x86-64 splits user and kernel addresses by their top bit

import { SimFault } from './fault.js';

export type RegionKind = 'stack' | 'context' | 'map_value' | 'map_key' | 'record' | 'map' | 'function' | 'kernel' | 'user';
export type Space = 'kernel' | 'user';

/** States of a stack byte in `Region.written`. A helper's output buffer counts as written for the verifier even where the helper left it alone. */
export const UNWRITTEN = 0;
export const WRITTEN = 1;
export const LEFT_ALONE = 2;

/** What bytes hold that nobody has written: shows in results when a program uses them. */
export const GARBAGE = 0xa5;

export interface RegionOptions {
  /** stores by the program and writes by helpers are allowed */
  writable?: boolean;
  /** direct loads are allowed; default: all kinds but map, function, kernel, user */
  loadable?: boolean;
  /** of a map the program can't write (.rodata, BPF_F_RDONLY_PROG): helpers that want a constant string take only these */
  constant?: boolean;
}

export class Region {
  live = true;
  readonly view: DataView;
  readonly writable: boolean;
  readonly loadable: boolean;
  readonly constant: boolean;
  /** stack frames only: per byte UNWRITTEN, WRITTEN or LEFT_ALONE */
  readonly written: Uint8Array | undefined;

  constructor(
    readonly kind: RegionKind,
    /** for faults: `@x`, `context` */
    readonly name: string,
    readonly base: bigint,
    readonly bytes: Uint8Array,
    options: RegionOptions = {},
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.writable = options.writable ?? false;
    this.loadable = options.loadable ?? !(kind === 'map' || kind === 'function' || kind === 'kernel' || kind === 'user');
    this.constant = options.constant ?? false;
    this.written = kind === 'stack' ? new Uint8Array(bytes.length) : undefined;
  }

  /** `map_value @x` */
  toString(): string {
    return `${this.kind} ${this.name}`;
  }
}

const ARENA = 0xffff_c900_0000_0000n;
const SLOT_BITS = 24n;
const SLOT_SIZE = 1 << 24;
const GUARD = 1 << 22;
const SLOT_LIMIT = 1 << 21;
const FIRST_SLOT = Number(ARENA >> SLOT_BITS);

export class Memory {
  /** offset within the region that `find` answered last */
  offset = 0;
  /** direct loads from addresses outside the program's memory are probed, see environment.btfLoads */
  probesLoads = false;
  private readonly regionBySlot: Region[] = [];
  private readonly freeSlots: number[] = [];
  private readonly outside: Region[] = [];
  private readonly retired: Region[] = [];
  private runs = 0;

  /** A new live region over `bytes` (shared, not copied), at least 4 MiB away from any other. */
  allocate(kind: RegionKind, name: string, bytes: Uint8Array, options?: RegionOptions): Region {
    const slots = Math.ceil((bytes.length + 2 * GUARD) / SLOT_SIZE);
    const slot = slots === 1 ? this.freeSlots.pop() ?? this.regionBySlot.length : this.regionBySlot.length;
    if (slot + slots > SLOT_LIMIT) throw new SimFault(`the simulated address space is full: more than ${SLOT_LIMIT} regions`);
    const region = new Region(kind, name, ARENA + (BigInt(slot) << SLOT_BITS) + BigInt(GUARD), bytes, options);
    for (let i = 0; i < slots; i++) this.regionBySlot[slot + i] = region;
    return region;
  }

  /** Ends a region's life. Its address is reused, but not before the running programs have ended. */
  free(region: Region): void {
    region.live = false;
    if (this.runs > 0) this.retired.push(region);
    else this.recycle(region);
  }

  /** As `free`, but while programs run their pointers stay valid, as RCU keeps deleted map values. */
  retire(region: Region): void {
    if (this.runs > 0) this.retired.push(region);
    else this.free(region);
  }

  beginRun(): void {
    this.runs++;
  }

  endRun(): void {
    if (--this.runs > 0) return;
    for (const region of this.retired) {
      region.live = false;
      this.recycle(region);
    }
    this.retired.length = 0;
  }

  /** The region whose slot holds the address, live or not, also when the address is outside its bytes; `offset` is set to the place in it. */
  find(address: bigint): Region | undefined {
    const region = this.regionBySlot[Number(address >> SLOT_BITS) - FIRST_SLOT];
    if (region === undefined) return undefined;
    this.offset = Number(address - region.base);
    return region;
  }

  /** Puts memory of the traced machine at `address`: readable by probe_read helpers of its space. Regions must not overlap. */
  place(address: bigint, bytes: Uint8Array, space: Space, options: RegionOptions = {}): Region {
    const end = address + BigInt(bytes.length);
    const upper = address >> 63n === 1n;
    if (upper !== (space === 'kernel')) throw new SimFault(`${space} memory can't be at 0x${address.toString(16)}`);
    if (address < ARENA + (BigInt(SLOT_LIMIT) << SLOT_BITS) && end > ARENA) throw new SimFault(`0x${address.toString(16)} is inside the arena of the machine itself`);
    for (const other of this.outside) {
      if (address < other.base + BigInt(other.bytes.length) && end > other.base) throw new SimFault(`memory at 0x${address.toString(16)} overlaps memory at 0x${other.base.toString(16)}`);
    }
    const region = new Region(space, `memory 0x${address.toString(16)}`, address, bytes, options);
    this.outside.push(region);
    return region;
  }

  /** Takes placed memory away again: reading it faults from now on. */
  unplace(address: bigint): void {
    const index = this.outside.findIndex((region) => region.base === address);
    if (index < 0) throw new SimFault(`no memory was placed at 0x${address.toString(16)}`);
    this.outside.splice(index, 1);
  }

  /** Memory given by `place` that holds the address. */
  findOutside(address: bigint): Region | undefined {
    for (const region of this.outside) {
      if (address >= region.base && address < region.base + BigInt(region.bytes.length)) {
        this.offset = Number(address - region.base);
        return region;
      }
    }
    return undefined;
  }

  /** Copies what probe_read would: a part of `into` may be filled when false (a fault) is answered. */
  copy(space: Space, address: bigint, into: Uint8Array): boolean {
    let at = address;
    for (let done = 0; done < into.length;) {
      const region = this.readable(space, at);
      if (region === undefined) return false;
      const part = region.bytes.subarray(this.offset, this.offset + into.length - done);
      into.set(part, done);
      done += part.length;
      at = BigInt.asUintN(64, at + BigInt(part.length));
    }
    return true;
  }

  /** One byte of a space, or -1 for a fault. */
  byteAt(space: Space, address: bigint): number {
    const region = this.readable(space, address);
    return region === undefined ? -1 : region.bytes[this.offset]!;
  }

  /** Writes user memory, all or nothing. */
  writeUser(address: bigint, bytes: Uint8Array): boolean {
    for (let i = 0; i < bytes.length; i++) {
      const region = this.readable('user', address + BigInt(i));
      if (region === undefined || !region.writable) return false;
    }
    for (let i = 0; i < bytes.length; i++) {
      const region = this.readable('user', address + BigInt(i))!;
      region.bytes[this.offset] = bytes[i]!;
    }
    return true;
  }

  /** ` (fp-8)`, ` (map_value @x+0)` for addresses, else the empty string. */
  explain(value: bigint): string {
    const region = this.find(value) ?? this.findOutside(value);
    if (region === undefined) return '';
    const dead = region.live ? '' : ', gone';
    if (region.kind === 'stack') return ` (${region.name}: fp${this.offset - region.bytes.length}${dead})`;
    return ` (${region}${this.offset < 0 ? '' : '+'}${this.offset}${dead})`;
  }

  private readable(space: Space, address: bigint): Region | undefined {
    const region = this.findOutside(address);
    if (region !== undefined) return region.kind === space ? region : undefined;
    if (space === 'user') return undefined;
    const own = this.find(address);
    const holds = own !== undefined && own.live && own.kind !== 'map' && own.kind !== 'function' && this.offset >= 0 && this.offset < own.bytes.length;
    return holds ? own : undefined;
  }

  private recycle(region: Region): void {
    const slot = Number(region.base >> SLOT_BITS) - FIRST_SLOT;
    if (this.regionBySlot[slot] !== region) return;
    if (region.bytes.length + 2 * GUARD <= SLOT_SIZE) this.freeSlots.push(slot);
  }
}
