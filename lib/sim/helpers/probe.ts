// Helpers that read and write memory of the traced machine.
//
//   facts  a fault gives -EFAULT and clears the whole destination; strings end with NUL, are cut to fit, and their length with NUL is
//          returned; the part of the destination behind the NUL is left alone (kernel/trace/bpf_trace.c, mm/maccess.c)

import { latin1Bytes } from '../../model/bytes/bytes.js';
import { errno } from '../errno.js';
import type { Space } from '../memory.js';
import type { Call, Helper } from './helper.js';

/** probe_read and probe_read_str take addresses of either space. */
type From = Space | 'either';

function spaceOf(from: From, address: bigint): Space {
  if (from !== 'either') return from;
  return address >> 63n === 0n ? 'user' : 'kernel';
}

function readMemory(call: Call, from: From): number {
  const size = call.size(1, { zero: true });
  const address = call.arg(2);
  const source = new Uint8Array(size);
  const readable = call.frame.memory.copy(spaceOf(from, address), address, source);
  if (!readable) source.fill(0);
  call.write(0, size).set(source);
  return readable ? 0 : -errno.EFAULT;
}

function readString(call: Call, from: From): number {
  const size = call.size(1, { zero: true });
  const address = call.arg(2);
  const space = spaceOf(from, address);
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const byte = i === size - 1 ? 0 : call.frame.memory.byteAt(space, BigInt.asUintN(64, address + BigInt(i)));
    if (byte < 0) {
      call.write(0, size).fill(0);
      return -errno.EFAULT;
    }
    bytes[i] = byte;
    if (byte === 0) {
      call.write(0, size, i + 1).set(bytes.subarray(0, i + 1));
      return i + 1;
    }
  }
  return 0;
}

export const probeHelpers: readonly Helper[] = [
  { name: 'probe_read', args: 3, run: (call) => readMemory(call, 'either') },
  { name: 'probe_read_kernel', args: 3, run: (call) => readMemory(call, 'kernel') },
  { name: 'probe_read_user', args: 3, run: (call) => readMemory(call, 'user') },
  { name: 'copy_from_user', args: 3, run: (call) => readMemory(call, 'user') },
  { name: 'probe_read_str', args: 3, run: (call) => readString(call, 'either') },
  { name: 'probe_read_kernel_str', args: 3, run: (call) => readString(call, 'kernel') },
  { name: 'probe_read_user_str', args: 3, run: (call) => readString(call, 'user') },
  {
    name: 'd_path', args: 3,
    run(call) {
      const size = call.size(2, { zero: true });
      const path = call.machine.environment.pathOf?.(call.arg(0));
      const bytes = latin1Bytes(`${path ?? ''}\0`);
      const fits = path !== undefined && bytes.length <= size;
      call.write(1, size, fits ? bytes.length : 0).set(fits ? bytes : []);
      return path === undefined ? -errno.EINVAL : fits ? bytes.length : -errno.ENAMETOOLONG;
    },
  },
  { name: 'get_socket_cookie', args: 1, run: (call) => (call.arg(0) === 0n ? 0n : call.machine.environment.socketCookieOf?.(call.arg(0)) ?? 0n) },
  {
    name: 'probe_write_user', args: 3,
    run(call) {
      const bytes = call.read(1, call.size(2, { zero: false }));
      return call.frame.memory.writeUser(call.arg(0), bytes) ? 0 : -errno.EFAULT;
    },
  },
];
