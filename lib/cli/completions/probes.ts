// Probes that begin with a text, found by light means: no types, no compiler.
//
//   facts  functions are the text symbols of /proc/kallsyms; what of them can be probed the kernel says in a file that it takes long to make.
//          tracefs lists events as folders. Iterators are the structs bpf_iter__NAME of the kernel's types
//   test   the kinds are those of lib/language/probes

import { closeSync, openSync, readSync, readdirSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { functionsOf, usdtProbesOf } from './program-places.js';

/** of the kernel's types */
const EXPECTED_BYTES = 1 << 24;
/** of /proc/kallsyms: more than its longest line by far */
const PIECE_BYTES = 1 << 16;
/** ` t ` */
const KIND_BYTES = 3;

/** What may stand behind a kind of probe and its colon: whole rests, or rests that go on behind a colon or slash. */
type Lister = (rest: string) => readonly string[];

const functions: Lister = (rest) => kernelFunctions(rest);
const timers: Lister = (rest) => beginning(rest, ['s:', 'ms:', 'us:', 'hz:']);
const nothing: Lister = () => [];

/** name, short name, what stands behind */
export const kinds: readonly (readonly [name: string, aliases: readonly string[], list: Lister | undefined])[] = [
  ['begin', [], undefined], ['end', [], undefined],
  ['self', [], (rest) => beginning(rest, ['signal:SIGUSR1'])],
  ['test', [], nothing], ['bench', [], nothing],
  ['kprobe', ['k'], functions], ['kretprobe', ['kr'], functions],
  ['fentry', ['f', 'kfunc'], functions], ['fexit', ['fr', 'kretfunc'], functions],
  ['uprobe', ['u'], inProgram(functionsOf)], ['uretprobe', ['ur'], inProgram(functionsOf)], ['usdt', ['U'], inProgram(usdtProbesOf)],
  ['tracepoint', ['t'], tracepoints], ['rawtracepoint', ['rt'], rawTracepoints],
  ['interval', ['i'], timers], ['profile', ['p'], timers],
  ['software', ['s'], (rest) => beginning(rest, softwareEvents.map((name) => `${name}:`))], ['hardware', ['h'], (rest) => beginning(rest, hardwareEvents.map((name) => `${name}:`))],
  ['watchpoint', ['w'], nothing],
  ['iter', ['it'], iterators],
];

export const softwareEvents = ['alignment-faults', 'bpf-output', 'context-switches', 'cpu-clock', 'cpu-migrations', 'dummy', 'emulation-faults', 'major-faults', 'minor-faults', 'page-faults', 'task-clock'];
export const hardwareEvents = ['backend-stalls', 'branch-instructions', 'branch-misses', 'bus-cycles', 'cache-misses', 'cache-references', 'cpu-cycles', 'frontend-stalls', 'instructions', 'ref-cycles'];

export function probes(text: string): string[] {
  const colon = text.indexOf(':');
  if (colon < 0) return beginning(text, kinds.map(([name, , list]) => (list ? `${name}:` : name)));
  const kind = text.slice(0, colon);
  const found = kinds.find(([name, aliases]) => name === kind || aliases.includes(kind));
  return (found?.[2]?.(text.slice(colon + 1)) ?? []).map((rest) => `${kind}:${rest}`);
}

function beginning(text: string, all: readonly string[]): string[] {
  return all.filter((each) => each.startsWith(text));
}

/** `ADDRESS t NAME`, in modules with `\\t[MODULE]` behind. */
function kernelFunctions(prefix: string): string[] {
  if (!/^\w*$/.test(prefix)) return [];
  const names = new Set<string>();
  const kinds = [' t ', ' T '].map((kind) => Buffer.from(kind + prefix));
  inPieces('/proc/kallsyms', (lines) => {
    for (const wanted of kinds) {
      for (let at = lines.indexOf(wanted); at >= 0; at = lines.indexOf(wanted, at + 1)) {
        const line = lines.toString('latin1', at + KIND_BYTES, lines.indexOf('\n', at));
        const [, name] = /^(\w+)(?:\t|$)/.exec(line) ?? [];
        // the compiler's padding before functions
        if (name !== undefined && !name.startsWith('__pfx_') && !name.startsWith('__cfi_')) names.add(name);
      }
    }
  });
  return [...names].sort();
}

const tracefs = (): string => ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'].find((folder) => list(folder).length > 0) ?? '/sys/kernel/tracing';
const eventFolders = (...parts: string[]): string[] => list(join(tracefs(), 'events', ...parts)).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();

function tracepoints(rest: string): string[] {
  const colon = rest.indexOf(':');
  if (colon < 0) return beginning(rest, eventFolders()).map((category) => `${category}:`);
  const category = rest.slice(0, colon);
  return category.includes('/') ? [] : beginning(rest.slice(colon + 1), eventFolders(category)).map((event) => `${category}:${event}`);
}

/** Each tracepoint has a raw one, but those of system calls, which are made from two. */
function rawTracepoints(rest: string): string[] {
  return beginning(rest, eventFolders().filter((category) => category !== 'syscalls').flatMap((category) => eventFolders(category))).sort();
}

function iterators(prefix: string): string[] {
  const types = readOrNothing('/sys/kernel/btf/vmlinux');
  const wanted = 'bpf_iter__';
  const names = new Set<string>();
  for (let at = types.indexOf(wanted); at >= 0; at = types.indexOf(wanted, at + 1)) names.add(types.toString('latin1', at + wanted.length, types.indexOf(0, at)));
  return beginning(prefix, [...names].filter((name) => /^\w+$/.test(name) && !name.includes('__')).sort());
}

/** Programs and folders, and behind a program what can be probed in it. */
function inProgram(places: (program: string, prefix: string) => readonly string[]): Lister {
  return (rest) => {
    const colon = rest.indexOf(':');
    return colon < 0 ? files(rest) : places(rest.slice(0, colon), rest.slice(colon + 1)).map((place) => `${rest.slice(0, colon)}:${place}`);
  };
}

function files(path: string): string[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return list(folder === '' ? '.' : folder).filter(({ name }) => (folder + name).startsWith(path)).map((entry) => {
    const whole = folder + entry.name;
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && statSync(whole, { throwIfNoEntry: false })?.isDirectory() === true);
    return `${whole}${isFolder ? '/' : ':'}`;
  }).sort();
}

/** A folder that is not there, or closed to us, has nothing to offer. */
function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Calls back with whole lines of a file, in memory that is used again: to touch new memory takes longer than to read. A file that cannot be read has none. */
function inPieces(path: string, use: (lines: Buffer) => void): void {
  withFile(path, (fd) => {
    const bytes = Buffer.allocUnsafeSlow(PIECE_BYTES);
    let length = 0;
    for (let got = -1; got !== 0;) {
      got = readSync(fd, bytes, length, bytes.length - length, null);
      length += got;
      const end = got === 0 ? length : bytes.lastIndexOf(10, length - 1) + 1;
      use(bytes.subarray(0, end));
      bytes.copyWithin(0, end, length);
      length -= end;
    }
  });
}

/** Of files whose size is not known before: into memory that is large enough for most, so that nothing is copied. */
function readOrNothing(path: string): Buffer {
  return withFile(path, (fd) => {
    let bytes = Buffer.allocUnsafeSlow(EXPECTED_BYTES);
    let length = 0;
    for (let got = -1; got !== 0; length += got) {
      if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafeSlow(bytes.length)]);
      got = readSync(fd, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  }) ?? Buffer.alloc(0);
}

function withFile<T>(path: string, use: (fd: number) => T): T | undefined {
  try {
    const fd = openSync(path, 'r');
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
