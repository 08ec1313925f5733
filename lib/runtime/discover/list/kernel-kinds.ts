// Listings of probes in the kernel.

import { hasWildcard, matcher } from '../../../model/target/pattern.js';
import { rawTracepointNames } from '../raw-tracepoints.js';
import { functionArguments, rawTracepointArguments, tracepointArguments } from './arguments.js';
import type { ListContext, ListedProbe, ListKind } from './kind.js';

/** [module, name]: without module any. */
function moduleAndName(parts: readonly string[]): [module: string, name: string] | undefined {
  if (parts.length === 1) return ['*', parts[0]!];
  return parts.length === 2 ? [parts[0]!, parts[1]!] : undefined;
}

function kprobe(name: 'kprobe' | 'kretprobe', alias: string): ListKind {
  return {
    name, aliases: [alias], scope: name === 'kprobe' ? 'kernel' : 'explicit',
    list(parts, { target }) {
      const pattern = moduleAndName(parts);
      if (pattern === undefined) return undefined;
      const show = { parameters: name === 'kprobe', returns: name === 'kretprobe' };
      // of functions of one name the kernel's own, which comes first, is shown with -v
      const byLine = new Map(target.matchKernelFunctions(...pattern).toReversed().map((f) => [parts.length === 1 ? `${name}:${f.name}` : `${name}:${f.module}:${f.name}`, f]));
      return sorted(byLine.keys()).map((line) => ({ line, arguments: () => functionArguments(target, byLine.get(line)!.module, byLine.get(line)!.name, show) }));
    },
  };
}

const tracepoint: ListKind = {
  name: 'tracepoint', aliases: ['t'], scope: 'kernel',
  list(parts, { target }) {
    if (parts.length > 2) return undefined;
    const [category, event] = parts.length === 1 ? ['*', parts[0]!] : [parts[0]!, parts[1]!];
    const byLine = new Map(target.matchTracepoints(category, event).map((pair) => [`tracepoint:${pair[0]}:${pair[1]}`, pair]));
    return sorted(byLine.keys()).map((line) => ({ line, arguments: () => tracepointArguments(target, ...byLine.get(line)!) }));
  },
};

const rawtracepoint: ListKind = {
  name: 'rawtracepoint', aliases: ['rt'], scope: 'kernel',
  list(parts, { target }) {
    const pattern = moduleAndName(parts);
    return pattern === undefined ? undefined : modulesOf(target.btfModules, pattern[0], (module) => {
      const wanted = matcher(pattern[1]);
      const btf = target.moduleBtf(module);
      const names = btf === undefined ? [] : hasWildcard(pattern[1]) ? rawTracepointNames(btf).filter(wanted) : target.matchRawTracepoints(module, pattern[1]).map(([, event]) => event);
      return names.map((event) => ({ line: `rawtracepoint:${module}:${event}`, arguments: () => rawTracepointArguments(target, module, event) }));
    });
  },
};

/** Functions that BTF describes and that can be traced. */
function fentry(name: 'fentry' | 'fexit', aliases: readonly string[]): ListKind {
  return {
    name, aliases, scope: name === 'fentry' ? 'kernel' : 'explicit',
    list(parts, { target }) {
      if (parts[0] === 'bpf' && parts.length > 1) return programFunctions(name, parts, target);
      const pattern = moduleAndName(parts);
      return pattern === undefined ? undefined : modulesOf(target.btfModules, pattern[0], (module) => {
        const btf = target.moduleBtf(module);
        if (btf === undefined) return [];
        const described = new Set(btf.names('func'));
        const names = target.matchKernelFunctions(module, pattern[1]).map((f) => f.name).filter((one) => described.has(one));
        return sorted(names).map((one) => ({
          line: `${name}:${module}:${one}`,
          arguments: () => functionArguments(target, module, one, { parameters: true, returns: name === 'fexit' }),
        }));
      });
    },
  };
}

/** Functions of loaded BPF programs: `fentry:bpf:NAME`, `fentry:bpf:ID:NAME`. */
function programFunctions(kind: string, parts: readonly string[], target: ListContext['target']): readonly ListedProbe[] | undefined {
  const id = parts.length === 3 ? parts[1]! : '*';
  if (parts.length > 3 || !/^(\*|\d+)$/.test(id)) return undefined;
  const found = target.matchProgramFunctions?.(id === '*' ? undefined : Number(id), parts.at(-1)!) ?? [];
  return [...found].sort((a, b) => a.programId - b.programId || (a.name < b.name ? -1 : 1)).map((one) => ({ line: `${kind}:bpf:${one.programId}:${one.name}` }));
}

/** Iterators: the function bpf_iter_X with the context bpf_iter__X. */
const iter: ListKind = {
  name: 'iter', aliases: ['it'], scope: 'kernel',
  list(parts, { target }) {
    const { btf } = target;
    if (parts.length > 1) return undefined;
    if (btf === undefined || !target.has('iter')) return [];
    const wanted = matcher(parts[0]!);
    const names = [...btf.names('struct')].filter((name) => name.startsWith('bpf_iter__')).map((name) => name.slice('bpf_iter__'.length));
    return sorted(new Set(names.filter((name) => wanted(name) && btf.find('func', `bpf_iter_${name}`) !== undefined))).map((name) => ({
      line: `iter:${name}`,
      arguments: () => functionArguments(target, 'vmlinux', `bpf_iter_${name}`, { parameters: true, returns: false }),
    }));
  },
};

function counter(name: 'software' | 'hardware', alias: string): ListKind {
  return {
    name, aliases: [alias], scope: 'kernel',
    // a count behind the name, or nothing behind its colon, does not change what is listed
    list: (parts, { counters }: ListContext) => (parts.length > 2 ? undefined : sorted(counters[name].filter(matcher(parts[0]!)).map((event) => `${name}:${event}:`)).map((line) => ({ line }))),
  };
}

function timer(name: 'profile' | 'interval', alias: string): ListKind {
  return {
    name, aliases: [alias], scope: 'explicit',
    list: (parts) => (parts.length > 2 ? undefined : ['hz', 'ms', 's', 'us'].filter(matcher(parts[0]!)).map((unit) => ({ line: `${name}:${unit}:` }))),
  };
}

const self: ListKind = {
  name: 'self', aliases: [], scope: 'explicit',
  list: ([trigger = '', signal = '*', ...more]) => (more.length > 0 ? undefined : matcher(trigger)('signal') && matcher(signal)('SIGUSR1') ? [{ line: 'self:signal:SIGUSR1' }] : []),
};

/** In the order of listings. */
export const kernelKinds: readonly ListKind[] = [
  fentry('fentry', ['f', 'kfunc']), fentry('fexit', ['fr', 'kretfunc']), counter('hardware', 'h'), timer('interval', 'i'), iter, kprobe('kprobe', 'k'),
  kprobe('kretprobe', 'kr'), timer('profile', 'p'), rawtracepoint, self, counter('software', 's'), tracepoint,
];

/** One module after the other, by name, so that the first is printed before the last is read. */
function* modulesOf(modules: readonly string[], pattern: string, list: (module: string) => readonly ListedProbe[]): Generator<ListedProbe> {
  for (const module of sorted(modules.filter(matcher(pattern)))) yield* list(module);
}

function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}
