// Probes that are perf events: timers (profile, interval) and counters (software, hardware).
//
//   facts  include/uapi/linux/perf_event.h; defaults of language.md 3.2. The kernel takes periods of 63 bits (perf_event_open), and of
//          its own clocks none below 10,000 ns: a shorter one becomes that (perf_swevent_start_hrtimer)

import { perfType, softwareClock } from '../../model/bpf/perf-uapi.js';
import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { AttachSpec } from '../../model/layout/manifest.js';
import type { ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { matcher } from '../../model/target/pattern.js';
import { sorted } from '../listing.js';
import { isDuration } from './numbers.js';
import * as say from './diagnostics.js';
import { expectParts, refuse } from './diagnostics.js';

const LONGEST_PERIOD = (1n << 63n) - 1n;
const SHORTEST_OF_CLOCKS = 10_000n;
const fastest = { shortest: SHORTEST_OF_CLOCKS, perSecond: 1_000_000_000n / SHORTEST_OF_CLOCKS } as const;

const common = {
  programKind: 'perf_event', needs: 'perf_event', addressSpace: 'none', registers: true, returnValue: 0,
} as const;

const nanoseconds: Readonly<Record<string, bigint>> = { s: 1000000000n, ms: 1000000n, us: 1000n };

function timer(name: 'profile' | 'interval', alias: string, doc: string, cpus: 'all' | 'first'): ProbeRecord {
  const record: ProbeRecord = {
    ...common, name, aliases: [alias], doc, syntax: `${name}:unit:count or ${name}:duration`,
    pidFilter: name === 'profile' ? 'kernel' : 'none',
    listing: { scope: 'explicit', list: (parts) => (parts.length > 2 ? undefined : ['hz', 'ms', 's', 'us'].filter(matcher(parts[0]!)).map((unit) => ({ line: `${name}:${unit}:` }))) },
    resolve: (point, c) => resolveTimer(record, point, c, cpus),
  };
  return record;
}

/** What somebody meant who wrote a small number without a unit. */
function moreLikely(name: string, text: string): string | undefined {
  if (/^0+$/.test(text)) return undefined;
  return name === 'profile' ? `profile:hz:${text}` : `${name}:s:${text}`;
}

function resolveTimer(record: ProbeRecord, point: AttachPoint, c: ResolveContext, cpus: 'all' | 'first'): readonly ResolvedProbe[] {
  if (!expectParts(c, point, record, [1, 2])) return [];
  const timed = (probe: string, rate: { samplePeriod: bigint } | { sampleFrequency: bigint }): readonly ResolvedProbe[] => {
    const attach: AttachSpec = {
      kind: 'perf_event', type: perfType.software, config: softwareClock.cpu, cpus, ...rate,
      ...(record.pidFilter === 'kernel' && c.pid !== undefined ? { pid: c.pid } : {}),
    };
    if ('samplePeriod' in rate && rate.samplePeriod < SHORTEST_OF_CLOCKS) c.report(say.fasterThanClock.at(point.span, { probe, ...fastest, calmer: `${record.name}:ms:1` }));
    return [{ record, point, section: 'perf_event', matches: [{ probe: point.label ?? probe, attach }] }];
  };
  const tooLong = (text: string): readonly never[] => refuse(c, point, say.rateTooLong.with({ record: record.name, rate: text, longest: LONGEST_PERIOD }));
  if (point.parts.length === 2) {
    const text = point.parts[1]!;
    const ns = c.parseNumber(text);
    if (ns === undefined || (!isDuration(text) && !/^\d/.test(text))) return refuse(c, point, say.badRate.with({ record: record.name, rate: text }));
    if (ns < 1000n) return refuse(c, point, say.rateTooShort.with({ record: record.name, ns, near: /^\d+$/.test(text) ? moreLikely(record.name, text) : undefined }));
    if (ns > LONGEST_PERIOD) return tooLong(text);
    return timed(`${record.name}:us:${ns / 1000n}`, { samplePeriod: ns });
  }
  const [, unit, text] = point.parts as [string, string, string];
  const count = c.parseNumber(text);
  if (count === undefined) return refuse(c, point, say.noFrequency.with({ record: record.name }));
  if (count <= 0n) return refuse(c, point, say.frequencyNotPositive.with({ record: record.name }));
  if (unit === 'hz' && count > LONGEST_PERIOD) return refuse(c, point, say.rateTooFast.with({ record: record.name, rate: `hz:${text}` }));
  if (unit === 'hz') return timed(`${record.name}:hz:${count}`, { sampleFrequency: count });
  const each = nanoseconds[unit];
  if (each === undefined) return refuse(c, point, say.unknownUnit.with({ unit }));
  if (each * count > LONGEST_PERIOD) return tooLong(`${unit}:${text}`);
  return timed(`${record.name}:${unit}:${count}`, { samplePeriod: each * count });
}

export const profile = timer('profile', 'p', 'Samples every CPU at a rate.', 'all');
export const interval = timer('interval', 'i', 'Fires at a rate on one CPU.', 'first');

const clocks: readonly bigint[] = Object.values(softwareClock);

/** names, config number, default sample period */
type Counter = readonly [names: readonly string[], config: bigint, period: bigint];

const softwareCounters: readonly Counter[] = [
  [['alignment-faults'], 7n, 1n], [['bpf-output'], 10n, 1n], [['context-switches', 'cs'], 3n, 1000n], [['cpu-clock', 'cpu'], 0n, 1000000n],
  [['cpu-migrations'], 4n, 1n], [['dummy'], 9n, 1n], [['emulation-faults'], 8n, 1n], [['major-faults'], 6n, 1n], [['minor-faults'], 5n, 100n],
  [['page-faults', 'faults'], 2n, 100n], [['task-clock'], 1n, 1n],
];

const hardwareCounters: readonly Counter[] = [
  [['backend-stalls'], 8n, 1000000n], [['branch-instructions', 'branches'], 4n, 100000n], [['branch-misses'], 5n, 100000n], [['bus-cycles'], 6n, 100000n],
  [['cache-misses'], 3n, 1000000n], [['cache-references'], 2n, 1000000n], [['cpu-cycles', 'cycles'], 0n, 1000000n], [['frontend-stalls'], 7n, 1000000n],
  [['instructions'], 1n, 1000000n], [['ref-cycles'], 9n, 1000000n],
];

function counter(name: 'software' | 'hardware', alias: string, doc: string, counters: readonly Counter[], type: number): ProbeRecord {
  const record: ProbeRecord = {
    ...common, name, aliases: [alias], doc, syntax: `${name}:event[:count]`, pidFilter: 'kernel', ...(name === 'hardware' && { needs: name }),
    listing: {
      scope: 'kernel',
      // a count behind the name, or nothing behind its colon, does not change what is listed
      list: (parts) => (parts.length > 2 ? undefined : sorted(counters.flatMap(([names]) => names).filter(matcher(parts[0]!)).map((event) => `${name}:${event}:`)).map((line) => ({ line }))),
    },
    resolve(point, c) {
      const parts = point.parts.at(-1) === '' ? point.parts.slice(0, -1) : point.parts;
      if (!expectParts(c, { ...point, parts }, record, [1, 2])) return [];
      const [, event, text] = parts as [string, string, string?];
      if (event.includes('*')) return refuse(c, point, say.counterPattern.with({ record: name }));
      const row = counters.find(([names]) => names.includes(event));
      const known = counters.flatMap(([names]) => names);
      if (!row) return refuse(c, point, say.unknownCounter.with({ record: name, event, near: nearest(event, known), known }));
      const count = text === undefined ? row[2] : c.parseNumber(text);
      if (count === undefined) return refuse(c, point, say.noCount.with({ record: name }));
      if (count <= 0n || count > LONGEST_PERIOD) return refuse(c, point, say.badCount.with({ record: name, most: count > 0n ? LONGEST_PERIOD : undefined }));
      const attach: AttachSpec = { kind: 'perf_event', type, config: row[1], samplePeriod: count, cpus: 'all', ...(c.pid === undefined ? {} : { pid: c.pid }) };
      const probe = `${name}:${event}:${count}`;
      if (type === perfType.software && clocks.includes(row[1]) && count < SHORTEST_OF_CLOCKS) c.report(say.fasterThanClock.at(point.span, { probe, ...fastest, calmer: `${name}:${event}:1000000` }));
      return [{ record, point, section: 'perf_event', matches: [{ probe: point.label ?? probe, attach }] }];
    },
  };
  return record;
}

export const software = counter('software', 's', 'Fires every count-th time the kernel counts the event.', softwareCounters, perfType.software);
export const hardware = counter('hardware', 'h', 'Fires every count-th time the processor counts the event.', hardwareCounters, perfType.hardware);
