// Kernel functions that a kprobe may be put on.
//
//   in     tracefs' available_filter_functions (`name` or `name [module]` lines), or the file of --traceable-functions;
//          a kernel with kprobes but without ftrace has neither: then the functions of kallsyms
//   out    [module, name] pairs sorted by module (vmlinux first) and name
//   idea   one name is looked for line by line, all are read only for wildcards; what wildcards leave out can be named
//   facts  left out of wildcards are what cannot be probed by name: ftrace's markers for removed functions, names that occur
//          several times, what the idle loop and RCU themselves run, and the kernel's own list of functions closed to kprobes

import { closeSync, openSync, readSync } from 'node:fs';
import { alternatives, hasWildcard, isForSeveral, matcher } from '../../../model/target/pattern.js';

export interface KernelFunction {
  readonly module: string;
  readonly name: string;
}

/** Names that wildcards never match (language.md 3.2). */
const excluded = [matcher('__ftrace_invalid_address__*'), matcher('rcu_*'), matcher('arch_cpu_idle'), matcher('default_idle'), matcher('bpf_dispatcher_xdp_func'), matcher('*.part.*')];

export function isExcluded(name: string): boolean {
  return excluded.some((test) => test(name));
}

/** All functions of the text that may be matched by wildcards, in order of module and name. */
export function parseTraceable(text: string, closedToKprobes: ReadonlySet<string> = new Set()): KernelFunction[] {
  const modules = new Map<string, Map<string, number>>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const bracket = line.indexOf(' [');
    const name = bracket < 0 ? line : line.slice(0, bracket);
    const module = bracket < 0 ? 'vmlinux' : line.slice(bracket + 2, -1);
    let counts = modules.get(module);
    if (counts === undefined) modules.set(module, counts = new Map());
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const ordered = [...modules.keys()].sort((a, b) => (a === 'vmlinux' ? -1 : b === 'vmlinux' ? 1 : a < b ? -1 : 1));
  return ordered.flatMap((module) => {
    const names = [...modules.get(module)!].filter(([name, count]) => count === 1 && !isExcluded(name) && !closedToKprobes.has(name)).map(([name]) => name);
    return names.sort().map((name) => ({ module, name }));
  });
}

/** Lines `0xfirst-0xlast\tname` of debugfs' kprobes/blacklist. */
export function parseBlacklist(text: string): Set<string> {
  return new Set(text.split('\n').filter((line) => line.includes('\t')).map((line) => line.slice(line.indexOf('\t') + 1)));
}

export interface TraceableSources {
  /** file of `name [module]` lines; undefined when there is none that can be read */
  readonly path: () => string | undefined;
  /** the whole text in that shape, for wildcards; '' when nothing is known */
  readonly text: () => string;
  /** text of the kernel's blacklist, '' when it cannot be read */
  readonly blacklist: () => string;
}

export class TraceableFunctions {
  readonly #sources: TraceableSources;
  readonly #known = new Map<string, boolean>();
  #all: readonly KernelFunction[] | undefined;
  #names: Set<string> | undefined;

  constructor(sources: TraceableSources) {
    this.#sources = sources;
  }

  get all(): readonly KernelFunction[] {
    return this.#all ??= parseTraceable(this.#sources.text(), parseBlacklist(this.#sources.blacklist()));
  }

  match(module: string, name: string): readonly KernelFunction[] {
    if (!hasWildcard(module) && !isForSeveral(name) && module === 'vmlinux') return this.has(name) ? [{ module, name }] : [];
    const wantedModule = matcher(module);
    if (!isForSeveral(name)) return this.modulesOf(name).filter(wantedModule).map((each) => ({ module: each, name }));
    const wantedName = alternatives(name);
    return this.all.filter((f) => wantedModule(f.module) && wantedName(f.name));
  }

  /** Modules that have one function of this name, the kernel first. One name is found without taking the whole list apart. */
  modulesOf(name: string): readonly string[] {
    if (name === '') return [];
    const text = this.#sources.text();
    const modules = new Map<string, number>();
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
      if (at > 0 && text[at - 1] !== '\n') continue;
      const end = text.indexOf('\n', at);
      const rest = text.slice(at + name.length, end < 0 ? undefined : end);
      const module = rest === '' ? 'vmlinux' : rest.startsWith(' [') ? rest.slice(2, -1) : undefined;
      if (module !== undefined) modules.set(module, (modules.get(module) ?? 0) + 1);
    }
    return [...modules].filter(([, count]) => count === 1).map(([module]) => module).sort((a, b) => (a === 'vmlinux' ? -1 : b === 'vmlinux' ? 1 : a < b ? -1 : 1));
  }

  /** Whether the list has the name, in the kernel or any module. */
  has(name: string): boolean {
    let known = this.#known.get(name);
    if (known !== undefined) return known;
    const path = this.#all === undefined ? this.#sources.path() : undefined;
    known = path === undefined ? this.#nameSet().has(name) : fileHasName(path, name);
    this.#known.set(name, known);
    return known;
  }

  /** All names of the list, those too that wildcards leave out. */
  #nameSet(): Set<string> {
    return this.#names ??= new Set(this.#sources.text().split('\n').map((line) => line.replace(/ \[.*/, '')));
  }
}

/** Whether a line is `name` or starts with `name [`; reads no further than needed. */
function fileHasName(path: string, name: string): boolean {
  const needle = Buffer.from(`\n${name}`, 'latin1');
  const buffer = Buffer.alloc(64 * 1024);
  const file = openSync(path, 'r');
  try {
    // a line break before the first line lets every name be found the same way
    buffer[0] = 10;
    let kept = 1;
    for (;;) {
      const bytes = readSync(file, buffer, kept, buffer.length - kept, null);
      const end = kept + bytes;
      const text = buffer.subarray(0, end);
      for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
        const after = text[at + needle.length];
        if (after === 10 || after === 32 || after === 9 || (after === undefined && bytes === 0)) return true;
      }
      if (bytes === 0) return false;
      const keepFrom = Math.max(text.lastIndexOf(10), 0);
      text.copy(buffer, 0, keepFrom, end);
      kept = end - keepFrom;
      if (kept === buffer.length) kept = 0;
    }
  } finally {
    closeSync(file);
  }
}
