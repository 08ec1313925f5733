// serve: maps as metrics, on made-up events.

import t from 'tap';
import { compile, type Session } from '../../../../lib/index.js';
import { simulate } from '../../../../lib/simulate.js';
import { metricsOf, type Metrics } from '../../../../tools/serve/series.js';
import type { Metric, Series } from '../../../../tools/shared/metrics.js';

/** What simulate() has of a session's maps stands in for the session. */
function asSession(simulation: { readonly maps: unknown }): Session {
  return { maps: simulation.maps, symbols: {} } as unknown as Session;
}

const byName = ({ metrics }: Metrics, name: string): Metric => metrics.find((metric) => metric.name === name)!;
const plain = (series: readonly Series[]): unknown[] => series.map(({ labels, value }) => [Object.values(labels).join(' '), value]);

t.test('kinds', async (t) => {
  const script = `begin { @c["a"] = count(); @s["a"] = sum(5); @a["a"] = avg(4); @m["a"] = max(7); @p["a"] = 3; @st["a"] = stats(6); @st["a"] = stats(9);
    @h["a"] = hist(1000); @h["a"] = hist(0); @h["a"] = hist(-3); @h2 = hist(5, 2); @l = lhist(25, 0, 30, 10); @l = lhist(30, 0, 30, 10); @l = lhist(-1, 0, 30, 10);
    @text["a"] = "x"; @k[kstack] = count(); @none[1] = 1; delete(@none[1]); @r[(who = comm, n = (uint8)2)] = count(); }`;
  const simulation = simulate(await compile(script, { blocking: true }));
  const metrics = metricsOf(asSession(simulation), script, 10);
  t.same(metrics.left, ['@k is no metric: its key has a part that is no label (stack)', '@text is no metric: its values are no numbers (string)']);
  const kinds = Object.fromEntries(metrics.metrics.map(({ name, kind }) => [name, kind]));
  t.same(kinds, {
    tbpf_a: 'gauge', tbpf_c: 'counter', tbpf_h: 'histogram', tbpf_h2: 'histogram', tbpf_l: 'histogram', tbpf_m: 'gauge', tbpf_none: 'gauge', tbpf_p: 'gauge', tbpf_r: 'counter',
    tbpf_s: 'counter', tbpf_st_average: 'gauge', tbpf_st_count: 'counter', tbpf_st_sum: 'counter',
  });
  for (const [name, value] of [['tbpf_c', 1], ['tbpf_s', 5], ['tbpf_a', 4], ['tbpf_m', 7], ['tbpf_p', 3], ['tbpf_st_count', 2], ['tbpf_st_sum', 15], ['tbpf_st_average', 7]] as const) {
    t.same(plain(await byName(metrics, name).read()), [['a', value]], name);
  }
  t.same(await byName(metrics, 'tbpf_none').read(), []);
  t.same(Object.keys((await byName(metrics, 'tbpf_r').read())[0]!.labels), ['who', 'n']);
  const bucketsOf = async (name: string): Promise<[number, number][]> => {
    const value = (await byName(metrics, name).read())[0]!.value as Exclude<Series['value'], number>;
    t.equal(value.counts.length, value.bounds.length + 1);
    t.equal(value.counts.reduce((sum, count) => sum + count, 0), value.count);
    return value.counts.flatMap((count, index): [number, number][] => (count > 0 ? [[value.bounds[index] ?? Infinity, count]] : []));
  };
  t.same(await bucketsOf('tbpf_h'), [[-1, 1], [0, 1], [1023, 1]]);
  t.same(await bucketsOf('tbpf_h2'), [[7, 1]], 'finer rows lie within powers of two');
  t.same(await bucketsOf('tbpf_l'), [[-1, 1], [29, 1], [Infinity, 1]]);
});

t.test('a comment names the metric and its labels', async (t) => {
  const script = '// @metric @r reads_total{disk} Reads.\nbegin { @r[1, comm] = count(); }';
  const [metric] = metricsOf(asSession(simulate(await compile(script, { blocking: true }))), script, 10).metrics;
  t.equal(metric!.name, 'reads_total');
  t.equal(metric!.help, 'Reads.');
  t.same(Object.keys((await metric!.read())[0]!.labels), ['disk', 'comm']);
});

t.test('too many series: the first keep their places, what others counted is never lost', async (t) => {
  /** A map whose elements the test sets. */
  let entries: { key: string; value: bigint }[] = [];
  const type = { kind: 'hash', key: { kind: 'string', size: 16 }, value: { kind: 'aggregate', name: 'count', parameters: [], signed: false }, maxEntries: 10 };
  const map = { type, read: () => Promise.resolve(entries) };
  const metrics = metricsOf({ maps: { names: ['@'], get: () => map }, symbols: {} } as unknown as Session, 'begin { @[comm] = count(); }', 2);
  const read = async (next: Record<string, bigint>): Promise<unknown[]> => {
    entries = Object.entries(next).map(([key, value]) => ({ key, value }));
    return plain(await metrics.metrics[0]!.read());
  };
  t.same(await read({ a: 1n, b: 2n, c: 3n, d: 4n }), [['a', 1], ['b', 2], ['other', 7]]);
  t.equal(metrics.folded(), 2);
  t.same(await read({ c: 9n, d: 4n, a: 1n, b: 2n }), [['a', 1], ['b', 2], ['other', 13]], 'also when they come in another order');
  t.same(await read({ a: 2n, c: 10n }), [['a', 2], ['other', 14]], 'd has gone: what it counted stays');
  t.same(await read({ a: 2n, c: 10n, e: 1n }), [['a', 2], ['e', 1], ['other', 14]], 'a place that is free is taken by what is new, not by what was folded');
});
