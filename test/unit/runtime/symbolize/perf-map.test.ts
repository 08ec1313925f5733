import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { layOut, parsePerfMap, PerfMap } from '../../../../lib/runtime/symbolize/perf-map.js';

t.test('lines have a start, a size and a name with spaces', async (t) => {
  t.strictSame(parsePerfMap('7f10 1a0 LazyCompile:*fib /app/a.js:1:13\nbroken\n0x20 0x8 stub\n\n'), [
    { start: 0x7f10, size: 0x1a0, name: 'LazyCompile:*fib /app/a.js:1:13' },
    { start: 0x20, size: 8, name: 'stub' },
  ]);
});

const overlaps: [title: string, entries: [start: number, size: number, name: string][], want: string[]][] = [
  ['apart', [[20, 10, 'b'], [0, 10, 'a']], ['a', 'b']],
  ['touching', [[0, 10, 'a'], [10, 10, 'b']], ['a', 'b']],
  ['a later one over an earlier', [[0, 10, 'old'], [5, 10, 'new']], ['new']],
  ['a later one in front', [[5, 10, 'old'], [0, 10, 'new']], ['new']],
  ['a later large one over two', [[0, 5, 'a'], [10, 5, 'b'], [0, 20, 'new']], ['new']],
  ['the same place again', [[0, 10, 'old'], [0, 10, 'new']], ['new']],
];
for (const [title, entries, want] of overlaps) {
  t.test(title, async (t) => {
    t.strictSame(layOut(entries.map(([start, size, name]) => ({ start, size, name }))).map((entry) => entry.name), want);
  });
}

t.test('a file that grows is read on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'perf-1.map');
  const map = new PerfMap(path);
  t.equal(map.find(0x105), undefined, 'no file yet');
  writeFileSync(path, '100 10 first\n200 10 sec');
  t.strictSame(map.find(0x105), { name: 'first', offset: 5 });
  t.equal(map.find(0x205), undefined, 'half a line');
  appendFileSync(path, 'ond\n');
  t.strictSame(map.find(0x205), { name: 'second', offset: 5 });
  t.equal(map.find(0x110), undefined);
  appendFileSync(path, '100 20 replaced\n');
  t.strictSame(map.find(0x115), { name: 'replaced', offset: 0x15 });
  t.strictSame(map.find(0x105), { name: 'replaced', offset: 5 });
});
