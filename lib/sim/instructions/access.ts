// The one gate that direct loads, stores and atomics go through.
//
//   facts  stack and context accesses must be aligned, a context is read-only for tracing programs and must be read at a constant offset from
//          its start; the first 8 bytes of a tracepoint context are hidden; atomics must be aligned anywhere (kernel/bpf/verifier.c
//          check_mem_access, kernel/trace/bpf_trace.c *_is_valid_access)

import type { Frame } from '../frame.js';
import { Region, UNWRITTEN, WRITTEN } from '../memory.js';

export type Access = 'load' | 'store' | 'atomic';

/** The region of `size` bytes at base + off, after every check; `frame.memory.offset` is the place in it. */
export function access(frame: Frame, base: bigint, off: number, size: number, kind: Access): Region {
  const address = BigInt.asUintN(64, base + BigInt(off));
  const memory = frame.memory;
  const region = memory.find(address);
  if (region === undefined) return outside(frame, address, size, kind);
  const at = memory.offset;
  if (!region.live) frame.fault(`${kind} of ${size} bytes in ${region}, which is gone`);
  if (!region.loadable) frame.fault(`${kind} through a pointer to ${region}, which holds no data for programs`);
  if (at < 0 || at + size > region.bytes.length) outOfBounds(frame, region, at, size, kind);
  if (kind !== 'load' && !region.writable) frame.fault(`${kind} of ${size} bytes in ${region}, which is read-only`);
  if (kind === 'atomic' && at % size !== 0) frame.fault(`misaligned atomic of ${size} bytes at offset ${at} of ${region}`);
  if (region.kind === 'stack') stackBytes(frame, region, at, size, kind);
  else if (region.kind === 'context') contextBytes(frame, region, base, at, size);
  return region;
}

function stackBytes(frame: Frame, region: Region, at: number, size: number, kind: Access): void {
  if (at % size !== 0) frame.fault(`misaligned stack ${kind} of ${size} bytes at ${region.name} fp${at - region.bytes.length}`);
  const written = region.written!;
  if (kind === 'store') written.fill(WRITTEN, at, at + size);
  else {
    for (let i = at; i < at + size; i++) {
      if (written[i] === UNWRITTEN) frame.fault(`stack byte fp${i - region.bytes.length} of ${region.name} is read but was never written`);
    }
  }
}

function contextBytes(frame: Frame, region: Region, base: bigint, at: number, size: number): void {
  if (base !== region.base) frame.fault(`context is read through a changed pointer (start + ${base - region.base}): only constant offsets in the load itself are allowed`);
  if (at % size !== 0) frame.fault(`misaligned context load of ${size} bytes at offset ${at}`);
  if (at < hiddenContextBytes(frame)) frame.fault(`invalid bpf_context access off=${at} size=${size}: the first 8 bytes of a tracepoint's context are hidden`);
}

function hiddenContextBytes(frame: Frame): number {
  let top = frame;
  while (top.caller !== undefined) top = top.caller;
  return /^(tracepoint|tp)\//.test(top.code.section ?? '') ? 8 : 0;
}

function outOfBounds(frame: Frame, region: Region, at: number, size: number, kind: Access): never {
  const length = region.bytes.length;
  if (region.kind === 'stack') frame.fault(`${kind} of ${size} bytes at fp${at < length ? '' : '+'}${at - length}, outside the ${length} bytes of ${region.name}`);
  frame.fault(`${kind} of ${size} bytes at offset ${at} of ${region}, which has ${length} bytes`);
}

/** Addresses that belong to none of the machine's own regions. */
function outside(frame: Frame, address: bigint, size: number, kind: Access): Region {
  if (kind === 'load' && frame.memory.probesLoads) return probed(frame, address, size);
  if (address < 0x10000n || address > 0xffff_ffff_ffff_0000n) frame.fault(`NULL pointer dereference: ${kind} of ${size} bytes at 0x${address.toString(16)}`);
  const region = frame.memory.findOutside(address);
  if (region === undefined) frame.fault(`${kind} of ${size} bytes at 0x${address.toString(16)}, which is no pointer the program may dereference`);
  if (!region.loadable || kind !== 'load') frame.fault(`direct ${kind} of ${size} bytes in ${region.kind} memory at 0x${address.toString(16)}; only helpers may do that`);
  if (frame.memory.offset + size > region.bytes.length) outOfBounds(frame, region, frame.memory.offset, size, kind);
  return region;
}

/** What a load through a BTF pointer sees: kernel memory, or zeros where it would fault. */
function probed(frame: Frame, address: bigint, size: number): Region {
  const bytes = new Uint8Array(size);
  if (!frame.memory.copy('kernel', address, bytes)) bytes.fill(0);
  frame.memory.offset = 0;
  return new Region('kernel', 'probed', address, bytes);
}
