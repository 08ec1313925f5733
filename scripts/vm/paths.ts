// Where the rig keeps things. All of it is outside git and may be deleted at any time.

import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Kernels, initial file systems, translated tests, results. */
export const cache = join(root, '.cache/vm');
