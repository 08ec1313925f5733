// docs/api.md is what the doc comments say.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makePage } from '../../../scripts/api.js';
import { packageRoot } from '../../helpers/command.js';

// compared as a whole: the difference of two long pages helps nobody
t.ok(readFileSync(join(packageRoot, 'docs/api.md'), 'utf8') === makePage(), 'npm run api brings it up to date');
