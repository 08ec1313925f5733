// argdist: how often which arguments, and how they are distributed.
//
//   facts  options, specifiers and output are those of bcc's tool of this name. What differs, because it went wrong there, is in README.md

import { escapeControls, Histogram, type Session, type Type } from '../../lib/index.js';
import { inTermsOf, scripted } from '../probes/compile-problems.js';
import { definitionsOf } from '../probes/definitions.js';
import { namedText, shownText } from '../probes/names.js';
import { newerName } from '../probes/place.js';
import type { DistributionRecord } from '../library/records.js';
import type { ColumnOf } from '../shared/columns.js';
import { followOption, outputOptions, ownerOptions } from '../shared/common.js';
import { ToolFailure } from '../shared/failure.js';
import { flag, integerFrom, list, option, optionOr, text, type Given } from '../shared/options.js';
import { bucketsOf as valuesIn, linearBounds, powerBounds, type Sample } from '../shared/metrics.js';
import { conditionsInKernel, processesOf, scopeOf } from '../shared/owners.js';
import { padder } from '../shared/pad.js';
import type { RecordWriter } from '../shared/records.js';
import { traceReports, type ReadMap } from '../shared/reports.js';
import { timeColumn, Times, timeText, type Timed, type TimeFields } from '../shared/times.js';
import { defineTool, type ToolIo } from '../shared/tool.js';
import { bucketsOf, linearText, percentilesText } from './histogram.js';
import { argdistScript, type Specifier, type SpecifierText } from './script.js';

const options = {
  pid: option(['-p', '--pid'], { metavar: 'PID', parse: integerFrom(1), help: 'id of the process to trace; ends with it where functions of programs are traced' }),
  tid: option(['-t', '--tid'], { metavar: 'TID', parse: integerFrom(1), help: 'id of the thread to trace' }),
  stringSize: optionOr(['-z', '--string-size'], 80, { metavar: 'STRING_SIZE', parse: integerFrom(2, 1024), help: 'maximum string size to read from char* arguments' }),
  interval: optionOr(['-i', '--interval'], 1, { parse: integerFrom(1), help: 'output interval, in seconds (default 1 second)' }),
  duration: option(['-d', '--duration'], { parse: integerFrom(1), help: 'total duration of trace, in seconds' }),
  number: option(['-n', '--number'], { metavar: 'COUNT', parse: integerFrom(1), help: 'number of outputs' }),
  verbose: flag(['-v', '--verbose'], 'print the script'),
  cumulative: flag(['-c', '--cumulative'], 'do not clear histograms and freq counts at each interval'),
  top: option(['-T', '--top'], { parse: integerFrom(1), help: 'number of top results to show (not applicable to histograms)' }),
  histogram: list(['-H', '--histogram'], { metavar: 'specifier', parse: text, help: 'probe specifier to capture histogram of (see examples)' }),
  count: list(['-C', '--count'], { metavar: 'specifier', parse: text, help: 'probe specifier to capture count of (see examples)' }),
  include: list(['-I', '--include'], { metavar: 'header', parse: text, help: 'file with structs that specifiers use' }),
  ...followOption,
  ...ownerOptions,
  ...outputOptions('otlp', 'prom'),
};

/** A line of counts, or a bucket of a histogram. */
interface Row extends Timed {
  readonly label: string;
  /** what was counted; null: a bucket */
  readonly event: string | null;
  /** what the histogram is kept by */
  readonly key: string | null;
  readonly low: bigint | null;
  readonly high: bigint | null;
  readonly count: bigint;
}

export const argdist = defineTool({
  name: 'argdist',
  about: 'Trace a function and display a summary of its parameter values.',
  options,
  examples: [
    ["argdist -H 'p::__kmalloc_noprof(size_t size):u64:size'", 'print a histogram of allocation sizes passed to kmalloc'],
    ["argdist -p 1005 -C 'p:c:malloc(size_t size):size_t:size:size==16'", 'print a frequency count of how many times process 1005 called malloc for 16 bytes'],
    ["argdist -C 'r:c:gets():char*:(char*)$retval#snooped strings'", 'snoop on all strings returned by gets()'],
    ["argdist -H 'r:c:malloc(size_t size):u64:$latency/$entry(size)#ns per byte'", 'print a histogram of nanoseconds per byte from malloc allocations'],
    ["argdist -C 'p:c:write(int fd):int:fd' -T 5", 'print the top 5 file descriptors of writes'],
    ["argdist -p 1005 -H 'r:c:read()'", 'print a histogram of results of read() in process 1005'],
    ["argdist -C 'r::vfs_read():u32:$PID:$latency > 100000'", 'print frequency of reads by process where the latency was >0.1ms'],
    ["argdist -C 't:syscalls:sys_exit_epoll_wait():char*:$COMM'", 'which processes call epoll_wait'],
    ["argdist -H 't:block:block_rq_complete():u32:args->nr_sector'", 'print a histogram of the size of completed block requests'],
    ["argdist -C 'u:python3.11:function__return():char*:arg2' -T 10", 'which functions Python programs call'],
    ["argdist -C 'p:c:fork()#fork calls'", 'count fork() calls, with a label'],
    ["argdist -c -H 'r:c:open(char *file):u64:$latency/1000:STRCMP(\"test.txt\",$entry(file))'", 'print a cumulative histogram of the latency of open() for test.txt'],
    ["argdist -H 'p:c:malloc(size_t size):u64:size@linear(0,1000,100)'", 'a histogram in steps of 100'],
    ["argdist -H 'r:c:read(int fd):u64:$latency@pct'", 'percentiles in place of a histogram'],
    ["argdist -H 'p:c:write(int fd, void *buf, size_t count):size_t:count@by(fd)'", 'a histogram for each file descriptor'],
    ["argdist -C 't:kmem:kmalloc():gfp_t:args->gfp_flags'", 'flags of allocations in the kernel, by name'],
  ],

  async run(given, io: ToolIo) {
    const texts: readonly SpecifierText[] = [...given.count.map((each) => ({ kind: 'count' as const, text: each })), ...given.histogram.map((each) => ({ kind: 'hist' as const, text: each }))];
    if (texts.length === 0) throw new ToolFailure('at least one specifier is required');
    const definitions = definitionsOf(given.include);
    definitions.warnings.forEach((warning) => io.out.complain(warning));
    const owners = conditionsInKernel('argdist', given);
    const { asked } = processesOf(given);
    const script = scripted(() => argdistScript(texts, { pid: asked, stringBytes: given.stringSize, definitions: definitions.text, conditions: [...conditionsOf({ ...given, pid: asked }), ...owners] }));
    if (given.verbose) io.out.complain(script.text.trimEnd());
    const typed = { what: 'error parsing probe', texts: texts.map((each) => each.text), advice: (index: number) => newerName(script.specifiers[index]!.place) };
    return inTermsOf(typed, script, () => run(given, script.text, script.specifiers, io));
  },
});

type ArgdistGiven = Given<typeof options>;

function conditionsOf({ pid, tid }: ArgdistGiven): readonly string[] {
  return [...(pid === undefined ? [] : [`pid == ${pid}`]), ...(tid === undefined ? [] : [`tid == ${tid}`])];
}

async function run(given: ArgdistGiven, script: string, specifiers: readonly Specifier[], io: ToolIo): Promise<number> {
  const { interval, duration, number, cumulative } = given;
  const times = new Times();
  const isText = given.output === 'text';
  const time = timeColumn({ format: given.timeFormat, times, text: { heading: 'TIME', head: '%s', row: '%s', shown: true, value: (row) => times.clockText(row) } });
  const columns = columnsOf(time, specifiers);
  const metrics = await io.metrics(given.output);
  const labels = distinct(specifiers.map(({ heading }) => heading));
  const writer = metrics === undefined ? await io.writer<Row>(given.output, { tool: 'argdist', record: 'row', columns }) : undefined;
  return traceReports({
    given, script, cumulative: cumulative || metrics !== undefined, intervalSeconds: interval, seconds: duration, reports: number,
    options: {
      ...scopeOf(given), ...processesOf(given).options,
      ...(given.pid !== undefined && specifiers.some(({ place }) => place.binary !== undefined) ? { pid: given.pid } : {}),
    },
    started(session) {
      times.begin(session.clock);
      if (!isText) writer?.begin();
    },
    missed: (count) => writer?.lost(count),
    async report(read, timeNs, session) {
      if (isText) io.out.write(`[${timeText(time, { timeNs })}]\n`);
      if (metrics !== undefined) await metrics((await Promise.all(specifiers.map((each, i) => samplesOf(each, labels[i]!, { read, session, top: given.top })))).flat());
      for (const specifier of specifiers) {
        if (isText) io.out.write(await specifierText(specifier, { read, session, top: given.top }, (name) => io.out.clean(name)));
        else if (writer !== undefined) await writeRows(specifier, { read, session, top: given.top }, timeNs, writer);
      }
    },
    ending: () => writer?.end(),
  }, io);
}

export interface Counted {
  readonly event: string;
  readonly count: bigint;
}

interface Report {
  readonly read: ReadMap;
  readonly session: Session;
  readonly top: number | undefined;
}

/** Ascending by count: the top is last. */
async function countsOf({ map, shown, names }: Specifier, { read, session, top }: Report): Promise<readonly Counted[]> {
  const entries = (await read(map)) as readonly { readonly key: unknown; readonly value: unknown }[];
  const counts = entries.map(({ key, value }): Counted => ({ event: eventText(shown, textsOf(key, session.maps.get(map).type.key, names)), count: BigInt(value as bigint) })).filter(({ count }) => count > 0n);
  counts.sort((a, b) => (a.count < b.count ? -1 : a.count > b.count ? 1 : a.event < b.event ? -1 : 1));
  return top === undefined ? counts : counts.slice(-top);
}

/** `size = 16, flags = 3`; `total calls` where nothing tells calls apart. */
export function eventText(shown: readonly string[], values: readonly string[]): string {
  return shown.length === 0 ? 'total calls' : shown.map((name, i) => `${name} = ${values[i]}`).join(', ');
}

/** The values of a key as text. */
function textsOf(key: unknown, type: Type | undefined, names: Specifier['names']): readonly string[] {
  if (names.length === 0) return [];
  if (names.length === 1) return [valueText(key, type, names[0])];
  return (key as readonly unknown[]).map((value, i) => valueText(value, type?.kind === 'tuple' ? type.elements[i] : undefined, names[i]));
}

/** Booleans are numbers in C; a string stays on its line whatever is in it. */
function valueText(value: unknown, type: Type | undefined, names: Specifier['names'][number]): string {
  if (names !== undefined) return namedText(BigInt(value as number | bigint), names);
  return typeof value === 'boolean' ? String(Number(value)) : typeof value === 'string' ? escapeControls(value) : shownText(value, type);
}

const line = padder('\t%-10s ');

async function specifierText(specifier: Specifier, report: Report, clean: (text: string) => string): Promise<string> {
  const { kind, heading, by } = specifier;
  if (kind === 'count') return [`${heading}\n`, `${line('COUNT')}EVENT\n`, ...(await countsOf(specifier, report)).map(({ event, count }) => `${line(String(count))}${clean(event)}\n`)].join('');
  return (await histogramsOf(specifier, report)).map(({ key, histogram }) => `${by === undefined ? '' : `\n${clean(key)}\n`}${histogramText(specifier, histogram)}`).join('');
}

function histogramText({ heading, buckets }: Specifier, histogram: Histogram): string {
  switch (buckets) {
    case 'log2': return histogram.format('bcc', heading);
    case 'linear': return linearText(histogram, heading);
    case 'percentiles': return percentilesText(histogram, heading);
  }
}

interface Keyed {
  /** `fd = 3`; empty where there is one histogram only */
  readonly key: string;
  readonly histogram: Histogram;
}

/** Ascending by their keys. */
async function histogramsOf({ map, by }: Specifier, { read, session }: Report): Promise<readonly Keyed[]> {
  const entries = (await read(map)) as readonly { readonly key: unknown; readonly value: unknown }[];
  const ordered = by === undefined ? entries : [...entries].sort((a, b) => ((a.key as bigint) < (b.key as bigint) ? -1 : 1));
  const { key: type } = session.maps.get(map).type;
  return ordered.flatMap(({ key, value }) => (value instanceof Histogram && value.count > 0n ? [{ key: by === undefined ? '' : `${by} = ${valueText(key, type, undefined)}`, histogram: value }] : []));
}

async function writeRows(specifier: Specifier, report: Report, timeNs: bigint, writer: RecordWriter<Row>): Promise<void> {
  const { kind, heading: label } = specifier;
  if (kind === 'count') {
    for (const { event, count } of await countsOf(specifier, report)) writer.write({ timeNs, label, event, key: null, low: null, high: null, count });
    return;
  }
  for (const { key, histogram } of await histogramsOf(specifier, report)) {
    for (const bucket of bucketsOf(histogram)) writer.write({ timeNs, label, event: null, key: key === '' ? null : key, ...bucket });
  }
}

/** Texts that are there twice get numbers: two histograms of one specifier may have different buckets. */
export function distinct(texts: readonly string[]): readonly string[] {
  return texts.map((text, i) => {
    const before = texts.slice(0, i).filter((each) => each === text).length;
    return before === 0 ? text : `${text} (${before + 1})`;
  });
}

async function samplesOf(specifier: Specifier, label: string, report: Report): Promise<readonly Sample[]> {
  const { kind, map, by } = specifier;
  if (kind === 'count') {
    return (await countsOf(specifier, report)).map(({ event, count }) => ({ name: 'tbpf_argdist_count', help: 'How often a value was seen', kind: 'counter', labels: { specifier: label, event }, value: Number(count) }));
  }
  const { value } = report.session.maps.get(map).type;
  const bounds = value.kind === 'aggregate' && value.name === 'lhist' ? linearBounds(value.parameters) : powerBounds();
  return (await histogramsOf(specifier, report)).map(({ key, histogram }) => ({
    name: 'tbpf_argdist_values', help: 'How values are distributed', kind: 'histogram', labels: { specifier: label, ...(by !== undefined && { key }) }, value: valuesIn(histogram, bounds),
  }));
}

function columnsOf(time: ColumnOf<Timed, TimeFields>, specifiers: readonly Specifier[]): ColumnOf<Row, DistributionRecord & TimeFields>[] {
  return [
    time,
    { field: 'label', type: 'string', doc: 'label of the specifier, or what it asks for', value: ({ label }) => label },
    { field: 'event', type: 'string', doc: 'what was counted: expressions and their values; null: a bucket of a histogram', value: ({ event }) => event },
    { field: 'key', type: 'string', doc: 'what the histogram is kept by, with its value; null: nothing', known: specifiers.some(({ by }) => by !== undefined), value: ({ key }) => key },
    { field: 'low', type: 'integer', doc: 'least value of the bucket; null: open, or no histogram', value: ({ low }) => low },
    { field: 'high', type: 'integer', doc: 'greatest value of the bucket; null: open, or no histogram', value: ({ high }) => high },
    { field: 'count', type: 'integer', doc: 'how often since the last report', value: ({ count }) => count },
  ];
}
