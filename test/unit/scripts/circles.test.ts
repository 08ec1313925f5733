// The check that finds files which import each other in a circle.

import t from 'tap';
import { circles } from '../../../scripts/circles.js';

const rows: [title: string, imports: Record<string, string[]>, want: string[][]][] = [
  ['a chain', { a: ['b'], b: ['c'], c: [] }, []],
  ['two ways to one file', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
  ['two files', { a: ['b'], b: ['a'] }, [['a', 'b']]],
  ['a circle behind a file that is not in it', { a: ['b'], b: ['c'], c: ['d'], d: ['b', 'e'], e: [] }, [['b', 'c', 'd']]],
  ['two circles, one of which needs the other', { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'] }, [['c', 'd'], ['a', 'b']]],
  ['two circles that meet are one', { a: ['b', 'c'], b: ['a'], c: ['a'] }, [['a', 'b', 'c']]],
  ['packages', { a: ['node:fs', 'b'], b: ['node:fs'] }, []],
];
for (const [title, imports, want] of rows) t.test(title, async (t) => { t.strictSame(circles(new Map(Object.entries(imports))), want); });
