// The message about matches of wildcards that cannot be probed: one line with their number, and their names for -v and the library.

import type { Manifest } from '../model/layout/manifest.js';
import type { AttachReport } from '../runtime/session/kernel.js';

export interface LeftOutWords {
  /** undefined: nothing was left out, or missing_probes is ignore */
  readonly sentence: string | undefined;
  readonly names: readonly string[];
}

export function describeLeftOut({ leftOut }: Pick<AttachReport, 'leftOut'>, { config }: Pick<Manifest, 'config'>): LeftOutWords {
  const names = leftOut.map(({ probe, error }) => `${probe}: ${error.message}`);
  if (names.length === 0 || config['missing_probes'] === 'ignore') return { sentence: undefined, names: [] };
  const are = names.length === 1 ? 'match of a wildcard cannot be probed and is' : 'matches of wildcards cannot be probed and are';
  return { sentence: `${names.length} ${are} left out.`, names };
}
