// Helpers that hand events to user space.
//
//   facts  kernel/bpf/ringbuf.c, kernel/trace/bpf_trace.c bpf_perf_event_output; a full ring gives NULL from reserve, -EAGAIN from output

import { flag } from '../../model/bpf/uapi.js';
import { errno } from '../errno.js';
import { PerfEventArray } from '../maps/perf-event-array.js';
import { RingBuffer } from '../maps/ringbuf.js';
import type { Call, Helper } from './helper.js';

/** length of the packet's part, in the flags of skb_output */
const CONTEXT_LENGTH = BigInt(flag.BPF_F_CTXLEN_MASK);
const WAKEUP_FLAGS = BigInt(flag.BPF_RB_NO_WAKEUP | flag.BPF_RB_FORCE_WAKEUP);

function ring(call: Call, index: number): RingBuffer {
  const map = call.map(index);
  return map instanceof RingBuffer ? map : call.wrongMap(map);
}

function perfEvents(call: Call, index: number): PerfEventArray {
  const map = call.map(index);
  return map instanceof PerfEventArray ? map : call.wrongMap(map);
}

function finish(call: Call, state: 'submitted' | 'discarded'): undefined {
  const address = call.arg(0);
  const region = call.frame.memory.find(address);
  if (region === undefined || region.kind !== 'record' || address !== region.base) call.fault('r1 is not the start of a reserved record');
  if (!call.machine.activation.openRecords.delete(region)) call.fault('the record in r1 was submitted or discarded before');
  const owner = call.machine.ringBuffers.find((buffer) => buffer.finish(region, state));
  if (owner === undefined) call.fault('the record in r1 belongs to no ring buffer');
  return undefined;
}

function outputPerfEvent(call: Call, flags: bigint, data: Uint8Array): number {
  const map = perfEvents(call, 1);
  if (flags > BigInt(flag.BPF_F_INDEX_MASK)) return -errno.EINVAL;
  const { cpu } = call.machine.activation;
  return map.output(cpu, flags === BigInt(flag.BPF_F_CURRENT_CPU) ? cpu : Number(flags), data);
}

export const bufferHelpers: readonly Helper[] = [
  {
    name: 'ringbuf_reserve', args: 3,
    run(call) {
      const buffer = ring(call, 0);
      const size = call.size(1, { zero: true });
      if (call.arg(2) !== 0n) return 0n;
      const region = buffer.reserve(size);
      if (region === undefined) return 0n;
      call.machine.activation.openRecords.add(region);
      return region.base;
    },
  },
  { name: 'ringbuf_submit', args: 2, run: (call) => finish(call, 'submitted') },
  { name: 'ringbuf_discard', args: 2, run: (call) => finish(call, 'discarded') },
  {
    name: 'ringbuf_output', args: 4,
    run(call) {
      const buffer = ring(call, 0);
      const size = call.size(2, { zero: true });
      const data = call.read(1, size);
      if ((call.arg(3) & ~WAKEUP_FLAGS) !== 0n) return -errno.EINVAL;
      const region = buffer.reserve(size);
      if (region === undefined) return -errno.EAGAIN;
      region.bytes.set(data);
      buffer.finish(region, 'submitted');
      return 0;
    },
  },
  { name: 'ringbuf_query', args: 2, run: (call) => ring(call, 0).query(Number(call.arg(1))) },
  {
    name: 'perf_event_output', args: 5,
    run(call) {
      call.context(0);
      const data = call.read(3, call.size(4, { zero: true }));
      return outputPerfEvent(call, call.arg(2), data);
    },
  },
  {
    name: 'skb_output', args: 5,
    run(call) {
      const data = call.read(3, call.size(4, { zero: true }));
      const flags = call.arg(2);
      const packet = call.machine.environment.packetOf?.(call.arg(0));
      const length = Number((flags & CONTEXT_LENGTH) >> 32n);
      if (packet === undefined || length > packet.length) return -errno.EFAULT;
      return outputPerfEvent(call, flags & ~CONTEXT_LENGTH, Uint8Array.of(...data, ...packet.subarray(0, length)));
    },
  },
];
