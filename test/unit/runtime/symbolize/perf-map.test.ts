import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { layOut, parsePerfMap, PerfMap, perfMapRoom } from '../../../../lib/runtime/symbolize/perf-map.js';

const mine = [process.geteuid!()];

t.test('lines have a start, a size and a name with spaces', async (t) => {
  t.strictSame(parsePerfMap('7f10 1a0 LazyCompile:*fib /app/a.js:1:13\nbroken\n0x20 0x8 stub\n\n'), [
    { start: 0x7f10, size: 0x1a0, name: 'LazyCompile:*fib /app/a.js:1:13' },
    { start: 0x20, size: 8, name: 'stub' },
  ]);
});

t.test('as Java writes it: perf-map-agent, and the JVM itself (Compiler.perfmap)', async (t) => {
  t.strictSame(parsePerfMap('7fa1b5046be0 1e0 Ljava/lang/String;::hashCode\n0x00007fa1b5046dc0 0x0000000000000120 void java.lang.Object.<init>()\n'), [
    { start: 0x7fa1b5046be0, size: 0x1e0, name: 'Ljava/lang/String;::hashCode' },
    { start: 0x7fa1b5046dc0, size: 0x120, name: 'void java.lang.Object.<init>()' },
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
  const map = new PerfMap([path], mine);
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

t.test('code that moved: what the file says now counts, also for an address that was known', async (t) => {
  const path = join(folderOf(t), 'perf-1.map');
  writeFileSync(path, '100 10 first\n');
  const map = new PerfMap([path], mine);
  t.equal(map.find(0x105)?.name, 'first');
  appendFileSync(path, '100 10 second\n');
  await setTimeout(20);
  t.equal(map.find(0x105)?.name, 'second');
});

t.test('a file that is written anew is read from its start', async (t) => {
  const path = join(folderOf(t), 'perf-1.map');
  const [old, same, longer, shorter] = ['100 10 first\n200 10 second\n', '100 10 third\n200 10 fourth\n', '100 10 fifth\n200 10 sixth\n300 10 seventh\n', '100 10 eighth\n'];
  writeFileSync(path, old);
  const map = new PerfMap([path], mine);
  t.equal(map.find(0x105)?.name, 'first');
  for (const [text, name] of [[same, 'third'], [longer, 'fifth'], [shorter, 'eighth']] as const) {
    writeFileSync(path, text);
    await setTimeout(20);
    t.equal(map.find(0x105)?.name, name);
  }
  t.equal(map.find(0x205), undefined, 'what was in there before is gone');
});

function folderOf(t: { teardown(undo: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

t.test('an honest map of many lines', async (t) => {
  const path = join(folderOf(t), 'perf-1.map');
  const lines = 300_000;
  writeFileSync(path, Array.from({ length: lines }, (_, i) => `${(0x1000 + i * 16).toString(16)} 10 f${i}\n`).join(''));
  const map = new PerfMap([path], mine);
  t.strictSame(map.find(0x1000 + (lines - 1) * 16 + 3), { name: `f${lines - 1}`, offset: 3 });
  t.strictSame(map.find(0x1000), { name: 'f0', offset: 0 });
});

const hostile: [title: string, make: (path: string) => void][] = [
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
  ['a folder', (path) => mkdirSync(path)],
  ['a link to itself', (path) => symlinkSync(path, path)],
  ['a link to a device without end', (path) => symlinkSync('/dev/zero', path)],
  ['a link to a pipe of the kernel\'s', (path) => symlinkSync('/proc/kmsg', path)],
  ['a link to the kernel\'s memory', (path) => symlinkSync('/proc/kcore', path)],
  ['3 GB of nothing', (path) => { writeFileSync(path, ''); truncateSync(path, 3 * 2 ** 30); }],
  ['8 TB of nothing', (path) => { writeFileSync(path, ''); truncateSync(path, 8 * 2 ** 40); }],
  ['a line without end behind a name', (path) => { writeFileSync(path, '100 10 '); truncateSync(path, 2 ** 30); }],
  ['numbers without end', (path) => writeFileSync(path, `${'f'.repeat(1 << 20)} ${'f'.repeat(1 << 20)} x\n`)],
  ['empty lines', (path) => writeFileSync(path, '\n'.repeat(1 << 20))],
  ['bytes that are no text', (path) => writeFileSync(path, Buffer.alloc(1 << 20, 0xff))],
];
for (const [title, make] of hostile) {
  t.test(`${title} has no names, and costs little`, async (t) => {
    const folder = folderOf(t);
    const path = join(folder, 'perf-1.map');
    make(path);
    const map = new PerfMap([path], [...mine, 0]);
    const before = performance.now();
    for (let i = 0; i < 20; i++) t.equal(map.find(0x105), undefined);
    t.ok(performance.now() - before < 5000, `${Math.round(performance.now() - before)} ms`);
    t.ok(process.memoryUsage().rss < 1 << 30);
    // the next best place counts then
    const other = join(folder, 'other.map');
    writeFileSync(other, '100 10 honest\n');
    if (/pipe|folder|itself|device/.test(title)) t.strictSame(new PerfMap([path, other], mine).find(0x105), { name: 'honest', offset: 5 });
  });
}

t.test('NULs before and in a line', async (t) => {
  const path = join(folderOf(t), 'perf-1.map');
  writeFileSync(path, 'x\0\0\n100 10 a\0b\n');
  t.strictSame(new PerfMap([path], mine).find(0x105), { name: 'a\0b', offset: 5 });
});

t.test('somebody else\'s file is not believed', async (t) => {
  const path = join(folderOf(t), 'perf-1.map');
  writeFileSync(path, '100 10 forged\n');
  t.equal(new PerfMap([path], [mine[0]! + 1]).find(0x105), undefined);
  t.strictSame(new PerfMap([path], mine).find(0x105), { name: 'forged', offset: 5 });
});

t.test('all maps of a session share what they may take', async (t) => {
  const folder = folderOf(t);
  const room = { ...perfMapRoom(), entries: 3 };
  const maps = ['a', 'b'].map((name) => {
    const path = join(folder, name);
    writeFileSync(path, '100 10 x\n200 10 y\n');
    return new PerfMap([path], mine, room);
  });
  t.strictSame(maps.map((map) => [map.find(0x100)?.name, map.find(0x200)?.name]), [['x', 'y'], ['x', undefined]]);
});

t.test('names that are not ASCII, also where a piece of the file ends', async (t) => {
  const path = join(folderOf(t), 'perf-1.map');
  writeFileSync(path, Array.from({ length: 100_000 }, (_, i) => `${(0x1000 + i * 16).toString(16)} 10 größe${i}\n`).join(''));
  const map = new PerfMap([path], mine);
  for (let i = 0; i < 100_000; i += 7) {
    const { name } = map.find(0x1000 + i * 16)!;
    if (name !== `größe${i}`) t.fail(`${name} is not größe${i}`);
  }
  t.equal(map.find(0x1000 + 99_999 * 16)?.name, 'größe99999');
});
