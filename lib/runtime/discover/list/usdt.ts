// Listing of USDT probes, which can be listed but not attached to yet: so there is no record of them.

import { type ListContext, type ListedProbe, type Listing, filesNamed } from '../../../language/listing.js';
import { matcher } from '../../../model/target/pattern.js';
import type { Target } from '../../../model/target/target.js';
import type { UsdtProbe } from '../../native/types.js';

export interface ListTarget extends Target {
  /** USDT probes of a file; [] when it has none or is no ELF file */
  usdtProbes(path: string): readonly UsdtProbe[];
}

export const usdt: { readonly name: string; readonly aliases: readonly string[]; readonly needs: string; readonly listing: Listing<ListTarget> } = {
  name: 'usdt', aliases: ['U'], needs: 'uprobe',
  listing: {
    scope: 'user',
    list(parts, c) {
      const withTarget = c.pid !== undefined && (parts.length === 1 || (parts.length === 2 && !parts[0]!.includes('/') && parts[0] !== '*')) ? ['*', ...parts] : parts;
      if (withTarget.length < 1 || withTarget.length > 3) return undefined;
      const [target, ...rest] = withTarget as [string, ...string[]];
      const [provider, name] = rest.length === 2 ? [rest[0]!, rest[1]!] : ['*', rest[0] ?? '*'];
      return notesOf(target, provider, name, c);
    },
  },
};

function* notesOf(target: string, provider: string, name: string, c: ListContext<ListTarget>): Generator<ListedProbe> {
  const wantedProvider = matcher(provider);
  const wantedName = matcher(name);
  for (const path of filesNamed('usdt', target, c)) {
    const notes = c.target.usdtProbes(path).filter((note) => wantedProvider(note.provider) && wantedName(note.name));
    yield* [...new Set(notes.map((note) => `usdt:${path}:${note.provider}:${note.name}`))].sort().map((line) => ({ line }));
  }
}
