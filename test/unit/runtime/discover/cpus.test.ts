import t from 'tap';
import { parseCpuList } from '../../../../lib/runtime/discover/kernel/cpus.js';

const cases: [text: string, want: number[]][] = [
  ['0\n', [0]],
  ['0-3\n', [0, 1, 2, 3]],
  ['0-1,4,6-7\n', [0, 1, 4, 6, 7]],
  ['\n', []],
];
for (const [text, want] of cases) t.test(`'${text.trim()}'`, async (t) => { t.strictSame(parseCpuList(text), want); });
