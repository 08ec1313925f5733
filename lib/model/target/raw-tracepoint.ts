// The arguments of a raw tracepoint, by BTF.
//
//   facts  the kernel declares `typedef void (*btf_trace_EVENT)(void *, ARGS…)`, whose parameters have no names. The function that
//          calls the probes of an event, `int __traceiter_EVENT(void *__data, ARGS…)`, has them (include/linux/tracepoint.h, since 5.10);
//          so has __bpf_trace_EVENT, which events of one class share under the name of the first

import type { Btf } from '../btf/btf.js';
import type { BtfFuncProto } from '../btf/types.js';

export const RAW_TRACEPOINT_PREFIX = 'btf_trace_';

/** Names of the events of the kernel or a module, sorted. */
export function rawTracepointNames(btf: Btf): string[] {
  const names = new Set<string>();
  for (const name of btf.names('typedef')) if (name.startsWith(RAW_TRACEPOINT_PREFIX)) names.add(name.slice(RAW_TRACEPOINT_PREFIX.length));
  return [...names].sort();
}

/** Its first parameter is the tracepoint's private data, not an argument of the event. undefined when there is no such event. */
export function rawTracepointPrototype(btf: Btf, event: string): BtfFuncProto | undefined {
  const id = btf.find('typedef', RAW_TRACEPOINT_PREFIX + event);
  if (id === undefined) return undefined;
  const pointer = btf.resolve(id);
  const declared = pointer.kind === 'ptr' ? btf.resolve(pointer.type) : undefined;
  if (declared?.kind !== 'func_proto') return undefined;
  for (const prefix of ['__traceiter_', '__bpf_trace_']) {
    const named = functionPrototype(btf, prefix + event);
    if (named !== undefined && named.parameters.length === declared.parameters.length) return named;
  }
  return declared;
}

function functionPrototype(btf: Btf, name: string): BtfFuncProto | undefined {
  const id = btf.find('func', name);
  const func = id === undefined ? undefined : btf.type(id);
  const proto = func?.kind === 'func' ? btf.resolve(func.type) : undefined;
  return proto?.kind === 'func_proto' ? proto : undefined;
}
