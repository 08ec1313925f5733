// Helpers that record stacks.
//
//   facts  kernel/bpf/stackmap.c: the low 8 bits of flags skip frames; get_stack answers bytes and clears the rest of its buffer

import { flag } from '../../model/bpf/uapi.js';
import { errno } from '../errno.js';
import { StackTraceMap } from '../maps/stack-trace.js';
import type { Call, Helper } from './helper.js';

const SKIP = BigInt(flag.BPF_F_SKIP_FIELD_MASK);
const USER = BigInt(flag.BPF_F_USER_STACK);
const FAST_COMPARE = BigInt(flag.BPF_F_FAST_STACK_CMP);
const BUILD_ID = BigInt(flag.BPF_F_USER_BUILD_ID);
const REUSE = BigInt(flag.BPF_F_REUSE_STACKID);

/** Addresses after the frames to skip; undefined where the kernel has no such stack, or fewer frames. */
function stackOf(call: Call, flags: bigint): readonly bigint[] | undefined {
  const { stacks } = call.machine.activation;
  const stack = (flags & USER) !== 0n ? stacks.user : stacks.kernel;
  const skip = Number(flags & SKIP);
  return stack === undefined || stack.length < skip ? undefined : stack.slice(skip);
}

function stackTraces(call: Call, index: number): StackTraceMap {
  const map = call.map(index);
  return map instanceof StackTraceMap ? map : call.wrongMap(map);
}

/** struct bpf_stack_build_id: s32 status, 20 bytes build id, u64 offset in the file, or the address itself */
const BUILD_ID_ENTRY_SIZE = 32;
const STATUS_VALID = 1;
const STATUS_IP = 2;

function storeBuildId(call: Call, view: DataView, at: number, address: bigint): void {
  const known = call.machine.environment.buildIdOf?.(address);
  view.setInt32(at, known === undefined ? STATUS_IP : STATUS_VALID, true);
  if (known !== undefined) new Uint8Array(view.buffer, view.byteOffset + at + 4, 20).set(known.buildId);
  view.setBigUint64(at + 24, known === undefined ? address : known.offset, true);
}

export const stackHelpers: readonly Helper[] = [
  {
    name: 'get_stackid', args: 3,
    run(call) {
      call.context(0);
      const map = stackTraces(call, 1);
      const flags = call.arg(2);
      if ((flags & ~(SKIP | USER | FAST_COMPARE | REUSE)) !== 0n) return -errno.EINVAL;
      const stack = stackOf(call, flags);
      if (stack === undefined || stack.length === 0) return -errno.EFAULT;
      return map.add(stack, { compareHashOnly: (flags & FAST_COMPARE) !== 0n, reuse: (flags & REUSE) !== 0n });
    },
  },
  {
    name: 'get_stack', args: 4,
    run(call) {
      call.context(0);
      const size = call.size(2, { zero: true });
      const buffer = call.write(1, size).fill(0);
      const flags = call.arg(3);
      const wantsBuildIds = (flags & BUILD_ID) !== 0n;
      const entrySize = wantsBuildIds ? BUILD_ID_ENTRY_SIZE : 8;
      if ((flags & ~(SKIP | USER | BUILD_ID)) !== 0n || size % entrySize !== 0) return -errno.EINVAL;
      if (wantsBuildIds && (flags & USER) === 0n) return -errno.EINVAL;
      const stack = stackOf(call, flags);
      if (stack === undefined) return -errno.EFAULT;
      const view = new DataView(buffer.buffer, buffer.byteOffset, size);
      const count = Math.min(stack.length, size / entrySize);
      for (let i = 0; i < count; i++) {
        if (wantsBuildIds) storeBuildId(call, view, i * entrySize, stack[i]!);
        else view.setBigUint64(i * 8, stack[i]!, true);
      }
      return count * entrySize;
    },
  },
];
