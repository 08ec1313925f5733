// Patterns of funccount: which probes they mean.
//
//   in     `vfs_*`, `p::vfs_*`, `c:str*`, `/usr/lib/libz.so:*`, `t:block:*`, `u:lib:probe`; with -r the last part is a regular expression
//   out    attach points of the script, and what each probe is called in the report
//   facts  A colon that belongs to a name is written `\:` or stands in quotes, "ns::f". Kernel functions that regular expressions and patterns leave out: those
//          that the kernel's own lists exclude, perf's (the probes run below them), cold parts, static calls

import { compile, CompileError, listProbes, shellPattern } from '../../lib/index.js';
import { findBinary, noBinary } from '../probes/libraries.js';
import { noUsdtLibrary, quotedPath, usdtBinary } from '../probes/place.js';
import { ToolFailure } from '../shared/failure.js';

export interface Pattern {
  readonly kind: 'kernel' | 'user' | 'tracepoint' | 'usdt';
  /** path of the file, of user functions and USDT probes; of the latter `*`: every file that is mapped */
  readonly binary?: string;
  /** the process in whose root the path leads to the file; undefined: ours */
  readonly pid?: number;
  /** fits what the report calls a probe: the function, category:event, or the name of a USDT probe */
  readonly fits: (name: string) => boolean;
  /** the only name that it can mean; undefined: it is a pattern */
  readonly name?: string;
  /** as it was typed */
  readonly text: string;
}

export interface Matches {
  /** attach points of one block */
  readonly points: readonly string[];
  /** what the report calls a probe, by what `probe` says in the script */
  readonly names: ReadonlyMap<string, string>;
}

/** @throws ToolFailure  in bcc's words */
export function parsePattern(text: string, { regexp, pid }: { readonly regexp: boolean; readonly pid?: number }, find = findBinary): Pattern {
  const parts = splitParts(text);
  const [first = '', second = ''] = parts;
  if (parts.length > 3) throw new ToolFailure(`Too many ':'-separated components in pattern ${text}`);
  if (parts.length === 3 && !['p', 't', 'u', ''].includes(first)) throw new ToolFailure(`Type must be 'p', 't', or 'u', but got ${first}`);
  const type = parts.length === 3 ? first || 'p' : 'p';
  const last = parts.at(-1)!;
  if (type === 't') return { kind: 'tracepoint', text, fits: fitting(`${second}:${last}`, regexp, 'start', text) };
  if (type === 'u') {
    const binary = usdtBinary(second, find, pid);
    if (binary === undefined) throw new ToolFailure(second === '' ? `${text}: ${noUsdtLibrary}` : noBinary(second, pid));
    return { kind: 'usdt', binary, pid, text, fits: fitting(last, regexp, 'start', text) };
  }
  const library = parts.length === 1 ? '' : parts.length === 2 ? first : second;
  const name = regexp || /[*?[{]/.test(last) ? undefined : last;
  if (library === '') return { kind: 'kernel', text, name, fits: fitting(last, regexp, 'whole', text) };
  const binary = find(library, pid);
  if (binary === undefined) throw new ToolFailure(noBinary(library, pid));
  return { kind: 'user', binary, pid, text, name, fits: fitting(last, regexp, 'start', text) };
}

/** Parts between colons; `\:` and what stands in quotes is no colon. */
function splitParts(text: string): readonly string[] {
  const parts = [''];
  for (const [piece] of text.matchAll(/\\:|"[^"]*"|:|[^:"\\]+|["\\]/g)) {
    if (piece === ':') parts.push('');
    else parts[parts.length - 1] += piece === '\\:' ? ':' : piece.length > 1 && piece.startsWith('"') ? piece.slice(1, -1) : piece;
  }
  return parts;
}

/** @param regexFits  the whole name, or its start */
function fitting(pattern: string, regexp: boolean, regexFits: 'whole' | 'start', text: string): (name: string) => boolean {
  if (!regexp) {
    const glob = shellPattern(pattern);
    return (name) => glob.test(name);
  }
  try {
    const regex = new RegExp(`^(?:${pattern})${regexFits === 'whole' ? '$' : ''}`);
    return (name) => regex.test(name);
  } catch (error) {
    throw new ToolFailure(`${text}: ${(error as Error).message}`);
  }
}

const leftOut = /^(?:_kbl_addr_|__perf|perf_|__SCT__)|\.cold(?:\.\d+)?$/;
/** Raw tracepoints of system calls do not tell the calls apart. */
const SYSCALLS = 'syscalls:';

/** @param excluded  fits what is not counted
 *  @throws ToolFailure  a pattern fits nothing */
export async function matchesOf(patterns: readonly Pattern[], excluded: (name: string) => boolean): Promise<Matches> {
  const names = new Map<string, string>();
  const points: string[] = [];
  for (const pattern of patterns) {
    const found = (await candidates(pattern)).filter((candidate) => pattern.fits(nameOf(pattern, candidate)) && !excluded(nameOf(pattern, candidate)));
    if (found.length === 0) throw new ToolFailure(`No functions matched by pattern ${pattern.text}${await advice(pattern)}`);
    for (const { point, probes } of await pointsOf(pattern, found)) {
      const fresh = probes.filter(([probe]) => !names.has(probe));
      if (fresh.length === 0) continue;
      points.push(fresh.length === probes.length ? point : point.replace(/[^:]*$/, fresh.map(([probe]) => probe.slice(probe.lastIndexOf(':') + 1)).join('|')));
      fresh.forEach(([probe, name]) => names.set(probe, name));
    }
  }
  return { points, names };
}

/** What a candidate is called where users name it: a USDT probe without its file and provider. */
function nameOf({ kind }: Pattern, candidate: string): string {
  return kind === 'usdt' ? lastPart(candidate) : candidate;
}

export function lastPart(probe: string): string {
  return probe.slice(probe.lastIndexOf(':') + 1);
}

/** Everything that the pattern may mean; USDT probes with their files, as attach points. */
async function candidates({ kind, binary, pid }: Pattern): Promise<readonly string[]> {
  switch (kind) {
    case 'kernel': return (await listed('kprobe:*')).map((name) => name.slice('kprobe:'.length)).filter((name) => !leftOut.test(name));
    case 'tracepoint': return (await listed('tracepoint:*:*')).map((name) => name.slice('tracepoint:'.length));
    case 'user': return (await listed(`uprobe:${quotedPath(binary!)}:*`, pid)).map(lastPart);
    case 'usdt': return listed(`usdt:${quotedPath(binary!)}`, pid);
  }
}

async function listed(pattern: string, pid?: number): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of listProbes(pattern, { pid })) names.push(name);
  return names;
}

async function advice({ kind, name, binary }: Pattern): Promise<string> {
  if (kind !== 'kernel' || (await listed('kprobe:vfs_*')).length > 0) return name === undefined ? '' : adviceOn(kind === 'user' ? `uprobe:${quotedPath(binary!)}:"${name}"` : `kprobe:${name}`);
  return '. This kernel has no kprobes: see tbpf doctor. Tracepoints (t:category:event) and functions of programs can be counted';
}

/** What the compiler knows of the only function that was meant: others have a similar name, another file has it, or it is no function that programs call. */
async function adviceOn(point: string): Promise<string> {
  try {
    await compile(`${point} { }`, { blocking: true });
    return '';
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    const said = error.diagnostics.filter(({ severity }) => severity === 'error').flatMap(({ message, hints }) => [message, ...hints.map(({ text }) => text)]);
    // that there is none was said
    const more = said.map((text) => text.replace(/^No matches for[^]*|^Could not resolve symbol: [^]*?(?:(?<=\. )(?=Did you mean)|$)/, '')).filter((text) => text !== '');
    return more.map((text) => `. ${text.replace(/\.$/, '')}`).join('');
  }
}

interface Points {
  readonly point: string;
  readonly probes: readonly (readonly [probe: string, name: string])[];
}

/** Attach points with the probes that each has: as few as possible, for one of several names is one program and one link. */
async function pointsOf({ kind, binary }: Pattern, names: readonly string[]): Promise<readonly Points[]> {
  if (kind === 'kernel') return [{ point: `kprobe:${names.join('|')}`, probes: names.map((name) => [`kprobe:${name}`, name]) }];
  if (kind === 'user') return [{ point: `uprobe:${quotedPath(binary!)}:${names.join('|')}`, probes: names.map((name) => [`uprobe:${binary}:${name}`, name]) }];
  if (kind === 'usdt') return usdtPoints(names);
  // raw tracepoints are attached and detached at once, classic ones wait for the kernel one by one
  const raw = new Map((await listed('rawtracepoint:*')).map((probe) => [probe.slice(probe.lastIndexOf(':') + 1), probe]));
  const points: Points[] = [];
  const classic = new Map<string, string[]>();
  for (const name of names) {
    const [category, event] = name.split(':') as [string, string];
    const probe = name.startsWith(SYSCALLS) ? undefined : raw.get(event);
    if (probe === undefined) classic.set(category, [...(classic.get(category) ?? []), event]);
    else points.push({ point: probe, probes: [[probe, name]] });
  }
  return [...points, ...[...classic].map(([category, events]): Points => ({ point: `tracepoint:${category}:${events.join('|')}`, probes: events.map((event) => [`tracepoint:${category}:${event}`, `${category}:${event}`]) }))];
}

/** One for each provider of a file. Names that several have are shown with the provider. */
function usdtPoints(probes: readonly string[]): readonly Points[] {
  const parsed = probes.flatMap((probe) => {
    const [, path, provider, name] = /^usdt:(.*):([^:]*):([^:]*)$/s.exec(probe) ?? [];
    return name === undefined ? [] : [{ probe, of: `usdt:${quotedPath(path!)}:${provider}`, provider: provider!, name }];
  });
  const providers = new Map<string, Set<string>>();
  for (const { provider, name } of parsed) providers.set(name, (providers.get(name) ?? new Set<string>()).add(provider));
  return [...new Set(parsed.map(({ of }) => of))].map((of) => {
    const own = parsed.filter((each) => each.of === of);
    return {
      point: `${of}:${own.map(({ name }) => name).join('|')}`,
      probes: own.map(({ probe, provider, name }) => [probe, providers.get(name)!.size > 1 ? `${provider}:${name}` : name] as const),
    };
  });
}
