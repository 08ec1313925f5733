// All programs that the comparison makes up.

import type { DifferentialProgram } from '../program.js';
import { integers } from './integers.js';
import { maps } from './maps.js';
import { printing } from './printing.js';
import { statements } from './statements.js';

export const families: readonly DifferentialProgram[] = [...integers, ...printing('text'), ...printing('json'), ...statements, ...maps('text'), ...maps('json')];
