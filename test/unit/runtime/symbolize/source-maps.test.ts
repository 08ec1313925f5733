// Functions of JavaScript in their sources; files that are no source maps.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { compiledFunction, SourceMaps } from '../../../../lib/runtime/symbolize/source-maps.js';

const names: [symbol: string, want: ReturnType<typeof compiledFunction>][] = [
  ['JS:*outer /app/dist/app.js:2:15', { name: 'JS:*outer', script: '/app/dist/app.js', line: 2, column: 15 }],
  ['LazyCompile:~f /a b/c.js:10:1', { name: 'LazyCompile:~f', script: '/a b/c.js', line: 10, column: 1 }],
  ['JS:^ file:///app/m.mjs:1:200', { name: 'JS:^', script: 'file:///app/m.mjs', line: 1, column: 200 }],
  ['JS:^processTimers node:internal/timers:504:25', undefined],
  ['Builtins_JSEntry', undefined],
  ['Ljava/lang/String;::hashCode', undefined],
];
for (const [symbol, want] of names) t.test(symbol, async (t) => t.strictSame(compiledFunction(symbol), want));

const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
t.teardown(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'dist'));

/** The second line is line 120 of the source, from its fifth column on line 121. */
const map = { version: 3, sources: ['../src/app.ts'], names: [], mappings: 'AAAA;AAuHA,IACA' };
const inline = (value: unknown): string => `data:application/json;charset=utf-8;base64,${Buffer.from(JSON.stringify(value)).toString('base64')}`;
let count = 0;

/** @param url  what the script says; FILE: the path of a file with these bytes */
function placeIn(url: string, bytes: string | undefined, line = 2, column = 1, script?: string): unknown {
  const path = join(folder, `dist/app${count++}.js`);
  writeFileSync(path, script ?? `first\nsecond\n//# sourceMappingURL=${url.replace('FILE', `app${count}.map`)}\n`);
  if (bytes !== undefined) writeFileSync(join(folder, `dist/app${count}.map`), bytes);
  return new SourceMaps().find(process.pid, '', { name: 'JS:*f', script: path, line, column });
}

const app = join(folder, 'src/app.ts');

t.test('a map beside the script, in it, by URL', async (t) => {
  const text = JSON.stringify(map);
  t.strictSame(placeIn('FILE', text), { file: app, line: 120 });
  t.strictSame(placeIn('FILE', text, 2, 9), { file: app, line: 121 });
  t.strictSame(placeIn('FILE', text, 1, 1), { file: app, line: 1 });
  t.strictSame(placeIn(inline(map), undefined), { file: app, line: 120 });
  t.strictSame(placeIn(`data:application/json,${encodeURIComponent(text)}`, undefined), { file: app, line: 120 });
  t.strictSame(placeIn(inline({ ...map, sources: ['webpack://app/./src/app.ts'] }), undefined), { file: 'webpack://app/./src/app.ts', line: 120 });
  t.strictSame(placeIn(inline({ version: 3, sections: [{ offset: { line: 1, column: 0 }, map: { ...map, mappings: 'AAAA' } }] }), undefined), { file: app, line: 1 });
  const path = join(folder, 'dist/module.mjs');
  writeFileSync(path, `first\nsecond\n//# sourceMappingURL=${inline(map)}`);
  t.strictSame(new SourceMaps().find(process.pid, '', { name: 'JS:*f', script: pathToFileURL(path).href, line: 2, column: 1 }), { file: app, line: 120 });
});

t.test('of several comments the last counts', async (t) => {
  t.strictSame(placeIn('', undefined, 2, 1, `//# sourceMappingURL=${inline({ ...map, sources: ['x.ts'] })}\nsecond\n//# sourceMappingURL=${inline(map)}\n`), { file: app, line: 120 });
});

const nothing: [title: string, url: string, bytes?: string][] = [
  ['a map that is not there', 'gone.map'],
  ['a map of another machine', 'https://example.org/app.js.map'],
  ['an empty map', 'FILE', ''],
  ['no JSON', 'FILE', '{"version": 3'],
  ['JSON of another kind', 'FILE', '7'],
  ['null', 'FILE', 'null'],
  ['sources that are none', 'FILE', JSON.stringify({ ...map, sources: [7] })],
  ['mappings that are none', 'FILE', JSON.stringify({ ...map, mappings: 7 })],
  ['mappings before the source', 'FILE', JSON.stringify({ ...map, mappings: ';AADA' })],
  ['sections that are none', 'FILE', JSON.stringify({ version: 3, sections: [null, 7] })],
  ['more mappings than are decoded', 'FILE', JSON.stringify({ ...map, mappings: 'A,'.repeat(3 << 20) })],
  ['a bad escape', '%E0%A4%A'],
  ['a host in a file URL', 'file://host/x.map'],
  ['itself', 'app1.js'],
];
for (const [title, url, bytes] of nothing) t.test(title, async (t) => t.equal(placeIn(url, bytes), undefined));

t.test('a pipe, a device, a folder, a script that is gone', async (t) => {
  const pipe = join(folder, 'pipe.js');
  execFileSync('mkfifo', [pipe]);
  const maps = new SourceMaps();
  for (const script of [pipe, '/dev/zero', folder, join(folder, 'gone.js'), 'file://host/a.js']) t.equal(maps.find(process.pid, '', { name: 'JS:*f', script, line: 1, column: 1 }), undefined, script);
  t.equal(placeIn(pipe, undefined), undefined);
});

t.test('a position that the map does not have', async (t) => {
  t.equal(placeIn(inline({ ...map, mappings: ';;;AAAA' }), undefined, 1, 1), undefined);
  t.equal(placeIn(inline({ ...map, mappings: 'A;AAAA' }), undefined, 1, 1), undefined, 'no source');
});
