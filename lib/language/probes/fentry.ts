// fentry, fexit: entry of and return from kernel functions through trampolines, with typed arguments.
//
//   idea   one program for each function, since the verifier checks it against that function's types
//   facts  needs BTF of the kernel or the module and Linux 5.5. libbpf looks a function up in the kernel's types first, so a module's
//          function whose name the kernel has too cannot be attached to. Functions that take the locks of map operations get a guard:
//          while a guarded program runs on a CPU, events of guarded programs on that CPU are dropped and counted as lost. The verifier lets
//          these programs return 0 alone

import type { Btf } from '../../model/btf/btf.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import type { AttachPoint } from '../../model/syntax/nodes.js';
import { hasWildcard, isForSeveral } from '../../model/target/pattern.js';
import { describeFunction, functionPrototype } from '../btf-functions.js';
import type { ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import { type ListContext, type ListedProbe, moduleAndName, ofModules, sorted } from '../listing.js';
import { declaredParameters } from './declarations.js';
import * as say from './diagnostics.js';
import { functionFacts, functionModules } from './facts.js';
import { similarFunction } from './kprobe.js';
import { expectParts, refuse } from './diagnostics.js';

const dangerous = ['_raw_spin_lock', '_raw_spin_lock_irqsave', '_raw_spin_unlock_irqrestore', 'queued_spin_lock_slowpath'];

function tracing(name: 'fentry' | 'fexit', aliases: readonly string[], doc: string): ProbeRecord {
  const record: ProbeRecord = {
    name, aliases, doc, syntax: `${name}[:module]:function or ${name}:bpf[:id]:program`,
    programKind: 'tracing', needs: 'fentry', returnsFixed: true, addressSpace: 'kernel', pidFilter: 'program', registers: false, isReturn: name === 'fexit', returnValue: 0, ofFunction: true, namedArguments: true,
    listing: { scope: name === 'fentry' ? 'kernel' : 'explicit', list: (parts, c) => listTracing(record, parts, c) },
    facts: (parts, target) => ({ ...functionFacts(parts, target), types: true }),
    modules: functionModules,
    resolve: (point, c) => resolveTracing(record, point, c),
    similar: ({ parts }, c) => {
      const near = parts[1] === 'bpf' ? undefined : similarFunction(c, parts.at(-1)!);
      return near && `${name}:${near}`;
    },
  };
  return record;
}

export const fentry = tracing('fentry', ['f', 'kfunc'], 'Entry of a kernel function or a BPF program, with typed arguments.');
export const fexit = tracing('fexit', ['fr', 'kretfunc'], 'Return from a kernel function or a BPF program, with typed arguments and result.');

function resolveTracing(record: ProbeRecord, point: AttachPoint, c: ResolveContext): readonly ResolvedProbe[] {
  const { parts } = point;
  if (parts.length === 4 && parts[1] !== 'bpf') return refuse(c, point, say.tooManyTracingParts.with({ syntax: record.syntax }));
  if (!expectParts(c, point, record, parts[1] === 'bpf' ? [2, 3] : [1, 2])) return [];
  if (parts.at(-1) === '') return refuse(c, point, say.noFunction.with({ record: record.name, syntax: record.syntax }));
  if (parts[1] === 'bpf') return resolvePrograms(record, point, c);
  if (!c.target.btf) return refuse(c, point, say.noTypes.with({ name: parts.at(-1)!, needed: true }));
  const module = parts.length === 3 ? parts[1]! : undefined;
  const name = parts.at(-1)!;
  if (isForSeveral(name) || (module !== undefined && hasWildcard(module))) {
    return c.target.matchKernelFunctions(module ?? '*', name).flatMap((found) => attachTo(record, point, c, found.module, found.name, true));
  }
  const home = module === undefined ? findModule(point, c, name) : hasTarget(c, module, name) ? module : undefined;
  return home === undefined ? [] : attachTo(record, point, c, home, name, false);
}

/** The module that has the function; undefined when there is none, or several, which is reported. */
function findModule(point: AttachPoint, c: ResolveContext, name: string): string | undefined {
  const modules = c.target.matchKernelFunctions('*', name).map((found) => found.module);
  if (modules.length > 1) {
    refuse(c, point, say.ambiguousFunction.with({ name, modules }));
    return undefined;
  }
  if (modules.length === 1) return modules[0];
  // The function is not traceable, or the list of traceable functions is closed to us: types and symbols show whether it exists.
  const typed = c.target.btfModules.find((module) => hasFunction(c, module, name));
  if (typed !== undefined || c.target.kernelSymbol(name) !== undefined) return typed ?? 'vmlinux';
  return undefined;
}

/** The module has the function, with types or without; what it has not is a missing probe. */
function hasTarget(c: ResolveContext, module: string, name: string): boolean {
  return hasFunction(c, module, name) || c.target.matchKernelFunctions(module, name).length > 0
    || (module === 'vmlinux' && c.target.kernelSymbol(name) !== undefined);
}

function hasFunction(c: ResolveContext, module: string, name: string): boolean {
  const btf = btfOf(c, module);
  return btf !== undefined && functionPrototype(btf, name) !== undefined;
}

function btfOf(c: ResolveContext, module: string): Btf | undefined {
  return module === 'vmlinux' ? c.target.btf : c.target.moduleBtf(module);
}

/** `quietly`: one of many matches, left out when it cannot be attached to. */
function attachTo(record: ProbeRecord, point: AttachPoint, c: ResolveContext, module: string, name: string, quietly: boolean): readonly ResolvedProbe[] {
  const no = (message: Message): readonly ResolvedProbe[] => (quietly ? [] : refuse(c, point, message));
  const btf = btfOf(c, module);
  const proto = btf && functionPrototype(btf, name);
  if (!btf || !proto) return no(say.noTypes.with({ name, needed: false }));
  if (module !== 'vmlinux' && hasFunction(c, 'vmlinux', name)) return no(say.hiddenByKernel.with({ name, module }));
  const facts = describeFunction(btf, proto, c.target.arch, (id) => c.typeOfBtf(id, module));
  if (facts.unsupported !== undefined) return no(say.noTrampoline.with({ name, functions: facts.unsupported }));
  const guarded = dangerous.includes(name);
  if (guarded) c.report(say.dangerousFunction.at(point.span, { name, module }));
  return [{
    record, point, section: `${record.name}/${name}`, arguments: facts.arguments, argumentsName: `struct ${module}_${name}`,
    matches: [{ probe: point.label ?? `${record.name}:${module}:${name}`, attach: { kind: 'fentry', function: name, module, return: record.isReturn ?? false } }],
    ...(record.isReturn && facts.returns ? { returnType: facts.returns.type, returnSource: facts.returns.source } : {}),
    ...(guarded ? { guarded } : {}),
  }];
}

/** `fentry:bpf:NAME`, `fentry:bpf:ID:NAME`: functions of BPF programs that are loaded. */
function resolvePrograms(record: ProbeRecord, point: AttachPoint, c: ResolveContext): readonly ResolvedProbe[] {
  const [id, name] = point.parts.length === 4 ? [point.parts[2]!, point.parts[3]!] : ['*', point.parts[2]!];
  const wanted = id === '*' ? undefined : c.parseNumber(id);
  if (id !== '*' && (wanted === undefined || wanted < 0n)) return refuse(c, point, say.badProgramId.with({}));
  const found = c.target.matchProgramFunctions?.(wanted === undefined ? undefined : Number(wanted), name) ?? [];
  return found.map(({ programId, name: called }) => ({
    record, point, section: `${record.name}/${called}`,
    matches: [{
      probe: point.label ?? `${record.name}:bpf:${programId}:${called}`,
      attach: { kind: 'fentry', function: called, return: record.isReturn ?? false, programId },
    }],
  }));
}

/** Functions that BTF describes and that can be traced. */
function listTracing({ name, isReturn }: ProbeRecord, parts: readonly string[], { target }: ListContext): Iterable<ListedProbe> | undefined {
  if (parts[0] === 'bpf' && parts.length > 1) return listPrograms(name, parts, target);
  const pattern = moduleAndName(parts);
  return pattern && ofModules(target.btfModules, pattern[0], (module) => {
    const btf = target.moduleBtf(module);
    if (btf === undefined) return [];
    const described = new Set(btf.names('func'));
    const names = target.matchKernelFunctions(module, pattern[1]).map((f) => f.name).filter((one) => described.has(one));
    return sorted(names).map((one) => ({
      line: `${name}:${module}:${one}`,
      arguments: () => declaredParameters(target, module, one, { parameters: true, returns: isReturn ?? false }),
    }));
  });
}

/** Functions of loaded BPF programs: `fentry:bpf:NAME`, `fentry:bpf:ID:NAME`. */
function listPrograms(name: string, parts: readonly string[], target: ListContext['target']): readonly ListedProbe[] | undefined {
  const id = parts.length === 3 ? parts[1]! : '*';
  if (parts.length > 3 || !/^(\*|\d+)$/.test(id)) return undefined;
  const found = target.matchProgramFunctions?.(id === '*' ? undefined : Number(id), parts.at(-1)!) ?? [];
  return [...found].sort((a, b) => a.programId - b.programId || (a.name < b.name ? -1 : 1)).map((one) => ({ line: `${name}:bpf:${one.programId}:${one.name}` }));
}
