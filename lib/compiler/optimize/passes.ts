// The passes in the order they run.

import { bug } from '../../model/diagnostics/errors.js';
import { branchFold } from './branch-fold.js';
import { constants } from './constants.js';
import { cse } from './cse.js';
import { deadCode } from './dead-code.js';
import { deadStores } from './dead-stores.js';
import { fold } from './fold.js';
import { forwardMemory } from './forward-memory.js';
import { narrowLoads } from './narrow-loads.js';
import { params } from './params.js';
import type { Pass } from './pass.js';
import { sink } from './sink.js';

/** Runs once, first. */
const preparation: readonly Pass[] = [constants];

/** Runs again as long as it changes a function, a few times at most. */
const round: readonly Pass[] = [fold, params, branchFold, cse, forwardMemory, deadStores, narrowLoads, deadCode];

/** Runs once, last. */
const finish: readonly Pass[] = [sink];

export interface Pipeline {
  readonly preparation: readonly Pass[];
  readonly round: readonly Pass[];
  readonly finish: readonly Pass[];
}

/** @throws Bug  a pass stands before one that it must come after */
export function buildPipeline(first: readonly Pass[] = preparation, repeated: readonly Pass[] = round, last: readonly Pass[] = finish): Pipeline {
  const seen = new Set<string>();
  for (const pass of [...first, ...repeated, ...last]) {
    for (const name of pass.after) if (!seen.has(name)) bug('optimize', `pass ${pass.name} must come after ${name}`);
    if (seen.has(pass.name)) bug('optimize', `pass ${pass.name} stands twice`);
    seen.add(pass.name);
  }
  return { preparation: first, round: repeated, finish: last };
}

export const passNames: readonly string[] = [...preparation, ...round, ...finish].map((pass) => pass.name);
