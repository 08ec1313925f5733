// Patterns of funccount: which probes they mean.
//
//   in     `vfs_*`, `p::vfs_*`, `c:str*`, `/usr/lib/libz.so:*`, `t:block:*`, `u:lib:probe`; with -r the last part is a regular expression
//   out    attach points of the script, and what each probe is called in the report
//   facts  A colon that belongs to a name is written `\:` or stands in quotes, "ns::f". Kernel functions that regular expressions and patterns leave out: those
//          that the kernel's own lists exclude, perf's (the probes run below them), cold parts, static calls

import { compile, CompileError, listProbes, shellPattern, type Diagnostic } from '../../lib/index.js';
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
  /** the only name that it can mean, of an event with its category; undefined: it is a pattern */
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
  const isPattern = (part: string): boolean => regexp || /[*?[{]/.test(part);
  if (type === 't') return { kind: 'tracepoint', text, name: isPattern(second + last) ? undefined : `${second}:${last}`, fits: fitting(`${second}:${last}`, regexp, 'start', text) };
  if (type === 'u') {
    const binary = usdtBinary(second, find, pid);
    if (binary === undefined) throw new ToolFailure(second === '' ? `${text}: ${noUsdtLibrary}` : noBinary(second, pid));
    return { kind: 'usdt', binary, pid, text, fits: fitting(last, regexp, 'start', text) };
  }
  const library = parts.length === 1 ? '' : parts.length === 2 ? first : second;
  const name = isPattern(last) ? undefined : last;
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

/** What runs below the probes, what no call leads to, and names of the kernel's own tables. */
const leftOut = /^(?:_kbl_addr_|__perf|perf_|__SCT__)|\.cold(?:\.\d+)?$/;
/** Raw tracepoints of system calls do not tell the calls apart. */
const SYSCALLS = 'syscalls:';

/** One probe of the script's block. */
interface Probe {
  /** attach point but for the last name */
  readonly place: string;
  /** the last name: those of one place stand in one attach point, which is one program and one link, and names of one function are one probe there */
  readonly leaf: string;
  /** as `probe` says it in the script */
  readonly probe: string;
  /** as the report calls it */
  readonly name: string;
}

/** @param excluded  fits what is not counted
 *  @throws ToolFailure  a pattern fits nothing */
export async function matchesOf(patterns: readonly Pattern[], excluded: (name: string) => boolean): Promise<Matches> {
  const names = new Map<string, string>();
  const leaves = new Map<string, string[]>();
  for (const pattern of patterns) {
    const found = (await candidates(pattern)).filter((candidate) => pattern.fits(nameOf(pattern, candidate)) && !excluded(nameOf(pattern, candidate)));
    if (found.length === 0) throw new ToolFailure(`No functions matched by pattern ${pattern.text}${await advice(pattern)}`);
    for (const { place, leaf, probe, name } of await probesOf(pattern, found)) {
      if (names.has(probe)) continue;
      names.set(probe, name);
      leaves.set(place, [...(leaves.get(place) ?? []), leaf]);
    }
  }
  return { points: [...leaves].map(([place, each]) => place + each.join('|')), names };
}

/** What a candidate is called where users name it: a USDT probe without its file and provider. */
function nameOf({ kind }: Pattern, candidate: string): string {
  return kind === 'usdt' ? lastPart(candidate) : candidate;
}

export function lastPart(probe: string): string {
  return probe.slice(probe.lastIndexOf(':') + 1);
}

/** Everything that the pattern may mean; USDT probes with their files, as attach points. */
async function candidates({ kind, binary, pid, name }: Pattern): Promise<readonly string[]> {
  switch (kind) {
    case 'kernel': {
      // what patterns leave out, as functions that share a name, can be named where the compiler has no objection
      if (name !== undefined) return leftOut.test(name) || plain(name) === '' || (await saidOf(`kprobe:${name}`)).length > 0 ? [] : [name];
      return (await listed('kprobe:*')).map(lastPart).filter((each) => !leftOut.test(each));
    }
    case 'tracepoint': return (await listed('tracepoint:*:*')).map((probe) => probe.slice('tracepoint:'.length));
    case 'user': return (await listed(`uprobe:${quotedPath(binary!)}:*`, pid)).map(lastPart);
    case 'usdt': return listed(`usdt:${quotedPath(binary!)}`, pid);
  }
}

/** The name, or '' where no function or event of the kernel can have it: a script would take it for something else. */
const plain = (name: string): string => (/^[\w.$:]+$/.test(name) ? name : '');

async function listed(pattern: string, pid?: number): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of listProbes(pattern, { pid })) names.push(name);
  return names;
}

async function advice({ kind, name, binary }: Pattern): Promise<string> {
  if (kind === 'kernel' && (await listed('kprobe:vfs_*')).length === 0) return '. This kernel has no kprobes: see tbpf doctor. Tracepoints (t:category:event) and functions of programs can be counted';
  if (kind === 'user' && name !== undefined) return adviceOn(`uprobe:${quotedPath(binary!)}:"${name}"`);
  if (name === undefined || plain(name) === '') return '';
  if (kind === 'kernel' && leftOut.test(name)) return '. Functions of perf, which run below the probes, cold parts and static calls are not counted';
  return adviceOn(`${kind === 'kernel' ? 'kprobe' : 'tracepoint'}:${name}`);
}

/** What the compiler knows of the only function or event that was meant: others have a similar name, another file has it, or it is no function that programs call. */
async function adviceOn(point: string): Promise<string> {
  const said = await saidOf(point);
  // that there is none was said
  const more = said.map((text) => text.replace(/^No matches for[^]*|^Could not resolve symbol: [^]*?(?:(?<=\. )(?=Did you mean)|$)|; attaching to it will likely fail$/, '')).filter((text) => text !== '');
  return more.map((text) => `. ${text.replace(/\.$/, '').replace(/(?<=Did you mean )(?:kprobe|(t)racepoint):/, (_, t: string | undefined) => (t === undefined ? '' : 't:'))}`).join('');
}

async function saidOf(point: string): Promise<readonly string[]> {
  const words = (said: readonly Diagnostic[]): readonly string[] => said.flatMap(({ message, hints }) => [message, ...hints.map(({ text }) => text)]);
  try {
    return words((await compile(`${point} { }`, { blocking: true })).warnings);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return words(error.diagnostics.filter(({ severity }) => severity === 'error'));
  }
}

async function probesOf({ kind, binary, name: named }: Pattern, found: readonly string[]): Promise<readonly Probe[]> {
  // several names in one attach point are a pattern, which leaves out what can be named
  if (kind === 'kernel') return found.map((name) => ({ ...(named === undefined ? { place: 'kprobe:', leaf: name } : { place: `kprobe:${name}`, leaf: '' }), probe: `kprobe:${name}`, name }));
  if (kind === 'user') return found.map((each) => ({ place: `uprobe:${quotedPath(binary!)}:`, leaf: each, probe: `uprobe:${binary}:${each}`, name: each }));
  if (kind === 'usdt') return usdtProbes(found);
  // raw tracepoints are attached and detached at once, classic ones wait for the kernel one by one
  const raw = new Map((await listed('rawtracepoint:*')).map((probe) => [lastPart(probe), probe]));
  return found.map((each) => {
    const [category, event] = each.split(':') as [string, string];
    const probe = each.startsWith(SYSCALLS) ? undefined : raw.get(event);
    return probe === undefined ? { place: `tracepoint:${category}:`, leaf: event, probe: `tracepoint:${each}`, name: each } : { place: probe, leaf: '', probe, name: each };
  });
}

/** Names that several providers have are shown with the provider. */
function usdtProbes(probes: readonly string[]): readonly Probe[] {
  const parsed = probes.flatMap((probe) => {
    const [, path, provider, leaf] = /^usdt:(.*):([^:]*):([^:]*)$/s.exec(probe) ?? [];
    return leaf === undefined ? [] : [{ probe, place: `usdt:${quotedPath(path!)}:${provider}:`, provider: provider!, leaf }];
  });
  const providers = new Map<string, Set<string>>();
  for (const { provider, leaf } of parsed) providers.set(leaf, (providers.get(leaf) ?? new Set<string>()).add(provider));
  return parsed.map(({ probe, place, provider, leaf }) => ({ place, leaf, probe, name: providers.get(leaf)!.size > 1 ? `${provider}:${leaf}` : leaf }));
}
