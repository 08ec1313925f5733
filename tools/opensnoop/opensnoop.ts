// opensnoop: files that are opened, a line each.
//
//   facts  options and columns are those of bcc's tool of this name. What differs, because it went wrong there, is in README.md

import { closeSync, openSync } from 'node:fs';
import { shellPattern, bytesOf, type Session, type StackValue, type TbpfError } from '../../lib/index.js';
import type { OpenRecord } from '../library/records.js';
import type { Column, ColumnOf } from '../shared/columns.js';
import { followOption, outputOptions, ownerOptions } from '../shared/common.js';
import { errorName } from '../shared/constants.js';
import { flag, integerFrom, list, option, powerOfTwo, rest, text, type Given } from '../shared/options.js';
import { ToolFailure } from '../shared/failure.js';
import { ownersOf, processesOf, scopeOf } from '../shared/owners.js';
import { Parts, type PartsOf } from '../shared/parts.js';
import { folderPath, hasCallsOf32Bits } from '../shared/script-text.js';
import type { Fields } from '../shared/session.js';
import { timeColumn, Times, type TimeFields } from '../shared/times.js';
import { defineTool, type ToolIo } from '../shared/tool.js';
import { commandOf, traceRecords } from '../shared/trace-records.js';
import { sources, type Source } from './calls.js';
import { hasMode } from './flags.js';
import { NAME_BYTES, opensnoopScript } from './script.js';

const options = {
  timestamp: flag(['-T', '--timestamp'], 'include timestamp on output (seconds since the first event)'),
  printUid: flag(['-U', '--print-uid'], 'print UID column'),
  failed: flag(['-x', '--failed'], 'only show failed opens'),
  pid: option(['-p', '--pid'], { parse: integerFrom(0), help: 'trace this PID only' }),
  tid: option(['-t', '--tid'], { parse: integerFrom(0), help: 'trace this TID only' }),
  uid: option(['-u', '--uid'], { parse: integerFrom(0), help: 'trace this UID only' }),
  duration: option(['-d', '--duration'], { metavar: 'SECONDS', parse: integerFrom(0), help: 'total duration of trace in seconds' }),
  name: option(['-n', '--name'], { parse: text, help: 'only print processes whose name contains this text' }),
  extended: flag(['-e', '--extended_fields'], 'show flags and mode of the open'),
  flagFilter: list(['-f', '--flag_filter'], { metavar: 'FLAG', parse: text, help: 'only opens with one of these flags, such as O_WRONLY' }),
  exactFlags: list('--exact-flags', { metavar: 'FLAG', parse: text, help: 'only opens with these flags and no others' }),
  write: flag('--write', 'only opens that may change the file (O_WRONLY, O_RDWR, O_CREAT, O_TRUNC)'),
  path: option('--path', { metavar: 'PATTERN', parse: text, help: 'only names that match this shell pattern' }),
  fullPath: flag(['-F', '--full-path'], 'show full path for an open file with relative path'),
  errname: flag('--errname', 'show the name of the error in place of its number'),
  callers: flag(['-c', '--callers'], 'show the two functions that called for the open'),
  count: flag('--count', 'print no lines, but at the end how often each file was opened'),
  all: flag('--all', 'opens by io_uring too; needs fexit probes'),
  source: option<Source>('--source', { choices: sources, parse: (word) => word as Source, help: 'what opens are seen by (default fexit where the kernel has it)' }),
  verbose: flag(['-v', '--verbose'], 'say what opens are seen by'),
  bufferPages: option(['-b', '--buffer-pages'], { metavar: 'PAGES', parse: powerOfTwo, help: 'size of the ring buffer in pages, a power of two' }),
  exec: rest('--exec', 'run and trace this command; the last option. With -o its stdout goes to stderr, unless the form is text'),
  ...followOption,
  ...ownerOptions,
  ...outputOptions('otlp'),
};

interface Open extends Omit<OpenRecord, 'time' | 'mode' | 'callers'> {
  readonly timeNs: bigint;
  /** undefined: the call has none that counts */
  readonly mode: number | undefined;
  readonly callers: readonly string[];
}

export const opensnoop = defineTool({
  name: 'opensnoop',
  about: 'Trace open() syscalls: which files are opened, by whom, and which opens fail.',
  options,
  examples: [
    ['opensnoop', 'trace all open() syscalls'],
    ['opensnoop -T', 'include timestamps'],
    ['opensnoop -U', 'include UID'],
    ['opensnoop -x', 'only show failed opens'],
    ['opensnoop -p 181', 'only trace PID 181'],
    ['opensnoop -t 123', 'only trace TID 123'],
    ['opensnoop -u 1000', 'only trace UID 1000'],
    ['opensnoop -d 10', 'trace for 10 seconds only'],
    ['opensnoop -n main', 'only print processes whose name contains "main"'],
    ['opensnoop -e', 'show flags and mode'],
    ['opensnoop -f O_WRONLY -f O_RDWR', 'only print opens for writing'],
    ['opensnoop -F', 'show full path for an open file with relative path'],
    ["opensnoop --path '/etc/*'", 'only print names below /etc'],
    ['opensnoop --count -d 10', 'the files that are opened most within 10 seconds'],
    ['opensnoop --container web', 'only trace the container called web'],
    ['opensnoop --cgroupmap /sys/fs/bpf/cgroups', 'only trace cgroups in this BPF map'],
    ['opensnoop --exec ls -l', 'run and trace the command `ls -l`'],
  ],

  async run(given, io: ToolIo) {
    const command = commandOf(given.exec, given.pid);
    const owners = ownersOf(given);
    const processes = processesOf(given, command !== undefined);
    const scriptFor = (source: Source): string => opensnoopScript({
      ...given, pid: processes.asked, source, compat: hasCallsOf32Bits, command: command !== undefined && !given.follow, origin: given.timestamp || given.timeFormat === 'rel', conditions: owners.conditions, fields: owners.fields,
    });
    if (given.all && given.source === 'tracepoint') throw new ToolFailure('--all needs fexit probes: no tracepoint tells what io_uring opens. Leave --source tracepoint out.');
    const wanted = given.all ? 'fexit' : given.source;
    const source = wanted ?? (mayHaveFexit() ? 'fexit' : 'tracepoint');
    const script = scriptFor(source);
    const instead = wanted === undefined && source === 'fexit' ? scriptFor('tracepoint') : undefined;
    const say = (text: string): void => {
      if (given.verbose) io.out.complain(`opensnoop: ${text}`);
    };
    let seenBy = source;
    const times = new Times();
    const parts = new Parts();
    const counts = new Map<string, Counted>();
    const pattern = given.path === undefined ? undefined : shellPattern(given.path);
    let session: Session | undefined;
    const openOf = (fields: Fields): Open | undefined => {
      const folders = parts.of(fields['task']!);
      if (fields['first'] !== undefined) times.originNs = fields['first'] as bigint;
      if (!owners.keeps(fields)) return undefined;
      const open = openFrom(fields, folders, session);
      return pattern?.test(open.path) ?? true ? open : undefined;
    };
    const common = {
      tool: 'opensnoop', given, script, instead, command, options: { ...scopeOf(given), ...processes.options }, seconds: given.duration,
      onInstead: ({ message }: TbpfError) => {
        seenBy = 'tracepoint';
        say(`no fexit probes: ${message}`);
      },
      started: (begun: Session) => {
        times.begin((session = begun).clock);
        say(`opens are seen by ${seenBy} probes`);
      },
    };
    try {
      if (given.count) {
        return await traceRecords<Counted>({
          ...common, record: 'file', columns: countColumns,
          rows: (name, fields) => {
            if (name === 'part') parts.take(fields);
            else count(counts, openOf(fields));
            return [];
          },
          rest: () => [...counts.values()].sort((a, b) => b.count - a.count),
        }, io);
      }
      return await traceRecords<Open>({
        ...common, record: 'open', epochNs: (row) => times.epochNs(row), columns: columnsOf(given, times),
        rows: (name, fields) => {
          if (name === 'part') {
            parts.take(fields);
            return [];
          }
          const open = openOf(fields);
          return open === undefined ? [] : [open];
        },
      }, io);
    } finally {
      owners.close();
    }
  },
});

/** Where the functions that ftrace can stop at are not to be had, there are no fexit probes, and trying them takes time. Those of system calls are x86-64's. */
function mayHaveFexit(): boolean {
  return hasCallsOf32Bits && ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'].some((folder) => isOpen(`${folder}/available_filter_functions`));
}

function isOpen(file: string): boolean {
  try {
    closeSync(openSync(file, 'r'));
    return true;
  } catch {
    return false;
  }
}

function openFrom(fields: Fields, parts: ReadonlyMap<string, PartsOf>, session: Session | undefined): Open {
  const ret = Number(fields['ret']);
  const [flags, mode] = [Number(fields['flags']), Number(fields['mode'])];
  const path = (fields['path'] ?? parts.get('name')?.[0] ?? '...') as string;
  const isRelative = fields['relative'] === true || parts.has('folder');
  return {
    timeNs: fields['ns'] as bigint, uid: Number(fields['uid']), pid: fields['pid'] as number, tid: fields['tid'] as number, comm: fields['comm'] as string,
    fd: ret < 0 ? -1 : fields['slot'] ? null : ret, err: ret >= 0 ? 0 : -ret, flags, mode: hasMode(flags, mode) ? mode : undefined,
    path: isRelative ? `${folderPath(parts.get('folder'))}/${path}` : path,
    truncated: bytesOf(path).length >= NAME_BYTES - 1,
    callers: fields['stack'] === undefined ? [] : callersOf(fields['stack'] as StackValue, session!),
  };
}

/** The first frame is the system call's own. */
function callersOf(stack: StackValue, session: Session): string[] {
  return session.symbols.frames(stack).slice(1, 3).map(({ name, offset, address }) => (name === undefined ? `0x${address.toString(16)}` : offset === undefined ? name : `${name}+0x${offset.toString(16)}`));
}

function columnsOf(given: Given<typeof options>, times: Times): ColumnOf<Open, OpenRecord & TimeFields>[] {
  const { timestamp, printUid, extended, errname, callers, tid: byThread } = given;
  return [
    // bcc's clock has microseconds: the digits behind them are 0
    timeColumn({ format: given.timeFormat, times, text: { heading: 'TIME(s)', head: '%-14s', row: '%-14.9f', shown: timestamp, value: (row) => Number(times.sinceOriginNs(row) / 1000n) / 1e6 } }),
    { field: 'uid', type: 'integer', doc: 'user id', value: ({ uid }) => uid, text: { heading: 'UID', head: '%-6s', row: '%-6d', shown: printUid } },
    { field: 'pid', type: 'integer', doc: 'process id', value: ({ pid }) => pid, text: { heading: 'PID', head: '%-6s ', row: '%-6d ', shown: byThread === undefined } },
    { field: 'tid', type: 'integer', doc: 'thread id', value: ({ tid }) => tid, text: { heading: 'TID', head: '%-6s ', row: '%-6d ', shown: byThread !== undefined } },
    { field: 'comm', type: 'string', doc: 'name of the thread', value: ({ comm }) => comm, text: { heading: 'COMM', head: '%-16s ', row: '%-16s ', shown: true } },
    { field: 'fd', type: 'integer', doc: 'file descriptor, -1 after a failure; null: io_uring keeps the file without one', value: ({ fd }) => fd, text: { heading: 'FD', head: '%4s ', row: '%4d ', shown: true, value: ({ fd }) => fd ?? '-' } },
    { field: 'err', type: 'integer', doc: '0, or the error number', value: ({ err }) => err, text: { heading: 'ERR', head: errname ? '%-16s ' : '%3s ', row: errname ? '%-16s ' : '%3d ', shown: true, value: ({ err }) => (errname && err !== 0 ? errorName(err) ?? err : err) } },
    { field: 'flags', type: 'integer', doc: 'flags of the call', value: ({ flags }) => flags, text: { heading: 'FLAGS', head: '%-8s ', row: '%08o ', shown: extended } },
    { field: 'mode', type: 'integer', doc: 'mode for a new file; null: the call makes none', value: ({ mode }) => mode ?? null, text: { heading: 'MODE', head: '%-4s ', row: '%04o ', shown: extended, value: ({ mode }) => mode ?? 'n/a ' } },
    { field: 'path', type: 'string', doc: 'name of the file as the call has it, with -F a full path', value: ({ path }) => path, text: { heading: callers ? 'PATH/CALLER' : 'PATH', head: '%s', row: '%s', shown: true, value: pathText } },
    { field: 'truncated', type: 'boolean', doc: 'the name was longer than any can be', value: ({ truncated }) => truncated },
    { field: 'callers', type: 'strings', doc: 'functions that called for the open, the innermost first', known: callers, value: (row) => row.callers },
  ];
}

function pathText({ path, truncated, callers }: Open): string {
  return [truncated ? `${path}...` : path, ...callers.map((caller) => `    ${caller}`)].join('\n');
}

interface Counted {
  readonly path: string;
  readonly count: number;
  readonly failed: number;
}

function count(counts: Map<string, Counted>, open: Open | undefined): void {
  if (open === undefined) return;
  const { path, err } = open;
  const before = counts.get(path);
  counts.set(path, { path, count: (before?.count ?? 0) + 1, failed: (before?.failed ?? 0) + (err === 0 ? 0 : 1) });
}

const countColumns: Column<Counted>[] = [
  { field: 'count', type: 'integer', doc: 'how often it was opened, or tried', value: ({ count }) => count, text: { heading: 'COUNT', head: '%-8s ', row: '%-8d ', shown: true } },
  { field: 'failed', type: 'integer', doc: 'how often that failed', value: ({ failed }) => failed, text: { heading: 'FAILED', head: '%-8s ', row: '%-8d ', shown: true } },
  { field: 'path', type: 'string', doc: 'name of the file', value: ({ path }) => path, text: { heading: 'PATH', head: '%s', row: '%s', shown: true } },
];
