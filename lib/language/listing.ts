// Listings (`-l`): how the record of a probe kind lists the probes of that kind (language.md 8.7).

import { TbpfError } from '../model/diagnostics/errors.js';
import { hasWildcard, matcher } from '../model/target/pattern.js';
import type { Target } from '../model/target/target.js';

/** What a line among the arguments begins with that is no argument. */
export const LISTED_REMARK = '// ';

export interface ListedProbe {
  readonly line: string;
  /** C declarations of its arguments, found when asked for; undefined for kinds that have none */
  readonly arguments?: () => readonly string[];
}

export interface ListContext {
  readonly target: Target;
  readonly pid?: number;
  /** gets a message about each thing that could not be shown */
  readonly warn: (text: string) => void;
}

export interface Listing {
  /** which wildcard providers include this kind: `*` alone (kernel), `*` with a path or a pid (user), or none (explicit) */
  readonly scope: 'kernel' | 'user' | 'explicit';
  /** @param parts  of the pattern behind the provider; at least one
   *  @returns undefined when the parts make no sense for this kind */
  list(parts: readonly string[], c: ListContext): Iterable<ListedProbe> | undefined;
}

/** `[module:]name`: without module any. undefined: more than that */
export function moduleAndName(parts: readonly string[]): [module: string, name: string] | undefined {
  if (parts.length === 1) return ['*', parts[0]!];
  return parts.length === 2 ? [parts[0]!, parts[1]!] : undefined;
}

/** One module after the other, by name, so that the first is printed before the last is read. */
export function* ofModules(modules: readonly string[], pattern: string, list: (module: string) => readonly ListedProbe[]): Generator<ListedProbe> {
  for (const module of sorted(modules.filter(matcher(pattern)))) yield* list(module);
}

/** The files that a pattern means.
 * @throws TbpfError ENOENT  one file was named, and it is not there */
export function filesNamed(provider: string, target: string, c: ListContext): readonly string[] {
  const paths = c.target.matchBinaries(target, c.pid);
  if (paths.length === 0 && !hasWildcard(target)) throw new TbpfError(`${provider} target file '${target}' does not exist or is not executable`, { code: 'ENOENT' });
  return paths;
}

export function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}
