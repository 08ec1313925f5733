// funccount: how often functions are called, tracepoints hit.
//
//   facts  options and output are those of bcc's tool of this name. What differs, because it went wrong there, is in README.md

import { shellPattern } from '../../lib/index.js';
import type { Value } from '../../lib/index.js';
import { UsageError } from '../shared/arguments.js';
import type { CallsRecord } from '../library/records.js';
import type { ColumnOf } from '../shared/columns.js';
import { followOption, outputOptions, ownerOptions } from '../shared/common.js';
import { ToolFailure } from '../shared/failure.js';
import { flag, integerFrom, list, operands, option, optionOr, text } from '../shared/options.js';
import type { Sample } from '../shared/metrics.js';
import { conditionsInKernel, processesOf, scopeOf } from '../shared/owners.js';
import { padder } from '../shared/pad.js';
import { traceReports } from '../shared/reports.js';
import { timeColumn, Times, timeText, type Timed, type TimeFields } from '../shared/times.js';
import { defineTool, type ToolIo } from '../shared/tool.js';
import { lastPart, matchesOf, parsePattern, type Matches } from './pattern.js';

const groupings = ['pid', 'comm', 'cpu', 'cgroup'] as const;
type Grouping = (typeof groupings)[number];
const orders = ['count', 'name'] as const;

const options = {
  pattern: operands('+', { metavar: 'pattern', parse: text, help: 'which functions, tracepoints, USDT probes: vfs_*, c:str*, t:block:*, u:node:gc*' }),
  pid: option(['-p', '--pid'], { metavar: 'PID', parse: integerFrom(1), help: 'trace this pid only; ends with it' }),
  interval: option(['-i', '--interval'], { parse: integerFrom(1), help: 'summary interval, seconds' }),
  duration: option(['-d', '--duration'], { parse: integerFrom(1), help: 'total duration of trace, seconds' }),
  timestamp: flag(['-T', '--timestamp'], 'include timestamp on output'),
  regexp: flag(['-r', '--regexp'], 'use regular expressions. Default is "*" wildcards only.'),
  debug: flag(['-D', '--debug'], 'print the script, and what was left out and why'),
  cpu: option(['-c', '--cpu'], { metavar: 'CPU', parse: integerFrom(0), help: 'trace this CPU only' }),
  exclude: list('--exclude', { metavar: 'PATTERN', parse: text, help: 'leave these functions out; may be given several times' }),
  top: option('--top', { metavar: 'N', parse: integerFrom(1), help: 'the N highest counts only' }),
  sort: optionOr<(typeof orders)[number]>('--sort', 'count', { choices: orders, parse: (word) => word as 'count', help: 'order of the rows (default count)' }),
  rate: flag('--rate', 'counts per second'),
  by: option<Grouping>('--by', { choices: groupings, parse: (word) => word as Grouping, help: 'count for each process, name, CPU or cgroup' }),
  includeSelf: flag(['-S', '--include-self'], 'count what funccount itself calls, too'),
  live: flag('--live', 'one table that is refreshed in place, every second or as -i says; needs a terminal'),
  ...followOption,
  ...ownerOptions,
  ...outputOptions('otlp', 'prom'),
};

interface Row extends Timed {
  readonly func: string;
  readonly by: string;
  readonly count: bigint;
  /** per second, with --rate */
  readonly rate: number;
}

export const funccount = defineTool({
  name: 'funccount',
  about: 'Count functions, tracepoints, and USDT probes.',
  options,
  examples: [
    ["funccount 'vfs_*'", 'count kernel fns starting with "vfs"'],
    ["funccount -r '^vfs.*'", 'same as above, using regular expressions'],
    ["funccount -Ti 5 'vfs_*'", 'output every 5 seconds, with timestamps'],
    ["funccount -d 10 'vfs_*'", 'trace for 10 seconds only'],
    ["funccount -p 185 'vfs_*'", 'count vfs calls for PID 185 only'],
    ["funccount t:sched:sched_fork", 'count calls to the sched_fork tracepoint'],
    ["funccount -p 185 'c:malloc'", 'count all malloc calls in PID 185'],
    ["funccount 'go:os.*'", 'count all "os.*" calls in libgo'],
    ["funccount -p 185 'go:os.*'", 'count all "os.*" calls in libgo, PID 185'],
    ["funccount './test:read*'", 'count "read*" calls in the ./test binary'],
    ["funccount 'u:python3.11:gc__*'", 'count the USDT probes of Python that begin with "gc__"'],
    ["funccount -c 1 'vfs_*'", 'count vfs calls on CPU 1 only'],
    ["funccount 'tcp_*' 'udp_*' --exclude '*_lookup'", 'several patterns, and what not to count'],
    ["funccount --by comm 'vfs_{read,write}'", 'count for each name of a process'],
    ["funccount -i 1 --rate --top 5 't:*:*'", 'the five most frequent events, per second'],
    ["funccount --live --rate 'vfs_*'", 'a table on the terminal that is refreshed in place'],
    ["funccount --container web 'vfs_*'", 'count calls of the container called web only'],
  ],

  async run(given, io: ToolIo) {
    const { pattern, pid, duration, by, debug } = given;
    const screen = given.live ? screenOf(given, io) : undefined;
    const interval = given.interval ?? (given.live ? LIVE_SECONDS : undefined);
    const owners = conditionsInKernel('funccount', given);
    const processes = processesOf(given);
    const patterns = pattern.map((each) => parsePattern(each, given));
    const excluded = given.exclude.map((each) => shellPattern(each));
    const matches = await matchesOf(patterns, (name) => excluded.some((regex) => regex.test(name)));
    checkQuota(matches.names.size);
    const script = funccountScript(matches, { ...given, pid: processes.asked, ownPid: process.pid, owners });
    if (debug) io.out.complain(script.trimEnd());
    const times = new Times();
    const isText = given.output === 'text';
    const time = timeColumn({ format: given.timeFormat, times, text: { heading: 'TIME', head: '%-8s', row: '%-8s', shown: true, value: (row) => times.clockText(row) } });
    const columns = columnsOf(given, time);
    const metrics = await io.metrics(given.output);
    const writer = metrics === undefined ? await io.writer<Row>(given.output, { tool: 'funccount', record: 'count', columns }) : undefined;
    const show = (text: string): void => (screen === undefined ? io.out.write(text) : screen.show(text));
    let sinceNs = 0n;
    const status = await traceReports({
      given, script, intervalSeconds: interval ?? duration, seconds: duration, cumulative: metrics !== undefined,
      options: {
        missing: 'skip', config: { max_probes: MOST_PROBES, max_bpf_progs: MOST_PROBES }, ...scopeOf(given), ...processes.options,
        ...(pid !== undefined && patterns.some(({ kind }) => kind === 'user' || kind === 'usdt') ? { pid } : {}),
      },
      started(session) {
        times.begin(session.clock);
        sinceNs = times.originNs;
        const count = session.probes.reduce((sum, probe) => sum + probe.count, 0);
        if (isText) io.out.write(`Tracing ${count} functions for "${pattern.join(' ')}"... Hit Ctrl-C to end.\n`);
        else writer?.begin();
        tellSkipped(session.skipped, debug, io);
      },
      async report(read, timeNs) {
        const seconds = Math.max(Number(timeNs - sinceNs) / 1e9, 0.001);
        sinceNs = timeNs;
        const rows = rowsOf(await read('@calls'), { ...given, top: screen === undefined ? given.top : Math.min(given.top ?? Infinity, screen.rows()), names: matches.names, timeNs, seconds });
        if (metrics !== undefined) await metrics(rows.map((row) => sampleOf(row, by)));
        else if (!isText) rows.forEach((row) => writer?.write(row));
        else show(tableText(rows, { by, rate: given.rate, time: given.timestamp || given.timeFormat !== undefined ? timeText(time, { timeNs }) : undefined, clean: (name) => io.out.clean(name) }));
      },
      missed: (count) => writer?.lost(count),
      ending: () => (isText ? io.out.write('Detaching...\n') : writer?.end()),
    }, io);
    return status;
  },
});

/** A name may stand for several functions: how many are probed shows later than how many were found. */
const MOST_PROBES = 1 << 20;

/** bcc's limit, for those who set it. */
function checkQuota(count: number): void {
  const limit = process.env['BCC_PROBE_LIMIT'];
  if (limit !== undefined && count > Number(limit)) throw new ToolFailure(`maximum of ${limit} probes allowed, attempted ${count}`);
}

const LIVE_SECONDS = 1;
/** The empty line, the time, the heading, and the line that the cursor is left on. */
const LINES_ABOVE_AND_BELOW = 4;

/** @throws ToolFailure  there is no terminal
 *  @throws UsageError  another form than text is asked for */
function screenOf({ output }: { readonly output: string }, { out }: ToolIo): { show(text: string): void; rows(): number } {
  if (output !== 'text') throw new UsageError('argument --live: prints text only');
  if (!process.stdout.isTTY) throw new ToolFailure('--live needs a terminal. Leave it out to print tables one below the other');
  let isFirst = true;
  return {
    show(text) {
      // the first table clears the screen; the next ones are written over it, line by line, so that nothing flickers
      out.write(`${isFirst ? '\x1b[2J' : ''}\x1b[H${text.replaceAll('\n', '\x1b[K\n')}\x1b[J`);
      isFirst = false;
    },
    rows: () => Math.max(process.stdout.rows - LINES_ABOVE_AND_BELOW, 1),
  };
}

interface ScriptOptions {
  /** conditions on whose calls count */
  readonly owners: readonly string[];
  readonly pid: number | undefined;
  readonly cpu: number | undefined;
  readonly by: Grouping | undefined;
  readonly includeSelf: boolean;
  readonly ownPid: number;
}

/** One block: its counts lie in an array that the number of the probe indexes, unless --by asks for more. */
export function funccountScript({ points }: Pick<Matches, 'points'>, { pid, cpu, by, includeSelf, ownPid, owners }: ScriptOptions): string {
  const conditions = [
    ...(pid === undefined ? [] : [`pid == ${pid}`]),
    ...(cpu === undefined ? [] : [`cpu == ${cpu}`]),
    ...(pid === undefined && !includeSelf ? [`pid != ${ownPid}`] : []),
    ...owners,
  ];
  const key = by === undefined ? 'probe' : `probe, ${by === 'cpu' ? '(uint32)cpu' : by}`;
  return `${points.join(',\n')}${conditions.length === 0 ? '' : `\n/${conditions.join(' && ')}/`}\n{\n  @calls[${key}] = count();\n}\n`;
}

interface RowOptions {
  readonly names: ReadonlyMap<string, string>;
  readonly by: Grouping | undefined;
  readonly sort: 'count' | 'name';
  readonly top: number | undefined;
  readonly timeNs: bigint;
  readonly seconds: number;
}

/** Ascending by count, then by name; the last are the highest. */
export function rowsOf(entries: readonly { readonly key: unknown; readonly value: unknown }[], { names, by, sort, top, timeNs, seconds }: RowOptions): readonly Row[] {
  const rows = entries.map(({ key, value }): Row => {
    const [probe, group] = by === undefined ? [key as string, ''] : (key as readonly Value[]);
    const count = BigInt(value as number | bigint);
    // of a process in another root the file has another path than it was looked for by
    return { timeNs, func: names.get(probe as string) ?? lastPart(probe as string), by: String(group as string | number | bigint), count, rate: Number(count) / seconds };
  }).filter(({ count }) => count > 0n);
  const byName = (a: Row, b: Row): number => (a.func < b.func ? -1 : a.func > b.func ? 1 : a.by < b.by ? -1 : 1);
  const byCount = rows.sort((a, b) => (a.count < b.count ? -1 : a.count > b.count ? 1 : byName(a, b)));
  const highest = top === undefined ? byCount : byCount.slice(-top);
  return sort === 'name' ? highest.sort(byName) : highest;
}

function sampleOf({ func, by, count }: Row, grouping: Grouping | undefined): Sample {
  return { name: 'tbpf_funccount_calls', help: 'Calls of functions, hits of tracepoints and USDT probes', kind: 'counter', labels: { func, ...(grouping !== undefined && { [grouping]: by }) }, value: Number(count) };
}

interface TableOptions {
  readonly by: Grouping | undefined;
  readonly rate: boolean;
  readonly time: string | undefined;
  readonly clean: (name: string) => string;
}

export function tableText(rows: readonly Row[], { by, rate, time, clean }: TableOptions): string {
  const name = padder('%-36s ');
  const group = padder('%-16s ');
  const count = padder(rate ? '%8.1f' : '%8d');
  const line = (func: string, grouped: string, last: string): string => `${name(func)}${by === undefined ? '' : group(grouped)}${last}\n`;
  return [
    '\n', ...(time === undefined ? [] : [`${padder('%-8s')(time)}\n`]),
    line('FUNC', by?.toUpperCase() ?? '', padder('%8s')(rate ? 'RATE/s' : 'COUNT')),
    ...rows.map((row) => line(clean(row.func), clean(row.by), count(rate ? row.rate : row.count))),
  ].join('');
}

function columnsOf({ by, rate }: { readonly by: Grouping | undefined; readonly rate: boolean }, time: ColumnOf<Timed, TimeFields>): ColumnOf<Row, CallsRecord & TimeFields>[] {
  return [
    time,
    { field: 'func', type: 'string', doc: 'function, category:event, or USDT probe', value: ({ func }) => func },
    ...(by === undefined ? [] : [{ field: by, type: 'string', doc: 'what --by asks for', value: (row: Row) => row.by } as const]),
    { field: 'count', type: 'integer', doc: 'calls since the last report', value: ({ count }) => count },
    { field: 'rate', type: 'number', doc: 'calls per second since the last report', known: rate, value: (row) => row.rate },
  ];
}

/** Functions that could not be attached. */
function tellSkipped(skipped: readonly { readonly probe: string; readonly error: Error }[], debug: boolean, { out }: ToolIo): void {
  if (skipped.length === 0) return;
  if (debug) skipped.forEach(({ probe, error }) => out.complain(`left out: ${probe}: ${error.message}`));
  else out.complain(`${skipped.length} function${skipped.length === 1 ? ' was' : 's were'} left out; -D says why`);
}

