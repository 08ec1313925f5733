// Kernel functions: one perf event a function, or one link for many where the kernel has FPROBE.
//
//   facts  a name that several functions have is refused by itself (EADDRNOTAVAIL since Linux 6.7 and the stable kernels of that time);
//          each of them can be probed by its address

import { existsSync } from 'node:fs';
import { NotSupportedError } from '../../../model/diagnostics/errors.js';
import { attachType } from '../../../model/bpf/uapi.js';
import { addressesOf } from '../../native/columns.js';
import { type AttachOrder, cookieOf, kernelNeeds, type Provider } from './place.js';

/** Of the programs on one function the last attached runs first, but at its return. */
const orderOf = (attach: { readonly return: boolean }): AttachOrder => (attach.return ? 'forward' : 'reverse');

const PMU = '/sys/bus/event_source/devices/kprobe';

export const kprobe: Provider<'kprobe'> = {
  kind: 'kprobe',
  needs: kernelNeeds('kprobe'),
  order: orderOf,
  // a program for kprobes loads on kernels without them, since uprobes run the same kind
  prepare() {
    if (!existsSync(PMU)) throw new NotSupportedError('kprobe probes are not supported by this kernel', { feature: 'kprobe', operation: 'perf_event_open' });
  },
  places({ symbol, address, module, offset, return: retprobe }, context) {
    const more = { retprobe, ...cookieOf(context) };
    if (symbol === undefined) return [{ kind: 'kprobe', address: address! + BigInt(offset), ...more }];
    return [{ kind: 'kprobe', symbol: module === undefined || module === 'vmlinux' ? symbol : `${module}:${symbol}`, offset, ...more }];
  },
  instead({ code }, { symbol, module, offset, return: retprobe }, context) {
    if (code !== 'EADDRNOTAVAIL' || symbol === undefined) return undefined;
    const table = context.native.readKallsyms();
    const addresses = table.restricted ? [] : addressesOf(table, symbol, module);
    return addresses.length === 0 ? undefined : addresses.map((address) => ({ kind: 'kprobe', address: address + BigInt(offset), retprobe, ...cookieOf(context) }));
  },
};

export const kprobeMulti: Provider<'kprobe_multi'> = {
  kind: 'kprobe_multi',
  needs: kernelNeeds('kprobe'),
  order: orderOf,
  prepare: (handle) => handle.setExpectedAttachType(attachType.trace_kprobe_multi),
  places: ({ symbols, return: retprobe }) => [{ kind: 'kprobeMulti', symbols, retprobe, cookies: symbols.map((_, i) => i) }],
};
