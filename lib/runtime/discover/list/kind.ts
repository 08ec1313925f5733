// What a listing needs to know of one kind of probe.

import type { Target } from '../../../model/target/target.js';
import type { UsdtProbe } from '../../native/types.js';

export interface ListTarget extends Target {
  /** USDT probes of a file; [] when it has none or is no ELF file */
  usdtProbes(path: string): readonly UsdtProbe[];
}

export interface ListContext {
  readonly target: ListTarget;
  readonly pid?: number;
  /** event names and aliases of language/probes */
  readonly counters: { readonly software: readonly string[]; readonly hardware: readonly string[] };
  readonly warn: (text: string) => void;
}

export interface ListedProbe {
  readonly line: string;
  /** C declarations of its arguments, found when asked for; undefined for kinds that have none */
  readonly arguments?: () => readonly string[];
}

export interface ListKind {
  readonly name: string;
  readonly aliases: readonly string[];
  /** which wildcard providers mean it: `*` alone, `*` with a path or a pid, or none */
  readonly scope: 'kernel' | 'user' | 'explicit';
  /** @param parts  of the pattern behind the provider; at least one
   *  @returns undefined when the parts make no sense for this kind */
  list(parts: readonly string[], c: ListContext): Iterable<ListedProbe> | undefined;
}
