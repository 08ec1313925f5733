// What a modelled helper is, and one call of it: arguments are checked here as the verifier checks them by type.
//
//   facts  which memory may be passed: stack, map values, ring-buffer records, never the context or unchecked addresses; records serve as map
//          key or value only since Linux 6.2, so not at all here (kernel/bpf/verifier.c compatible_reg_types)

import type { MapTypeName } from '../../model/bpf/object-spec.js';
import type { HelperName } from '../../model/bpf/uapi.js';
import type { Code, Frame } from '../frame.js';
import type { Machine } from '../machine.js';
import { ArrayMap } from '../maps/array.js';
import { HashMap } from '../maps/hash.js';
import type { KeyedMap, SimMap } from '../maps/map.js';
import type { Region } from '../memory.js';
import { LEFT_ALONE, UNWRITTEN, WRITTEN } from '../memory.js';

export interface Helper {
  readonly name: HelperName;
  /** how many of r1–r5 it takes: these must be set */
  readonly args: number;
  /** r0: an unsigned 64-bit value, or a number (negative = errno); undefined when it returns nothing */
  readonly run: (call: Call) => bigint | number | undefined;
}

/** key and value: of map operations;  memory: anything else */
export type Use = 'key' | 'value' | 'memory';

/** The verifier's limit for sizes and offsets. */
const SIZE_LIMIT = 1n << 29n;

export class Call {
  constructor(
    readonly machine: Machine,
    readonly frame: Frame,
    readonly helper: Helper,
  ) {}

  /** Argument by number, 0 is r1. */
  arg(index: number): bigint {
    return this.frame.r[index + 1]!;
  }

  /** Argument of C type u32 or int. */
  u32(index: number): number {
    return Number(BigInt.asUintN(32, this.arg(index)));
  }

  /** A size in bytes. */
  size(index: number, options: { zero: boolean }): number {
    const value = this.arg(index);
    if (value >= SIZE_LIMIT) this.fault(`size in r${index + 1} is ${BigInt.asIntN(64, value)} (unbounded or negative)`);
    if (value === 0n && !options.zero) this.fault(`size in r${index + 1} is 0, at least 1 is needed`);
    return Number(value);
  }

  map(index: number): SimMap {
    const map = this.machine.linked.findMap(this.arg(index));
    return map ?? this.fault(`r${index + 1} is no map`);
  }

  /** A hash or array map; other types and, when given, those not listed are refused. */
  keyedMap(index: number, types?: readonly MapTypeName[]): KeyedMap {
    const map = this.map(index);
    const isKeyed = map instanceof HashMap || map instanceof ArrayMap;
    if (!isKeyed || (types !== undefined && !types.includes(map.spec.type))) this.wrongMap(map);
    return map;
  }

  wrongMap(map: SimMap): never {
    this.fault(`cannot pass map ${map.spec.name} of type ${map.spec.type}`);
  }

  /** Checks that the argument is the program's context, unchanged. */
  context(index: number): void {
    if (this.arg(index) !== this.machine.activation.context.base) this.fault(`r${index + 1} is not the context`);
  }

  callback(index: number): Code {
    return this.machine.linked.findCode(this.arg(index)) ?? this.fault(`r${index + 1} is no function`);
  }

  /** Argument for a callback's context: NULL or a stack address. */
  callbackContext(index: number): bigint {
    const address = this.arg(index);
    if (address !== 0n && this.frame.memory.find(address)?.kind !== 'stack') this.fault(`r${index + 1} must be a stack address or NULL`);
    return address;
  }

  /** `size` bytes the helper reads, not a copy. Stack bytes must be written. */
  read(index: number, size: number, use: Use = 'memory'): Uint8Array {
    if (size === 0) return new Uint8Array(0);
    const region = this.locate(index, size, use);
    const at = this.frame.memory.offset;
    for (let i = at; region.written !== undefined && i < at + size; i++) {
      const state = region.written[i];
      const place = `byte ${i - at} of ${size} in r${index + 1} (fp${i - region.bytes.length} of ${region.name})`;
      if (state === UNWRITTEN) this.fault(`${place} was never written`);
      if (state === LEFT_ALONE && use !== 'memory') this.fault(`${place} was left alone by the helper that filled the buffer: the map ${use} would hold garbage`);
    }
    return region.bytes.subarray(at, at + size);
  }

  /** `size` bytes that count as written afterwards; the helper really fills the first `filled`. */
  write(index: number, size: number, filled = size): Uint8Array {
    if (size === 0) return new Uint8Array(0);
    const region = this.locate(index, size, 'memory');
    const at = this.frame.memory.offset;
    if (!region.writable) this.fault(`r${index + 1} points to ${region}, which is read-only`);
    const { written } = region;
    if (written !== undefined) {
      written.fill(WRITTEN, at, at + filled);
      for (let i = at + filled; i < at + size; i++) if (written[i] === UNWRITTEN) written[i] = LEFT_ALONE;
    }
    return region.bytes.subarray(at, at + size);
  }

  /** A NUL-terminated string in memory the program cannot change, without the NUL. */
  constantString(index: number): Uint8Array {
    const address = this.arg(index);
    const region = this.frame.memory.find(address);
    const at = this.frame.memory.offset;
    if (region === undefined || !region.live || !region.constant || at < 0) this.fault(`r${index + 1} is not in a read-only map`);
    const end = region.bytes.indexOf(0, at);
    if (end < 0) this.fault(`the string in r${index + 1} has no NUL`);
    return region.bytes.subarray(at, end);
  }

  fault(reason: string): never {
    return this.frame.fault(`${this.helper.name}: ${reason}`);
  }

  private locate(index: number, size: number, use: Use): Region {
    const address = this.arg(index);
    const register = `r${index + 1}`;
    if (address < 0x10000n) this.fault(`${register} is NULL`);
    const region = this.frame.memory.find(address);
    if (region === undefined) this.fault(`${register} = 0x${address.toString(16)} is no pointer to memory of the program`);
    const at = this.frame.memory.offset;
    if (!region.live) this.fault(`${register} points to ${region}, which is gone`);
    const fits = region.kind === 'stack' || region.kind === 'map_value' || region.kind === 'map_key' || (region.kind === 'record' && use === 'memory');
    if (!fits) this.fault(`${register} points to ${region}, which can't be passed as ${use}${region.kind === 'record' ? ' before Linux 6.2' : ''}`);
    if (at < 0 || at + size > region.bytes.length) this.fault(`${register} needs ${size} bytes at offset ${at} of ${region}, which has ${region.bytes.length}`);
    return region;
  }
}
