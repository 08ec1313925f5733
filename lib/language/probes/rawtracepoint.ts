// rawtracepoint: tracepoints with the arguments the kernel passes to them.
//
//   facts  argument types come from the BTF typedef btf_trace_EVENT, a pointer to void (*)(void *data, …). The program is an untyped raw
//          tracepoint that reads its arguments with probe_read, so it loads on kernels without BTF too, as long as `args` is not used

import type { Btf } from '../../model/btf/btf.js';
import type { BtfFuncProto } from '../../model/btf/types.js';
import { rawTracepointPrototype } from '../../model/target/raw-tracepoint.js';
import type { ProbeArgument, ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import type { AttachPoint } from '../../model/syntax/nodes.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { expectParts, refuse } from './diagnostics.js';

export const rawtracepoint: ProbeRecord = {
  name: 'rawtracepoint', aliases: ['rt'], doc: 'A static event of the kernel, with the arguments its callers pass.', syntax: 'rawtracepoint[:module]:event',
  programKind: 'raw_tracepoint', addressSpace: 'kernel', attachOrder: 'forward', pidFilter: 'program', registers: false, returnValue: 0,
  resolve(point, c) {
    if (!expectParts(c, point, rawtracepoint, [1, 2])) return [];
    const [module, event] = point.parts.length === 3 ? [point.parts[1]!, point.parts[2]!] : ['*', point.parts[1]!];
    const pairs = c.target.matchRawTracepoints(module, event);
    if (pairs.length === 0) return [];
    if (c.uses.args && !c.target.btf) return refuse(c, point, "rawtracepoints require kernel BTF. Try using a 'tracepoint' instead.");
    return pairs.flatMap((pair) => program(point, c, pair[0], pair[1]));
  },
  similar(point, c) {
    const event = point.parts.at(-1)!;
    const events = c.target.matchRawTracepoints('*', '*');
    const near = events.find((pair) => pair[1] === event)?.[1] ?? nearest(event, events.map((pair) => pair[1]));
    return near === undefined ? undefined : `rawtracepoint:${near}`;
  },
};

function program(point: AttachPoint, c: ResolveContext, module: string, event: string): readonly ResolvedProbe[] {
  const btf = c.uses.args ? (module === 'vmlinux' ? c.target.btf : c.target.moduleBtf(module)) : undefined;
  const args = btf ? rawArguments(btf, module, event, c) : undefined;
  if (c.uses.args && !args) return refuse(c, point, `No BTF found for ${event}.`);
  return [{
    record: rawtracepoint, point, section: `raw_tp/${event}`,
    matches: [{ probe: point.label ?? `rawtracepoint:${module}:${event}`, attach: { kind: 'rawtracepoint', event, module, btf: false } }],
    arguments: args, argumentsName: `struct ${module}_${event}`,
  }];
}

function rawArguments(btf: Btf, module: string, event: string, c: ResolveContext): ProbeArgument[] | undefined {
  const proto = rawTracepointPrototype(btf, event);
  return proto && argumentsOfProto(proto, 1, (type) => c.typeOfBtf(type, 'kernel', module));
}

/** Parameters of a function as context words, after `skip` of them. Unnamed ones are `argN`. */
export function argumentsOfProto(proto: BtfFuncProto, skip: number, typeOf: (id: number) => ProbeArgument['type']): ProbeArgument[] {
  return proto.parameters.slice(skip).map((p, index) => ({ name: p.name || `arg${index}`, type: typeOf(p.type), source: { kind: 'word', index } }));
}
