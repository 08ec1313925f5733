// execsnoop: new programs, a line each.
//
//   facts  options and columns are those of bcc's tool of this name. What differs, because it went wrong there, is in README.md

import { readFileSync } from 'node:fs';
import type { ExecRecord } from '../library/records.js';
import type { ColumnOf } from '../shared/columns.js';
import { outputOptions, ownerOptions } from '../shared/common.js';
import { flag, integerFrom, option, optionOr, regex, text, type Given } from '../shared/options.js';
import { ownersOf, scopeOf } from '../shared/owners.js';
import { Parts } from '../shared/parts.js';
import { hasCallsOf32Bits } from '../shared/script-text.js';
import { signalName } from '../shared/signals.js';
import { timeColumn, Times, type TimeFields } from '../shared/times.js';
import { defineTool, type ToolIo } from '../shared/tool.js';
import { traceRecords } from '../shared/trace-records.js';
import { userId } from '../shared/users.js';
import { execOf, type Argument, type Exec } from './rows.js';
import { STRING_BYTES, execsnoopScript } from './script.js';

const options = {
  time: flag(['-T', '--time'], 'include time column on output (HH:MM:SS)'),
  timestamp: flag(['-t', '--timestamp'], 'include timestamp on output (seconds since the start)'),
  fails: flag(['-x', '--fails'], 'include failed exec()s'),
  uid: option(['-u', '--uid'], { metavar: 'USER', parse: userId, help: 'trace this user only, by number or name' }),
  quote: flag(['-q', '--quote'], 'add quotemarks (") around arguments'),
  name: option(['-n', '--name'], { parse: regex, help: 'only print commands whose name matches this regular expression' }),
  line: option(['-l', '--line'], { parse: regex, help: 'only print commands whose arguments match this regular expression' }),
  printUid: flag(['-U', '--print-uid'], 'print UID column'),
  printCpu: flag(['-C', '--print-cpu'], 'print CPU column'),
  printPcomm: flag(['-M', '--print-pcomm'], 'print parent command column'),
  maxArgs: optionOr('--max-args', 20, { metavar: 'MAX_ARGS', parse: integerFrom(1, 100_000), help: 'most arguments that are shown, the file name included (default 20)' }),
  ppid: option(['-P', '--ppid'], { parse: integerFrom(0), help: 'trace children of this process only' }),
  tree: flag('--tree', 'indent commands below the process that started them'),
  cwd: flag('--cwd', 'print the working directory'),
  env: option('--env', { metavar: 'NAME', parse: text, help: 'print this variable of the environment' }),
  duration: flag('--duration', 'print commands when they end, with duration and exit status'),
  ...ownerOptions,
  ...outputOptions('otlp'),
};

/** Exec, and how it went on. */
interface Row extends Exec {
  /** undefined: it still runs */
  readonly end?: { readonly ns: bigint; readonly code: number | 'exec' };
}

export const execsnoop = defineTool({
  name: 'execsnoop',
  about: 'Trace exec() syscalls: programs that start, with their arguments.',
  options,
  examples: [
    ['execsnoop', 'trace all exec() syscalls'],
    ['execsnoop -x', 'include failed exec()s'],
    ['execsnoop -T', 'include time (HH:MM:SS)'],
    ['execsnoop -P 181', 'only trace new processes whose parent PID is 181'],
    ['execsnoop -U', 'include UID'],
    ['execsnoop -u 1000', 'only trace UID 1000'],
    ['execsnoop -u user', 'get user UID and trace only them'],
    ['execsnoop -t', 'include timestamps'],
    ['execsnoop -q', 'add "quotemarks" around arguments'],
    ['execsnoop -n main', 'only print commands whose name contains "main"'],
    ['execsnoop -l tpkg', 'only print commands whose arguments contain "tpkg"'],
    ['execsnoop --duration', 'print commands when they end, with exit status'],
    ['execsnoop --container web', 'only trace the container called web'],
    ['execsnoop --cgroupmap /sys/fs/bpf/cgroups', 'only trace cgroups in this BPF map'],
    ['execsnoop -o ndjson', 'print a JSON object for each command'],
  ],

  async run(given, io: ToolIo) {
    const owners = ownersOf(given);
    const { uid, ppid, duration } = given;
    const script = execsnoopScript({
      ...given,
      compat: hasCallsOf32Bits,
      conditions: [...(uid === undefined ? [] : [`uid == ${uid}`]), ...(ppid === undefined ? [] : [`ppid == ${ppid}`]), ...owners.conditions],
      fields: owners.fields,
    });
    const times = new Times();
    const parts = new Parts();
    const running = new Map<number, Row>();
    /** Rows that wait for their end: what they were is over, whatever comes next. */
    const ended = (pid: number, ns: bigint, code: number | 'exec'): Row[] => {
      const row = running.get(pid);
      running.delete(pid);
      return row ? [{ ...row, end: { ns, code } }] : [];
    };
    try {
      return await traceRecords<Row>({
        tool: 'execsnoop', record: 'exec', epochNs: (row) => times.epochNs(row), given, script, options: scopeOf(given),
        columns: columnsOf(given, times),
        started: ({ clock }) => times.begin(clock),
        rows: (name, fields) => {
          if (name === 'part') {
            parts.take(fields);
            return [];
          }
          if (name === 'exit') return ended(fields['pid'] as number, fields['ns'] as bigint, fields['code'] as number);
          const exec = execOf(fields, parts.of(fields['task']!), { ...given, stringBytes: STRING_BYTES });
          const before = duration && exec.ret === 0 ? ended(exec.pid, exec.timeNs, 'exec') : [];
          if (!owners.keeps(fields) || !isWanted(exec, given)) return before;
          if (!duration || exec.ret !== 0) return [...before, exec];
          running.set(exec.pid, exec);
          return before;
        },
        rest: () => [...running.values()],
      }, io);
    } finally {
      owners.close();
    }
  },
});

function isWanted(exec: Exec, { name, line }: Pick<Given<typeof options>, 'name' | 'line'>): boolean {
  return (name?.test(exec.comm) ?? true) && (line?.test(exec.args.map(({ text }) => text).join(' ')) ?? true);
}

function columnsOf(given: Given<typeof options>, times: Times): ColumnOf<Row, ExecRecord & TimeFields & { readonly seconds: number }>[] {
  const { time, timestamp, printUid, printCpu, printPcomm, duration, cwd, env } = given;
  const NS_IN_S = 1e9;
  let lowest: number | undefined;
  return [
    timeColumn({ format: given.timeFormat, times, text: { heading: 'TIME', head: '%-9s', row: '%-9s', shown: time, value: (row) => times.clockText(row) } }),
    { field: 'seconds', type: 'number', doc: 'seconds since the start of the tool', known: false, value: (row) => Number(times.sinceOriginNs(row)) / NS_IN_S, text: { heading: 'TIME(s)', head: '%-8s', row: '%-8.3f', shown: timestamp } },
    { field: 'uid', type: 'integer', doc: 'user id', value: ({ uid }) => uid, text: { heading: 'UID', head: '%-6s', row: '%-6d', shown: printUid } },
    { field: 'comm', type: 'string', doc: 'name of the process: the new one, after a failure the old one', value: ({ comm }) => comm, text: { heading: 'COMM', head: '%-16s ', row: '%-16s ', shown: true } },
    { field: 'pid', type: 'integer', doc: 'process id', value: ({ pid }) => pid, text: { heading: 'PID', head: '%-7s ', row: '%-7d ', shown: true } },
    { field: 'pcomm', type: 'string', doc: 'name of the parent', value: ({ pcomm }) => pcomm, text: { heading: 'PCOMM', head: '%-16s ', row: '%-16s ', shown: printPcomm } },
    { field: 'ppid', type: 'integer', doc: 'process id of the parent; null: unknown', value: parentOf, text: { heading: 'PPID', head: '%-7s ', row: '%-7s ', shown: true, value: (row) => String(parentOf(row) ?? '?') } },
    { field: 'cpu', type: 'integer', doc: 'number of the CPU', value: ({ cpu }) => cpu, text: { heading: 'CPU', head: '%-4s ', row: '%-4d ', shown: printCpu } },
    { field: 'ret', type: 'integer', doc: '0, or the negative error number', value: ({ ret }) => ret, text: { heading: 'RET', head: '%3s ', row: '%3d ', shown: true } },
    { field: 'duration_ms', type: 'number', doc: 'from exec to the end of the process or its next exec; null: it still runs', known: duration, value: durationMs, text: { heading: 'DUR(ms)', head: '%9s ', row: '%9.3f ', shown: duration, value: (row) => durationMs(row) ?? '-' } },
    { field: 'exit', type: 'string', doc: 'exit status, name of the signal, or exec; null: it still runs', known: duration, value: exitOf, text: { heading: 'EXIT', head: '%-8s ', row: '%-8s ', shown: duration, value: (row) => exitOf(row) ?? '-' } },
    { field: 'cwd', type: 'string', doc: 'working directory', known: cwd, value: (row) => row.cwd, text: { heading: 'CWD', head: '%-24s ', row: '%-24s ', shown: cwd } },
    { field: 'env', type: 'string', doc: `${env ?? ''} of the environment; null: not there`, known: env !== undefined, value: (row) => row.env, text: { heading: env ?? '', head: '%-16s ', row: '%-16s ', shown: env !== undefined, value: (row) => row.env ?? '-' } },
    {
      field: 'args', type: 'strings', doc: 'name of the file, and the arguments behind argv[0]', value: ({ args }) => args.map(({ text }) => text),
      text: {
        heading: 'ARGS', head: '%s', row: '%s', shown: true,
        value: (row) => {
          lowest = Math.min(lowest ?? row.level, row.level);
          return '  '.repeat(row.level - lowest) + lineOf(row, given.quote);
        },
      },
    },
    { field: 'truncated', type: 'boolean', doc: 'there were more arguments, or longer ones', value: ({ args, more }) => more || args.some(({ whole }) => !whole) },
    { field: 'argv0', type: 'string', doc: 'argv[0]; null: unknown, as that of a script', value: ({ argv0 }) => argv0 },
    { field: 'interpreter', type: 'string', doc: 'the file that runs: the interpreter of a script; null after a failure', value: ({ interpreter }) => interpreter },
  ];
}

/** The arguments as text shows them: what is cut ends in three dots, and so does the line when arguments are missing. */
function lineOf({ args, more }: Exec, quote: boolean): string {
  const shown = ({ text, whole }: Argument): string => {
    const full = whole ? text : `${text}...`;
    return (quote ? `"${full.replaceAll('"', '\\"')}"` : full).replaceAll('\n', '\\n');
  };
  return [...args.map(shown), ...(more ? ['...'] : [])].join(' ');
}

/** The kernel knows no parent of a process whose parent is in another PID namespace; /proc may. */
function parentOf({ pid, ppid }: Exec): number | null {
  if (ppid !== 0) return ppid;
  try {
    const found = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    return found === 0 ? null : found;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

function durationMs({ timeNs, end }: Row): number | null {
  return end === undefined ? null : Number(end.ns - timeNs) / 1e6;
}

function exitOf({ end }: Row): string | null {
  if (end === undefined) return null;
  if (end.code === 'exec') return 'exec';
  const signal = end.code & 0x7f;
  return signal === 0 ? String(end.code >> 8) : signalName(signal);
}
