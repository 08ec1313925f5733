// Listings: `-l PATTERN`, one probe per line, with -v its arguments behind it (language.md 8.7).
//
//   in     patterns as the command line has them: `tracepoint:sched:*`, `*sleep*`, `a,b`, `struct task_struct`
//   out    lines, as they are found: a kind is listed before the next one is looked at, so that 50,000 probes start at once
//   facts  a pattern without `:` is a name in any kind; a wildcard provider means the kernel's kinds, with a pid or a path behind it
//          those of programs

import { TbpfError } from '../../../model/diagnostics/errors.js';
import { hasWildcard, matcher } from '../../../model/target/pattern.js';
import { LISTED_REMARK, type ListContext, type Listing } from '../../../language/listing.js';
import { probeRecords } from '../../../language/probes/index.js';
import type { ProbeRecord } from '../../../language/record.js';
import type { Target } from '../../../model/target/target.js';
import { listTypes, parseTypePattern } from './types.js';

export interface ListOptions {
  /** arguments too */
  verbose?: boolean;
  pid?: number;
  /** called once for each thing that could not be shown */
  warn?: (text: string) => void;
}

type ListedKind = ProbeRecord & { readonly listing: Listing };

const kinds: readonly ProbeRecord[] = [...probeRecords].sort((a, b) => (a.name < b.name ? -1 : 1));
const CHUNK_CHARACTERS = 32 * 1024;

/** The feature of Target.has() without which probes of a kind, as it is listed, cannot be attached; undefined: none. */
export function needsOf(kind: string): string | undefined {
  return kinds.find(({ name }) => name === kind)?.needs;
}

/** @param patterns  comma-separated; handled one after another
 *  @throws TbpfError ERR_PATTERN  no such provider, or the parts make no sense for it */
export function* listProbes(target: Target, patterns: string, options: ListOptions): Generator<string> {
  const told = new Set<string>();
  const warn = (text: string): void => {
    if (!told.has(text)) options.warn?.(text);
    told.add(text);
  };
  const verbose = options.verbose ?? false;
  for (const pattern of splitOutsideQuotes(patterns, ',')) {
    const types = parseTypePattern(pattern);
    if (types !== undefined) yield* listTypes(target, types, verbose);
    else yield* listPattern(pattern.trim(), verbose, { target, pid: options.pid, warn });
  }
}

function* listPattern(pattern: string, verbose: boolean, c: ListContext): Generator<string> {
  const parts = splitOutsideQuotes(pattern, ':').map((part) => part.replaceAll('"', ''));
  const [provider, ...rest] = parts.length === 1 ? ['*', ...parts] : parts as [string, ...string[]];
  // `software:cpu:` is written as it is listed
  const named = rest.length > 1 && rest.at(-1) === '' ? rest.slice(0, -1) : rest;
  for (const kind of kindsNamed(provider, named, c.pid)) {
    const probes = kind.listing.list(named, c);
    if (probes === undefined && !hasWildcard(provider)) throw new TbpfError(`${kind.name} probes are not named like '${pattern}'`, { code: 'ERR_PATTERN' });
    for (const probe of probes ?? []) {
      yield probe.line;
      if (verbose && probe.arguments !== undefined) for (const argument of probe.arguments()) yield `    ${argument}`;
    }
  }
}

function isListed(kind: ProbeRecord): kind is ListedKind {
  return kind.listing !== undefined;
}

function kindsNamed(provider: string, parts: readonly string[], pid: number | undefined): readonly ListedKind[] {
  const lower = provider.toLowerCase();
  if (!hasWildcard(provider)) {
    const kind = kinds.find(({ name, aliases }) => name === lower || aliases.includes(provider));
    if (kind !== undefined && !isListed(kind)) throw new TbpfError(`${kind.name} probes cannot be listed: whatever a script names exists`, { code: 'ERR_PATTERN' });
    if (kind === undefined) throw new TbpfError(`Invalid probe type: ${provider}`, { code: 'ERR_PATTERN' });
    return [kind];
  }
  const scope = pid !== undefined || parts[0]?.includes('/') === true ? 'user' : 'kernel';
  const wanted = matcher(lower);
  const found = kinds.filter(isListed).filter((kind) => kind.listing.scope === scope && wanted(kind.name));
  if (found.length === 0) throw new TbpfError(`No probe type matched for ${provider}`, { code: 'ERR_PATTERN' });
  return found;
}

/** C declarations of the arguments of one probe, by its full name (language.md 3.3); [] where it has none or they are not known. */
export function probeArguments(target: Target, probe: string, options: Omit<ListOptions, 'verbose'>): string[] {
  const withoutOffset = probe.replace(/\+(0x[0-9a-f]+|\d+)$/i, '');
  return [...listProbes(target, withoutOffset, { ...options, verbose: true })].slice(1).map((line) => line.trimStart()).filter((line) => !line.startsWith(LISTED_REMARK));
}

/** Splits at a character; text in double quotes stays whole, its quotes too. */
export function splitOutsideQuotes(text: string, separator: ',' | ':'): string[] {
  return [...(text.match(separator === ',' ? /(?:"[^"]*"|[^",])+|(?<=,|^)(?=,|$)/g : /(?:"[^"]*"|[^":])+|(?<=:|^)(?=:|$)/g) ?? [''])];
}

/** The warning for a pattern that looks like a script that is not there; undefined for patterns that do not. */
export function missingFileWarning(pattern: string): string | undefined {
  const looksLikeFile = /\.bt$/.test(pattern) || (/^[./]/.test(pattern) && !pattern.includes(':'));
  return looksLikeFile ? `It appears that '${pattern}' is a filename but the file does not exist. Treating '${pattern}' as a search pattern.` : undefined;
}

/** Lines with their line breaks in pieces large enough to be written one by one. */
export function* inChunks(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}
