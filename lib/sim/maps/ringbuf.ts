// ringbuf: one buffer for all CPUs; records are reserved, filled, then submitted or discarded, and consumed in the order of reservation.
//
//   facts  a record costs 8 bytes of header plus its size rounded up to 8; a reservation fails when it would leave no byte free; discarded
//          records hold their space until consumed; a consumer stops at the first record still being written (kernel/bpf/ringbuf.c)

import type { MapSpec } from '../../model/bpf/object-spec.js';
import { flag } from '../../model/bpf/uapi.js';
import type { Memory, Region } from '../memory.js';
import { GARBAGE } from '../memory.js';
import type { SimMap } from './map.js';
import { roundUp8 } from './map.js';

const HEADER_BYTES = 8;

interface RingRecord {
  readonly region: Region;
  /** bytes of the ring, with header */
  readonly cost: number;
  state: 'busy' | 'submitted' | 'discarded';
}

export class RingBuffer implements SimMap {
  readonly handle: Region;
  /** reservations that failed because the ring was full, since the machine was made */
  failures = 0;
  private readonly records: RingRecord[] = [];
  private readonly busyByRegion = new Map<Region, RingRecord>();
  private consumerPosition = 0;
  private producerPosition = 0;

  constructor(
    readonly spec: MapSpec,
    private readonly memory: Memory,
  ) {
    this.handle = memory.allocate('map', spec.name, new Uint8Array(0));
  }

  /** A record full of garbage, or undefined (the helper's NULL) when it does not fit. */
  reserve(size: number): Region | undefined {
    const cost = roundUp8(size + HEADER_BYTES);
    if (cost > this.spec.maxEntries || this.usedBytes + cost > this.spec.maxEntries - 1) {
      this.failures++;
      return undefined;
    }
    const region = this.memory.allocate('record', `of ${this.spec.name}`, new Uint8Array(size).fill(GARBAGE), { writable: true });
    const record: RingRecord = { region, cost, state: 'busy' };
    this.records.push(record);
    this.busyByRegion.set(region, record);
    this.producerPosition += cost;
    return region;
  }

  /** False when the region is no reserved record of this ring. */
  finish(region: Region, state: 'submitted' | 'discarded'): boolean {
    const record = this.busyByRegion.get(region);
    if (record === undefined) return false;
    record.state = state;
    this.busyByRegion.delete(region);
    this.memory.free(region);
    return true;
  }

  /** Bytes between consumer and producer, headers and discarded records included. */
  get usedBytes(): number {
    return this.producerPosition - this.consumerPosition;
  }

  /** ringbuf_query; 0 for unknown flags. */
  query(what: number): number {
    switch (what) {
      case flag.BPF_RB_AVAIL_DATA: return this.usedBytes;
      case flag.BPF_RB_RING_SIZE: return this.spec.maxEntries;
      case flag.BPF_RB_CONS_POS: return this.consumerPosition;
      case flag.BPF_RB_PROD_POS: return this.producerPosition;
      default: return 0;
    }
  }

  /** Consumes: the submitted records, oldest first, up to the first that is still being written. */
  drain(): Uint8Array[] {
    const drained: Uint8Array[] = [];
    let count = 0;
    for (const record of this.records) {
      if (record.state === 'busy') break;
      count++;
      this.consumerPosition += record.cost;
      if (record.state === 'submitted') drained.push(record.region.bytes);
    }
    this.records.splice(0, count);
    return drained;
  }
}
