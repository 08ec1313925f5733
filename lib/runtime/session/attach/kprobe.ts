// Kernel functions: one perf event each, or a multi link where the kernel has FPROBE.
//
//   facts  a name that several functions have is refused by itself (EADDRNOTAVAIL since Linux 6.7 and the stable kernels of that time);
//          each of them can be probed by its address. A multi link is refused as a whole when the kernel does not find one of the names
//          among the functions it traces (ESRCH, ftrace_lookup_symbols): then nothing is attached, and nothing has been counted

import { existsSync } from 'node:fs';
import { NotSupportedError, TbpfError } from '../../../model/diagnostics/errors.js';
import { attachType } from '../../../model/bpf/uapi.js';
import { addressesOf, nameAt } from '../../native/columns.js';
import type { LinkHandle, NativeAddon } from '../../native/types.js';
import { isAboutPlace } from '../left-out.js';
import { lackOf } from './lacks.js';
import { linksForParts } from './parts.js';
import { type AttachContext, type AttachOrder, cookieOf, type Manifest, type Provider } from './place.js';

/** Of the programs on one function the last attached runs first, but at its return. */
const orderOf = (attach: { readonly return: boolean }): AttachOrder => (attach.return ? 'forward' : 'reverse');

const NO_ATTACH_TYPE = 0;
const PMU = '/sys/bus/event_source/devices/kprobe';

export const kprobe: Provider<'kprobe'> = {
  kind: 'kprobe',
  order: orderOf,
  // a program for kprobes loads on kernels without them, since uprobes run the same kind
  prepare(handle) {
    // of a built program the section may be that of multi links
    handle.setExpectedAttachType(NO_ATTACH_TYPE);
    if (!existsSync(PMU)) throw new NotSupportedError(lackOf('kprobe'), { feature: 'kprobe', operation: 'perf_event_open' });
  },
  events: ({ symbol, address, offset }) => [`${symbol ?? address}+${offset}`],
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
  order: orderOf,
  prepare: (handle) => handle.setExpectedAttachType(attachType.trace_kprobe_multi),
  events: ({ symbols }) => symbols,
  places: ({ symbols, return: retprobe }) => [{ kind: 'kprobeMulti', symbols, retprobe, cookies: symbols.map((_, i) => i) }],
  inParts: (error, attach, context) => (mayBeOneOf(error) ? linksForFunctions(attach, context) : undefined),
};

/** Two blocks in one program. The one at the return is attached with the other. */
export const kprobeSession: Provider<'kprobe_session'> = {
  kind: 'kprobe_session',
  order: orderOf,
  prepare: (handle) => handle.setExpectedAttachType(attachType.trace_kprobe_session),
  places: ({ symbols }) => [{ kind: 'kprobeMulti', session: true, symbols, cookies: symbols.map((_, i) => i) }],
  inParts: (error, attach, context) => (attach.symbols.length > 1 && mayBeOneOf(error) ? linksForFunctions(attach, context) : undefined),
};

/** Whether the kernel's refusal may be about a single function. */
function mayBeOneOf(error: TbpfError): boolean {
  return error.code === 'ESRCH' || isAboutPlace(error);
}

/** Functions that the kernel does not have are left out at once. */
function linksForFunctions({ kind, symbols, return: retprobe }: Manifest<'kprobe_multi' | 'kprobe_session'>, { native, handle, leaveOut }: AttachContext): readonly LinkHandle[] {
  const leave = (cookie: number, error: TbpfError): void => leaveOut(`${retprobe ? 'kretprobe' : 'kprobe'}:${symbols[cookie]!}`, error);
  const exists = kernelNames(native);
  const there: number[] = [];
  symbols.forEach((symbol, cookie) => {
    if (exists(symbol)) there.push(cookie);
    else leave(cookie, new TbpfError(`the kernel has no function ${symbol}`, { code: 'ENOENT', operation: 'kprobe' }));
  });
  return linksForParts(there, { mayBeOneOf, leave, attach: (cookies) => handle.attach({ kind: 'kprobeMulti', symbols: cookies.map((cookie) => symbols[cookie]!), ...(kind === 'kprobe_session' ? { session: true } : { retprobe }), cookies }) });
}

/** Whether the kernel or a module has something of this name; yes to all where that is hidden. */
function kernelNames(native: NativeAddon): (name: string) => boolean {
  const table = native.readKallsyms();
  if (table.restricted) return () => true;
  const names = new Set(Array.from({ length: table.count }, (_, index) => nameAt(table, index)));
  return (name) => names.has(name);
}
