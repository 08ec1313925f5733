// Listings of probes in programs and libraries.

import { TbpfError } from '../../../model/diagnostics/errors.js';
import { hasWildcard, matcher } from '../../../model/target/pattern.js';
import type { ListContext, ListedProbe, ListKind } from './kind.js';

function uprobe(name: 'uprobe' | 'uretprobe', alias: string): ListKind {
  return {
    name, aliases: [alias], scope: name === 'uprobe' ? 'user' : 'explicit',
    list(parts, c) {
      const withTarget = c.pid !== undefined && (parts.length === 1 || (parts.length === 2 && parts[0] === 'cpp')) ? [`/proc/${c.pid}/exe`, ...parts] : parts;
      if (withTarget.length < 2 || withTarget.length > 3 || (withTarget.length === 3 && withTarget[1] !== 'cpp')) return undefined;
      return functionsOf(name, withTarget[0]!, withTarget.at(-1)!, withTarget.length === 3, c);
    },
  };
}

function* functionsOf(provider: string, target: string, pattern: string, cpp: boolean, c: ListContext): Generator<ListedProbe> {
  for (const path of filesOf(provider, target, c)) {
    const names = new Set(c.target.binary(path)?.matchFunctions(pattern, { cpp }).map((symbol) => symbol.name));
    for (const name of names) {
      yield { line: `${provider}:${path}:${name}`, arguments: () => withoutDwarf(path, c) };
    }
  }
}

/** @throws TbpfError  one file was named, and it is not there */
function filesOf(provider: string, target: string, c: ListContext): readonly string[] {
  const paths = c.target.matchBinaries(target, c.pid);
  if (paths.length === 0 && !hasWildcard(target)) throw new TbpfError(`${provider} target file '${target}' does not exist or is not executable`, { code: 'ENOENT' });
  return paths;
}

/** Parameters of user functions would have to come from DWARF. */
function withoutDwarf(path: string, c: ListContext): readonly string[] {
  c.warn(c.target.binary(path)?.hasDebugInfo === true ? `tbpf does not read DWARF yet, cannot show parameter info of "${path}"` : `No DWARF found for "${path}", cannot show parameter info`);
  return [];
}

const usdt: ListKind = {
  name: 'usdt', aliases: ['U'], scope: 'user',
  list(parts, c) {
    const withTarget = c.pid !== undefined && (parts.length === 1 || (parts.length === 2 && !parts[0]!.includes('/') && parts[0] !== '*')) ? ['*', ...parts] : parts;
    if (withTarget.length < 1 || withTarget.length > 3) return undefined;
    const [target, ...rest] = withTarget as [string, ...string[]];
    const [provider, name] = rest.length === 2 ? [rest[0]!, rest[1]!] : ['*', rest[0] ?? '*'];
    return notesOf(target, provider, name, c);
  },
};

function* notesOf(target: string, provider: string, name: string, c: ListContext): Generator<ListedProbe> {
  const wantedProvider = matcher(provider);
  const wantedName = matcher(name);
  for (const path of filesOf('usdt', target, c)) {
    const notes = c.target.usdtProbes(path).filter((note) => wantedProvider(note.provider) && wantedName(note.name));
    yield* [...new Set(notes.map((note) => `usdt:${path}:${note.provider}:${note.name}`))].sort().map((line) => ({ line }));
  }
}

export const userKinds: readonly ListKind[] = [uprobe('uprobe', 'u'), uprobe('uretprobe', 'ur'), usdt];
