// Size of the ring buffer and of the rings for packets (config perf_rb_pages).
//
//   idea   a thousandth of the memory that is available, between 64 and 4096 pages of 4 KiB; scripts that only timers and tbpf itself
//          can make fire do with less, which makes them start sooner
//   facts  the kernel wants a power of two that is a multiple of its page size (kernel/bpf/ringbuf.c)

import type { Manifest } from '../../model/layout/manifest.js';

export const PAGE_BYTES = 4096;
const MIN_PAGES = 64;
const MAX_PAGES = 4096;
const CALM_MAX_PAGES = 256;
const SHARE = 1000;

/** @param availableBytes  MemAvailable of /proc/meminfo
 *  @returns bytes, a power of two */
export function ringBytes(manifest: Manifest, availableBytes: number): number {
  const wanted = Number(manifest.config['perf_rb_pages'] ?? 0);
  if (wanted > 0) return PAGE_BYTES * powerOfTwoAtLeast(wanted);
  const most = isCalm(manifest) ? CALM_MAX_PAGES : MAX_PAGES;
  const pages = Math.min(most, Math.max(MIN_PAGES, Math.floor(availableBytes / SHARE / PAGE_BYTES)));
  return PAGE_BYTES * 2 ** Math.floor(Math.log2(pages));
}

/** A packet may take 64 KB: each CPU has room for a few at least. */
const MIN_PACKET_PAGES = 128;

/** Pages of each CPU's ring for packets: together the rings are as large as the ring buffer, where that is enough.
 *  @returns a power of two */
export function perfBufferPages(manifest: Manifest, availableBytes: number, cpus: number): number {
  return Math.max(MIN_PACKET_PAGES, powerOfTwoAtLeast(ringBytes(manifest, availableBytes) / PAGE_BYTES / cpus));
}

/** Only begin, end, signals and intervals fire. */
function isCalm(manifest: Manifest): boolean {
  return manifest.programs.every(({ attach }) => attach.kind === 'begin' || attach.kind === 'end' || attach.kind === 'signal' || (attach.kind === 'perf_event' && attach.cpus === 'first'));
}

function powerOfTwoAtLeast(count: number): number {
  return 2 ** Math.ceil(Math.log2(count));
}

/** MemAvailable in bytes; 0 when the text does not say. */
export function parseAvailableMemory(meminfo: string): number {
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? 0) * 1024;
}
