import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseMaps } from '../../../../lib/model/target/process-maps.js';

const mappings = parseMaps(readFileSync('test/fixtures/proc/maps', 'utf8'));

t.test('maps: a file', async (t) => {
  t.strictSame(mappings[1], { start: 0x55d0c0002000n, end: 0x55d0c0006000n, executable: true, fileOffset: 0x2000n, device: 'fe:01', inode: 1052, path: '/usr/bin/cat', deleted: false });
});
const rows: [index: number, path: string, deleted: boolean][] = [
  [2, '[heap]', false],
  [3, '/opt/with space/lib(1).so', false],
  [4, '/tmp/gone.so', true],
  [5, '', false],
  [6, '/tmp/two\nlines', false],
  [7, '[vdso]', false],
  [8, '[vsyscall]', false],
];
for (const [index, path, deleted] of rows) {
  t.test(`maps: ${JSON.stringify(path)}`, async (t) => { t.match(mappings[index], { path, deleted }); });
}
