// Kernel functions: one perf event a function, or one link for many where the kernel has FPROBE.

import { attachType } from '../../../model/bpf/uapi.js';
import { cookieOf, type Provider } from './place.js';

export const kprobe: Provider<'kprobe'> = {
  kind: 'kprobe',
  places({ symbol, address, module, offset, return: retprobe }, context) {
    const more = { retprobe, ...cookieOf(context) };
    if (symbol === undefined) return [{ kind: 'kprobe', address: address! + BigInt(offset), ...more }];
    return [{ kind: 'kprobe', symbol: module === undefined || module === 'vmlinux' ? symbol : `${module}:${symbol}`, offset, ...more }];
  },
};

export const kprobeMulti: Provider<'kprobe_multi'> = {
  kind: 'kprobe_multi',
  prepare: (handle) => handle.setExpectedAttachType(attachType.trace_kprobe_multi),
  places: ({ symbols, return: retprobe }) => [{ kind: 'kprobeMulti', symbols, retprobe, cookies: symbols.map((_, i) => i) }],
};
