// rawtracepoint: tracepoints with the arguments the kernel passes to them.
//
//   facts  argument types come from the BTF typedef btf_trace_EVENT, a pointer to void (*)(void *data, …). The program is an untyped raw
//          tracepoint that reads its arguments with probe_read, unless it calls a function that wants objects of known type: then it is a typed one.
//          Without BTF there is no list of the tracepoints

import type { Btf } from '../../model/btf/btf.js';
import type { BtfFuncProto, BtfParameter } from '../../model/btf/types.js';
import { alternatives, isForSeveral } from '../../model/target/pattern.js';
import { rawTracepointNames, rawTracepointPrototype } from '../../model/target/raw-tracepoint.js';
import { inSpace } from '../../model/types/space.js';
import type { Type } from '../../model/types/types.js';
import type { ProbeArgument, ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { moduleAndName, ofModules } from '../listing.js';
import { accessOf } from '../btf-functions.js';
import { takeKnownObjects, type WordSource } from '../known-objects.js';
import { argumentRegisters } from '../registers.js';
import { declaredRawArguments } from './declarations.js';
import { expectParts, noRawArgument, noTypes, rawNeedsTypes, refuse } from './diagnostics.js';

export const rawtracepoint: ProbeRecord = {
  name: 'rawtracepoint', aliases: ['rt'], doc: 'A static event of the kernel, with the arguments its callers pass.', syntax: 'rawtracepoint[:module]:event',
  programKind: 'raw_tracepoint', needs: 'rawtracepoint', addressSpace: 'kernel', pidFilter: 'program', registers: false, returnValue: 0, argumentWords: true,
  facts(parts, target) {
    const pattern = moduleAndName(parts);
    return { rawTracepoints: pattern ? target.matchRawTracepoints(...pattern) : [], types: true };
  },
  modules: ([first = '', event], target) => (event === undefined ? target.matchRawTracepoints('*', first).map(([module]) => module) : [first]),
  listing: {
    scope: 'kernel',
    list(parts, { target }) {
      const pattern = moduleAndName(parts);
      return pattern && ofModules(target.btfModules, pattern[0], (module) => {
        const btf = target.moduleBtf(module);
        const names = btf === undefined ? [] : isForSeveral(pattern[1]) ? rawTracepointNames(btf).filter(alternatives(pattern[1])) : target.matchRawTracepoints(module, pattern[1]).map(([, event]) => event);
        return names.map((event) => ({ line: `rawtracepoint:${module}:${event}`, arguments: () => declaredRawArguments(target, module, event) }));
      });
    },
  },
  resolve(point, c) {
    if (!expectParts(c, point, rawtracepoint, [1, 2])) return [];
    const [module, event] = moduleAndName(point.parts.slice(1))!;
    const pairs = c.target.matchRawTracepoints(module, event);
    if (!c.target.btf) return refuse(c, point, rawNeedsTypes.with({}));
    if (pairs.length === 0) return [];
    const wrong = pairs.map(([home, name]) => missingArgument(c, home, name)).find((message) => message !== undefined);
    if (wrong !== undefined) return refuse(c, point, wrong);
    return pairs.flatMap((pair) => program(point, c, pair[0], pair[1]));
  },
  similar(point, c) {
    const event = point.parts.at(-1)!;
    const events = c.target.matchRawTracepoints('*', '*');
    const near = events.find((pair) => pair[1] === event)?.[1] ?? nearest(event, events.map((pair) => pair[1]));
    return near === undefined ? undefined : `rawtracepoint:${near}`;
  },
};

/** Reports an argN that the event does not have. The kernel would refuse to attach the program and give no reason. */
function missingArgument(c: ResolveContext, module: string, event: string): Message | undefined {
  const indexes = [...c.uses.calls].flatMap((name) => /^arg(\d+)$/.exec(name)?.slice(1) ?? []).map(Number);
  // An index that no register holds is refused by the builtin itself (F0113).
  const last = Math.max(-1, ...indexes.filter((index) => index < argumentRegisters[c.target.arch].length));
  const btf = last < 0 ? undefined : btfOf(c, module);
  const proto = btf && rawTracepointPrototype(btf, event);
  // The first parameter is the tracepoint's private data.
  const count = proto && proto.parameters.length - 1;
  if (count === undefined || last < count) return undefined;
  return noRawArgument.with({ module, event, count, index: last });
}

function btfOf(c: ResolveContext, module: string): Btf | undefined {
  return module === 'vmlinux' ? c.target.btf : c.target.moduleBtf(module);
}

function program(point: AttachPoint, c: ResolveContext, module: string, event: string): readonly ResolvedProbe[] {
  const isTyped = takeKnownObjects.some((name) => c.uses.calls.has(name));
  const btf = c.uses.args || isTyped ? btfOf(c, module) : undefined;
  const args = btf ? rawArguments(btf, module, event, c, isTyped) : undefined;
  if ((c.uses.args || isTyped) && !args) return refuse(c, point, noTypes.with({ name: event, needed: false }));
  return [{
    record: rawtracepoint, point, section: `${isTyped ? 'tp_btf' : 'raw_tp'}/${event}`,
    matches: [{ probe: point.label ?? `rawtracepoint:${module}:${event}`, attach: { kind: 'rawtracepoint', event, module, btf: isTyped } }],
    arguments: args, argumentsName: `struct ${module}_${event}`,
  }];
}

function rawArguments(btf: Btf, module: string, event: string, c: ResolveContext, isTyped: boolean): ProbeArgument[] | undefined {
  const proto = rawTracepointPrototype(btf, event);
  const typeOf = (id: number): Type => c.typeOfBtf(id, module);
  const isSyscall = module === 'vmlinux' && (event === 'sys_enter' || event === 'sys_exit');
  return proto && argumentsOfProto(proto, 1, isSyscall ? (id) => ofProcess(typeOf(id)) : typeOf, isTyped ? (p) => (mayBeNull(event, p.name) ? { access: 'closed' } : accessOf(btf, p.type)) : undefined);
}

/** Of these the verifier wants to see a test before they are used (Linux 6.13, kernel/bpf/btf.c, raw_tp_null_args): they are numbers here. */
function mayBeNull(event: string, parameter: string): boolean {
  return parameter.endsWith('__nullable') || (event === 'kfree_skb' && parameter === 'rx_sk');
}

/** Registers at a system call lie in kernel memory, but the addresses in them are the process's. */
function ofProcess(type: Type): Type {
  return type.kind === 'pointer' ? { ...type, to: inSpace(type.to, 'user') } : inSpace(type, 'user');
}

/** Parameters of a function as context words, after `skip` of them. Unnamed ones are `argN`.
 * @param accessTo  given for a typed program: how the verifier wants a parameter to be loaded */
export function argumentsOfProto(proto: BtfFuncProto, skip: number, typeOf: (id: number) => ProbeArgument['type'], accessTo?: (parameter: BtfParameter) => Pick<WordSource, 'access'>): ProbeArgument[] {
  return proto.parameters.slice(skip).map((p, index) => ({ name: p.name || `arg${index}`, type: typeOf(p.type), source: { kind: 'word', index, ...accessTo?.(p) } }));
}
