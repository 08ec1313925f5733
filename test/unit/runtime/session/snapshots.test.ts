// Processes in maps are met once, wherever their number stands in a key or value.

import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { Source } from '../../../../lib/model/source/source.js';
import type { SessionMap } from '../../../../lib/runtime/session/kernel.js';
import { Snapshots, watchedParts } from '../../../../lib/trace/snapshots.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

const manifestOf = (script: string) => compile(new Source('stdin', script), new FixtureTarget()).output!.manifest;

const cases: [script: string, want: { part: string; offsets: number[] }[]][] = [
  ['profile:hz:9 { @[ustack] = count(); }', [{ part: 'keys', offsets: [8] }]],
  ['profile:hz:9 { @[kstack] = count(); }', []],
  ['profile:hz:9 { @[comm, ustack(3), kstack] = count(); }', [{ part: 'keys', offsets: [24] }]],
  ['profile:hz:9 { @[pid] = ustack(3); }', [{ part: 'values', offsets: [8] }]],
  ['profile:hz:9 { @[usym(1), usym(2)] = 1; }', [{ part: 'keys', offsets: [8, 24] }]],
  ['profile:hz:9 { @[pid] = 1; }', []],
];
for (const [script, want] of cases) t.test(script, async (t) => t.match(watchedParts(manifestOf(script)), want));

t.test('scanning', async (t) => {
  const manifest = manifestOf('profile:hz:9 { @[ustack(1)] = 1; }');
  const { keySize } = manifest.maps[0]!;
  const keys = new Uint8Array(keySize * 3);
  [7, 8, 7].forEach((pid, i) => new DataView(keys.buffer).setUint32(i * keySize + 8, pid, true));
  const seen: string[] = [];
  const symbols = { snapshot: (pid: number) => seen.push(`snapshot ${pid}`), refresh: (pid: number) => seen.push(`refresh ${pid}`) };
  const readAll = (): ReturnType<SessionMap['readAll']> => ({ count: 3, keys, values: new Uint8Array(24) });
  const map = (): SessionMap => ({ readAll, readAllAside: () => Promise.resolve(readAll()), takeAll: readAll, takeAllAside: () => Promise.resolve(readAll()), takeKey: () => undefined, lookup: () => undefined, delete: () => false, deleteAll: () => undefined, zeroAll: () => undefined });
  const snapshots = new Snapshots(symbols as never, map, manifest, 42);
  snapshots.scan();
  snapshots.scan();
  t.same(seen, ['refresh 42', 'snapshot 7', 'snapshot 8', 'refresh 42']);
});
