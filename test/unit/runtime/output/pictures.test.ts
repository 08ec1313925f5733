// -f pprof, --flame and --diff: what stands in the profile and in the page.

import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import t from 'tap';
import type { MapEntry, MergedMap } from '../../../../lib/language/merged-map.js';
import type { Manifest } from '../../../../lib/model/layout/manifest.js';
import type { Value } from '../../../../lib/model/layout/value.js';
import { string, type StackType, type Type } from '../../../../lib/model/types/types.js';
import { loadWriter, type OutputFormat, type Sink } from '../../../../lib/runtime/output/index.js';
import type { Before, FlameData, FlameNode } from '../../../../lib/runtime/output/stacks/flame-data.js';
import { FlameWriter } from '../../../../lib/runtime/output/stacks/flame-writer.js';
import { parseFolded } from '../../../../lib/runtime/output/stacks/folded-text.js';
import { bytesOfText } from '../../../../lib/model/syntax/text.js';
import { pageOf } from '../../../../lib/cli/output/pictures.js';
import { aggregate, mapOf, rendering } from './support.js';

const kernel: StackType = { kind: 'stack', space: 'kernel', mode: 'bpftrace', limit: 127 };
const user: StackType = { ...kernel, space: 'user' };
const stackOf = (...addresses: readonly bigint[]): Value => ({ $: 'stack', addresses, pid: 1, program: 0 });
const tuple = (...elements: readonly Type[]): Type => ({ kind: 'tuple', elements });
const count = (key: Value, value: bigint): MapEntry => ({ key, merged: { kind: 'number', value } });
const counted = (name: string, key: Type, ...entries: readonly MapEntry[]): MergedMap => mapOf(name, aggregate('count'), key, entries);
const all = { top: 0, divisor: 0, explicit: false };

const byComm = counted('@x', tuple(string(16), kernel, user),
  count(['cat', stackOf(0x10n), stackOf(0x11n)], 3n), count(['cat', stackOf(), stackOf(0x11n)], 2n), count(['dog', stackOf(0x10n), stackOf(0x99n)], 1n << 60n));

/** What a format writes of maps that are all of the script's. */
async function written(format: OutputFormat, maps: readonly MergedMap[], flame?: { readonly before?: Before }): Promise<{ out: string; errors: string; page?: FlameData }> {
  const streams: { out: string; errors: string; page?: FlameData } = { out: '', errors: '' };
  const stream = (name: 'out' | 'errors'): Sink => ({ write: (text: string) => { streams[name] += text; }, flush() {} }) as unknown as Sink;
  const manifest = { maps: [...new Map(maps.map(({ spec }) => [spec.scriptName, spec])).values()], events: [] } as unknown as Manifest;
  const make = await loadWriter(format);
  const inner = make({ out: stream('out'), errors: stream('errors'), rendering }, manifest);
  const writer = flame ? new FlameWriter(inner, rendering, manifest, { title: 'a title', before: flame.before, printsMaps: format !== 'text', write: (data) => (streams.page = data) }) : inner;
  writer.emit({ type: 'attached', probes: 1 });
  for (const map of maps) writer.emit({ type: 'map', spec: undefined, map, options: all });
  writer.emit({ type: 'events_ended' });
  writer.emit({ type: 'ended', lost: 0 });
  return streams;
}

function decoded(out: string): { types: string[]; samples: { values: bigint[]; labels: string[]; frames: string[] }[]; files: string[]; lines: string[] } {
  const profile = Profile.decode(gunzipSync(bytesOfText(out)));
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)]!;
  const functionOf = (location: number | bigint): string => text(profile.function[Number(profile.location[Number(location) - 1]!.line[0]!.functionId) - 1]!.name);
  return {
    types: profile.sampleType.map(({ type, unit }) => `${text(type)} ${text(unit)}`),
    samples: profile.sample.map(({ value, label, locationId }) => ({ values: value.map(BigInt), labels: label.map(({ key, str }) => `${text(key)}=${text(str)}`), frames: locationId.map(functionOf) })),
    files: profile.mapping.map(({ filename }) => text(filename)),
    lines: profile.location.flatMap(({ line }) => line.map((each) => `${text(profile.function[Number(each.functionId) - 1]!.filename)}:${each.line}`)),
  };
}

t.test('pprof: innermost first, weights above 2^53 exact, other parts of the key as frames and labels', async (t) => {
  const { out, errors } = await written('pprof', [byComm]);
  const { types, samples, files, lines } = decoded(out);
  t.same(types, ['@x count']);
  t.same(samples, [
    { values: [3n], labels: ['key1=cat'], frames: ['vfs_read', 'inner', 'ksys_read', 'cat'] },
    { values: [2n], labels: ['key1=cat'], frames: ['inner', 'ksys_read', 'cat'] },
    { values: [1n << 60n], labels: ['key1=dog'], frames: ['vfs_read', '[unknown]', 'dog'] },
  ]);
  t.same(files, ['/bin/cat']);
  t.ok(lines.includes('fs/read_write.c:20'));
  t.equal(errors, 'Attached 1 probe\n');
});

t.test('pprof: two maps are two types of sample', async (t) => {
  const { types, samples } = decoded((await written('pprof', [counted('@x', kernel, count(stackOf(0x10n), 3n)), counted('@y', kernel, count(stackOf(0x10n), 4n))])).out);
  t.same(types, ['@x count', '@y count']);
  t.same(samples.map(({ values }) => values), [[3n, 0n], [0n, 4n]]);
});

t.test('of a map that is printed several times, what was last printed with something in it counts', async (t) => {
  const maps = [counted('@x', kernel, count(stackOf(0x10n), 3n)), counted('@x', kernel, count(stackOf(0x10n), 7n)), counted('@x', kernel)];
  t.same(decoded((await written('pprof', maps)).out).samples.map(({ values }) => values), [[7n]]);
  t.equal((await written('text', maps, {})).page!.maps[0]!.root.v, 7);
  t.same((await written('text', [counted('@x', kernel)], {})).page!.maps, [{ name: '@x', stacks: 0, root: { n: 'all', k: undefined, v: 0, b: undefined, c: undefined } }]);
});

const shape = ({ n, k, v, b, c }: FlameNode): unknown => [n, ...(k === undefined ? [] : [k]), v, ...(b === undefined ? [] : [b]), ...(c ?? []).map(shape)];

t.test('flame: a tree in which each frame has what it calls', async (t) => {
  const small = { ...byComm, entries: byComm.entries.slice(0, 2) };
  const { page, out } = await written('text', [small, counted('@n', string(16), count('cat', 4n))], {});
  t.same(page!.maps.map(({ name, stacks }) => [name, stacks]), [['@x', 2]]);
  t.same(shape(page!.maps[0]!.root), ['all', 5, ['cat', 'part', 5, ['ksys_read', 'user', 5, ['inner', 'inlined', 5, ['vfs_read', 'kernel', 3]]]]]);
  t.notMatch(out, '@x', 'what is in the picture is not printed as well');
  t.match(out, '@n[cat]: 4\n', 'other maps are');
  t.match((await written('json', [small], {})).out, '"@x"', 'formats for programs are whole');
});

t.test('flame: code in no file that has a name was compiled at run time; where the stack was lost is no frame of the program', async (t) => {
  const compiled = counted('@x', user, count(stackOf(0x12n, 0xffff_ffff_ffff_ffffn), 1n));
  const named = { ...rendering, symbols: { ...rendering.symbols, frames: () => [{ address: 0x12n, name: 'JS:*f' }] } };
  const { stackSamples } = await import('../../../../lib/runtime/output/stacks/stack-samples.js');
  t.same(stackSamples(compiled, all, named)[0]!.frames.map(({ kind }) => kind), ['lost', 'jit']);
});

t.test('diff: beside each frame what it had before, 0 for a new one', async (t) => {
  const before = { path: 'before.folded', stacks: parseFolded('cat;ksys_read;inner_[i];vfs_read_[k] 10\ncat;ksys_read;inner_[i] 1\ncat;gone 4\n\n', 'before.folded') };
  const one = counted('@x', tuple(string(16), kernel, user), count(['cat', stackOf(0x10n), stackOf(0x11n)], 3n), count(['dog', stackOf(), stackOf(0x99n)], 2n));
  const { page } = await written('text', [one], { before });
  t.equal(page!.before, 'before.folded');
  t.same(shape(page!.maps[0]!.root), ['all', 5, 15, ['cat', 'part', 3, 15, ['ksys_read', 'user', 3, 11, ['inner', 'inlined', 3, 11, ['vfs_read', 'kernel', 3, 10]]]], ['dog', 'part', 2, 0, ['[unknown]', 'user', 2, 0]]]);
  const two = await written('text', [counted('@x', kernel, count(stackOf(0x10n), 3n)), counted('@y', kernel, count(stackOf(0x10n), 3n))], { before: { path: 'b', stacks: parseFolded('@y;vfs_read_[k] 9', 'b') } });
  t.same(two.page!.maps.map(({ root }) => root.b), [0, 9], 'of several maps the first frame is the name');
});

t.test('a folded file: numbers with a fraction, blanks in frames, wrong lines', (t) => {
  t.same([...parseFolded('a b;operator new(unsigned long) 3\r\na b;operator new(unsigned long) 2.50\n', 'f')], [['a b;operator new(unsigned long)', 5n]]);
  t.throws(() => parseFolded('a;b 3\nnothing', 'f.folded'), { code: 'ERR_FOLDED', message: /^f\.folded:2: / });
  t.end();
});

t.test('text of traced programs cannot end the data of a page', (t) => {
  const page = pageOf('<script type="application/json">/* data */</script>', { title: '</script><script>alert(1)</script>$&', maps: [] });
  t.equal(page.split('</script>').length, 2);
  t.equal((JSON.parse(/json">(.*)<\/script>$/.exec(page)![1]!) as FlameData).title, '</script><script>alert(1)</script>$&');
  t.end();
});
