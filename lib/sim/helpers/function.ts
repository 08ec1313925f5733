// Helpers about the function a program is attached to, and those that act on the traced task.

import { errno } from '../errno.js';
import type { Call, Helper } from './helper.js';

const MAX_SIGNAL = 64;
/** the process that gets no signals from programs */
const INIT = 1;

/** 64-bit word of the context. */
function contextWord(call: Call, index: number): bigint | undefined {
  const { view } = call.machine.activation.context;
  return (index + 1) * 8 <= view.byteLength ? view.getBigUint64(index * 8, true) : undefined;
}

function storeWord(call: Call, index: number, word: bigint | undefined): number {
  const target = call.write(index, 8);
  if (word === undefined) return -errno.EINVAL;
  new DataView(target.buffer, target.byteOffset, 8).setBigUint64(0, word, true);
  return 0;
}

function sendSignal(call: Call, scope: 'process' | 'thread'): number {
  const signal = call.u32(0);
  if (signal > MAX_SIGNAL) return -errno.EINVAL;
  const { pid, tgid } = call.machine.activation.task;
  if (tgid === INIT) return -errno.EPERM;
  call.machine.signals.push({ pid, tgid, signal, scope });
  return 0;
}

export const functionHelpers: readonly Helper[] = [
  { name: 'get_func_ip', args: 1, run(call) { call.context(0); return call.machine.activation.functionIp; } },
  { name: 'get_attach_cookie', args: 1, run(call) { call.context(0); return call.machine.activation.cookie; } },
  { name: 'get_func_arg_cnt', args: 1, run(call) { call.context(0); return call.machine.activation.argumentCount; } },
  {
    name: 'get_func_arg', args: 3,
    run(call) {
      call.context(0);
      const index = call.u32(1);
      return storeWord(call, 2, index < call.machine.activation.argumentCount ? contextWord(call, index) : undefined);
    },
  },
  { name: 'get_func_ret', args: 2, run(call) { call.context(0); return storeWord(call, 1, contextWord(call, call.machine.activation.argumentCount)); } },
  {
    name: 'override_return', args: 2,
    run(call) {
      call.context(0);
      call.machine.overrides.push(call.arg(1));
      return 0;
    },
  },
  { name: 'send_signal', args: 1, run: (call) => sendSignal(call, 'process') },
  { name: 'send_signal_thread', args: 1, run: (call) => sendSignal(call, 'thread') },
];
