// MapSpec → modelled map, with the limits map_create enforces.
//
//   facts  kernel/bpf/{hashtab,arraymap,ringbuf,stackmap}.c *_alloc_check; a per-CPU value is at most 32 KiB

import type { MapSpec } from '../../model/bpf/object-spec.js';
import { SimFault } from '../fault.js';
import type { Memory } from '../memory.js';
import { ArrayMap } from './array.js';
import { HashMap } from './hash.js';
import type { SimMap } from './map.js';
import { isPerCpu, roundUp8 } from './map.js';
import { PerfEventArray } from './perf-event-array.js';
import { RingBuffer } from './ringbuf.js';
import { StackTraceMap } from './stack-trace.js';

const PAGE = 4096;
const PER_CPU_VALUE_LIMIT = 32768;
const KMALLOC_LIMIT = 4 << 20;
const STACK_DEPTH_LIMIT = 127;

export interface CreateOptions {
  readonly cpus: number;
  readonly perfBufferBytes: number;
}

export function createMap(spec: MapSpec, memory: Memory, options: CreateOptions): SimMap {
  checkSpec(spec);
  switch (spec.type) {
    case 'hash': case 'percpu_hash': case 'lru_hash': case 'lru_percpu_hash': return new HashMap(spec, memory, options.cpus);
    case 'array': case 'percpu_array': return new ArrayMap(spec, memory, options.cpus);
    case 'ringbuf': return new RingBuffer(spec, memory);
    case 'perf_event_array': return new PerfEventArray(spec, memory, options.cpus, options.perfBufferBytes);
    case 'stack_trace': return new StackTraceMap(spec, memory);
  }
}

function checkSpec(spec: MapSpec): void {
  const { type, keySize, valueSize, maxEntries } = spec;
  const require = (holds: boolean, problem: string, code = 'EINVAL'): void => {
    if (!holds) throw new SimFault(`map ${spec.name}: map_create(${type}) fails with ${code}: ${problem}`);
  };
  require(/^[A-Za-z0-9_.]{1,15}$/.test(spec.name), 'a name has 1 to 15 letters, digits, _ or .');
  if (type === 'ringbuf') {
    require(keySize === 0 && valueSize === 0, 'key and value size must be 0');
    require(maxEntries >= PAGE && (maxEntries & (maxEntries - 1)) === 0, `size ${maxEntries} is no power of two of at least ${PAGE}`);
    return;
  }
  if (type === 'perf_event_array') return require(keySize === 4 && valueSize === 4, 'key and value size must be 4');
  require(maxEntries > 0, 'max entries is 0');
  require(valueSize > 0, 'value size is 0');
  require(!isPerCpu(type) || roundUp8(valueSize) <= PER_CPU_VALUE_LIMIT, `a per-CPU value has at most ${PER_CPU_VALUE_LIMIT} bytes, not ${valueSize}`, 'E2BIG');
  if (type === 'array' || type === 'percpu_array' || type === 'stack_trace') require(keySize === 4, `key size must be 4, not ${keySize}`);
  else {
    require(keySize > 0, 'key size is 0');
    require(keySize + valueSize < KMALLOC_LIMIT, `key and value have ${keySize + valueSize} bytes`, 'E2BIG');
  }
  if (type === 'stack_trace') require(valueSize % 8 === 0 && valueSize / 8 <= STACK_DEPTH_LIMIT, `value size ${valueSize} is no multiple of 8 up to ${STACK_DEPTH_LIMIT * 8}`);
}
