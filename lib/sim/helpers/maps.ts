// Helpers on hash and array maps, and the two that call back.
//
//   facts  kernel/bpf/helpers.c, bpf_iter.c: loop runs at most 2^23 times; a callback answers 0 to go on, 1 to stop

import { errno } from '../errno.js';
import type { Region } from '../memory.js';
import type { Call, Helper } from './helper.js';

const MAX_LOOPS = 1 << 23;

function addressOf(region: Region | undefined): bigint {
  return region?.base ?? 0n;
}

export const mapHelpers: readonly Helper[] = [
  {
    name: 'map_lookup_elem', args: 2,
    run(call) {
      const map = call.keyedMap(0);
      return addressOf(map.valueFor(call.read(1, map.spec.keySize, 'key'), call.machine.activation.cpu));
    },
  },
  {
    name: 'map_update_elem', args: 4,
    run(call) {
      const map = call.keyedMap(0);
      const key = call.read(1, map.spec.keySize, 'key');
      const value = call.read(2, map.spec.valueSize, 'value');
      return map.updateFrom(call.machine.activation.cpu, key, value, call.arg(3));
    },
  },
  {
    name: 'map_delete_elem', args: 2,
    run(call) {
      const map = call.keyedMap(0);
      return map.deleteKey(call.read(1, map.spec.keySize, 'key'));
    },
  },
  {
    name: 'map_lookup_percpu_elem', args: 3,
    run(call) {
      const map = call.keyedMap(0, ['percpu_hash', 'percpu_array', 'lru_percpu_hash']);
      const key = call.read(1, map.spec.keySize, 'key');
      const cpu = call.u32(2);
      return cpu < call.machine.cpus ? addressOf(map.valueFor(key, cpu)) : 0n;
    },
  },
  { name: 'for_each_map_elem', args: 4, run: forEachMapElement },
  { name: 'loop', args: 4, run: loop },
];

function forEachMapElement(call: Call): number {
  const { machine, frame } = call;
  const map = call.keyedMap(0);
  const code = call.callback(1);
  const context = call.callbackContext(2);
  if (call.arg(3) !== 0n) return -errno.EINVAL;
  let visited = 0;
  for (const key of map.keys()) {
    const value = map.valueFor(key, machine.activation.cpu);
    if (value === undefined) continue;
    visited++;
    const keyRegion = frame.memory.allocate('map_key', map.spec.name, key);
    const stop = machine.callBack(call, code, [map.handle.base, keyRegion.base, value.base, context]);
    frame.memory.free(keyRegion);
    if (stop) break;
  }
  return visited;
}

function loop(call: Call): number {
  const count = call.u32(0);
  const code = call.callback(1);
  const context = call.callbackContext(2);
  if (call.arg(3) !== 0n) return -errno.EINVAL;
  if (count > MAX_LOOPS) return -errno.E2BIG;
  for (let index = 0; index < count; index++) {
    if (call.machine.callBack(call, code, [BigInt(index), context])) return index + 1;
  }
  return count;
}
