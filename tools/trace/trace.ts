// trace: a line for each hit of a function, tracepoint or USDT probe, with arguments.
//
//   facts  options, probe texts and output are those of bcc's tool of this name. What differs, because it went wrong there, is in README.md

import type { Session, StackValue, SymbolValue } from '../../lib/index.js';
import { inTermsOf, scripted } from '../probes/compile-problems.js';
import { definitionsOf } from '../probes/definitions.js';
import { stackTexts, symbolText } from '../probes/frames.js';
import { fieldType } from '../probes/names.js';
import { newerName } from '../probes/place.js';
import { UsageError } from '../shared/arguments.js';
import type { HitRecord } from '../library/records.js';
import type { ColumnOf } from '../shared/columns.js';
import { followOption, outputOptions, ownerOptions } from '../shared/common.js';
import { ToolFailure } from '../shared/failure.js';
import { flag, integerFrom, list, operands, option, optionOr, powerOfTwo, text, type Given } from '../shared/options.js';
import { ownersOf, processesOf, scopeOf } from '../shared/owners.js';
import type { Fields } from '../shared/session.js';
import { timeColumn, Times, type Timed, type TimeFields } from '../shared/times.js';
import { defineTool, type ToolIo } from '../shared/tool.js';
import { traceRecords } from '../shared/trace-records.js';
import { userId } from '../shared/users.js';
import { formatted } from './format.js';
import { traceScript, type Probe, type TraceScript } from './script.js';

const options = {
  bufferPages: option(['-b', '--buffer-pages'], { metavar: 'BUFFER_PAGES', parse: powerOfTwo, help: 'number of pages for the ring buffer, for each CPU: a power of two' }),
  pid: option(['-p', '--pid'], { metavar: 'PID', parse: integerFrom(1), help: 'id of the process to trace; ends with it' }),
  tid: option(['-L', '--tid'], { metavar: 'TID', parse: integerFrom(1), help: 'id of the thread to trace' }),
  uid: option('--uid', { parse: userId, help: 'id of the user to trace' }),
  verbose: flag(['-v', '--verbose'], 'print the script and what its probes are'),
  stringSize: optionOr(['-Z', '--string-size'], 80, { metavar: 'STRING_SIZE', parse: integerFrom(2, 1024), help: 'maximum size to read from strings' }),
  includeSelf: flag(['-S', '--include-self'], "do not filter trace's own pid from the trace"),
  maxEvents: option(['-M', '--max-events'], { metavar: 'MAX_EVENTS', parse: integerFrom(1), help: 'number of events to print before quitting' }),
  timestamp: flag(['-t', '--timestamp'], 'print timestamp column (offset from trace start)'),
  unixTimestamp: flag(['-u', '--unix-timestamp'], 'print UNIX timestamp instead of offset from trace start'),
  time: flag(['-T', '--time'], 'print time column'),
  printCpu: flag(['-C', '--print_cpu'], 'print CPU id'),
  cgroupPath: option(['-c', '--cgroup-path'], { metavar: 'CGROUP_PATH', parse: text, help: 'cgroup path' }),
  name: option(['-n', '--name'], { parse: text, help: 'only print process names containing this name' }),
  msgFilter: option(['-f', '--msg-filter'], { metavar: 'MSG_FILTER', parse: text, help: 'only print the msg of event containing this string' }),
  binCmp: flag(['-B', '--bin_cmp'], 'allow to use STRCMP with binary values'),
  symFileList: option(['-s', '--sym_file_list'], { metavar: 'SYM_FILE_LIST', parse: text, help: 'accepted for bcc; symbols are found without it' }),
  kernelStack: flag(['-K', '--kernel-stack'], 'output kernel stack trace'),
  userStack: flag(['-U', '--user-stack'], 'output user stack trace'),
  address: flag(['-a', '--address'], 'print virtual address in stacks'),
  include: list(['-I', '--include'], { metavar: 'header', parse: text, help: 'file with structs that probes use' }),
  aggregate: flag(['-A', '--aggregate'], 'aggregate amount of each trace'),
  ...followOption,
  ...ownerOptions,
  ...outputOptions('otlp'),
  probes: operands('+', { metavar: 'probe', parse: text, help: 'probe specifier (see examples)' }),
};

export interface Row extends Timed, Omit<HitRecord, 'time' | 'kernel_stack' | 'user_stack'> {
  readonly kernelStack: readonly string[] | null;
  readonly userStack: readonly string[] | null;
}

export const trace = defineTool({
  name: 'trace',
  about: 'Attach to functions and print trace messages.',
  options,
  examples: [
    ['trace do_sys_openat2', 'trace the open syscall and print a default trace message when entered'],
    ["trace 'do_sys_openat2 \"%s\", arg2@user'", 'trace the open syscall and print the filename being opened'],
    ["trace 'do_sys_openat2 \"%s\", arg2@user' -n main", "trace the open syscall, only of processes whose name contains 'main'"],
    ["trace 'vfs_read (arg3 > 20000) \"read %d bytes\", arg3'", 'trace reads of more than 20000 bytes'],
    ["trace 'vfs_read (count > 20000) \"read %d bytes\", count'", "the same, by the kernel's name of the parameter"],
    ["trace 'r::do_sys_openat2 \"%llx\", retval'", 'trace the return from the open syscall'],
    ["trace 'c:open (arg2 == 42) \"%s %d\", arg1, arg2'", 'trace the open() call from libc only if the flags (arg2) argument is 42'],
    ["trace 'c:malloc \"size = %d\", arg1'", 'trace malloc calls and print the size being allocated'],
    ["trace 'p:c:write (arg1 == 1) \"writing %d bytes to STDOUT\", arg3'", 'trace the write() call from libc to monitor writes to STDOUT'],
    ["trace 'r:c:malloc (retval) \"allocated = %x\", retval'", 'trace returns from malloc and print non-NULL allocated buffers'],
    ["trace 't:block:block_rq_complete \"sectors=%d\", args->nr_sector'", 'trace the block_rq_complete kernel tracepoint'],
    ["trace 'p:c:open(char *filename) \"opening %s\", filename'", 'the parameters of open() by name'],
    ["trace 'p:c:open (STRCMP(\"test.txt\", arg1)) \"opening %s\", arg1'", 'trace open() of names that begin with test.txt'],
    ["trace 'u:python3.11:function__return \"%s %s:%d\", arg2, arg1, arg3'", 'trace the return from functions of Python programs'],
    ['trace kfree_skb+0x12', 'trace the kfree_skb kernel function after the instruction on the 0x12 offset'],
    ["trace -T 'c:open \"%s\", arg1' 'r:c:open ((int)retval < 0) \"failed: %e\", retval'", 'two probes; %e is the name of an error'],
    ["trace clockevents_program_event -K -A -M 1000 -f ''", 'which stacks program the timer, of 1000 events'],
  ],

  async run(given, io: ToolIo) {
    checkOptions(given);
    const definitions = definitionsOf(given.include);
    definitions.warnings.forEach((warning) => io.out.complain(warning));
    const owners = ownersOf(given);
    const { asked } = processesOf(given);
    try {
      const script = scripted(() => traceScript(given.probes, {
        pid: asked, stringBytes: given.stringSize, binary: given.binCmp, kernelStack: given.kernelStack, userStack: given.userStack,
        definitions: definitions.text, conditions: [...conditionsOf({ ...given, pid: asked }), ...owners.conditions], fields: owners.fields,
      }));
      if (given.verbose) tellProbes(script, io);
      if (given.symFileList !== undefined) io.out.complain('Note: Kernel bpf will report stack map with ip/build_id');
      const typed = { what: 'error in probe', texts: given.probes, advice: (index: number) => newerName(script.probes[index]!.place) };
      return await inTermsOf(typed, script, () => run(given, script, (fields) => owners.keeps(fields), io));
    } finally {
      owners.close();
    }
  },
});

type TraceGiven = Given<typeof options>;

/** @throws ToolFailure  in bcc's words
 *  @throws UsageError */
function checkOptions({ pid, tid, aggregate, maxEvents, output }: TraceGiven): void {
  if (pid !== undefined && tid !== undefined) throw new ToolFailure('only one of -p and -L may be specified');
  if (aggregate && maxEvents === undefined) throw new ToolFailure('-M/--max-events should be specified with -A/--aggregate');
  if (aggregate && output !== 'text') throw new UsageError('argument -A/--aggregate: prints text only');
}

function conditionsOf({ pid, tid, uid, includeSelf }: TraceGiven): readonly string[] {
  return [
    ...(pid === undefined ? [] : [`pid == ${pid}`]),
    ...(tid === undefined ? [] : [`tid == ${tid}`]),
    ...(uid === undefined ? [] : [`uid == ${uid}`]),
    ...(pid === undefined && tid === undefined && !includeSelf ? [`pid != ${process.pid}`] : []),
  ];
}

function tellProbes({ text: script, probes }: TraceScript, { out }: ToolIo): void {
  for (const { text: typed, place, format } of probes) {
    out.complain(`${typed}: ${{ p: 'entry of', r: 'return from', t: 'tracepoint', u: 'USDT probe' }[place.type]} ${place.binary === undefined ? '' : `${place.binary}:`}${place.name}${place.event && `:${place.event}`}, ${format?.conversions.length ?? 0} values`);
  }
  out.complain(script.trimEnd());
}

async function run(given: TraceGiven, script: TraceScript, keeps: (fields: Fields) => boolean, io: ToolIo): Promise<number> {
  const times = new Times();
  const counts = new Map<string, number>();
  let traced: Session;
  let hits = 0;
  return traceRecords<Row>({
    tool: 'trace', record: 'hit', epochNs: (row) => times.epochNs(row), given, script: script.text, columns: columnsOf(given, script.probes, times),
    options: {
      ...scopeOf({ ...given, cgroup: given.cgroupPath ?? given.cgroup }),
      ...processesOf(given).options,
      ...(given.pid !== undefined && script.probes.some(({ place }) => place.binary !== undefined) ? { pid: given.pid } : {}),
      ...(given.bufferPages === undefined ? {} : { config: { perf_rb_pages: given.bufferPages } }),
    },
    started: (session) => {
      traced = session;
      times.begin(session.clock);
    },
    rows: (event, fields, site) => {
      if (hits === given.maxEvents || !keeps(fields)) return [];
      const row = rowOf(script.probes[Number(event.slice('probe'.length))]!, fields, { site, session: traced, addresses: given.address });
      if (!wanted(row, given)) return [];
      if (++hits === given.maxEvents) io.stop.now();
      if (!given.aggregate) return [row];
      const text = aggregateText(row, given.printCpu, (each) => io.out.clean(each));
      counts.set(text, (counts.get(text) ?? 0) + 1);
      return [];
    },
    rest: () => {
      // a count of texts is no record
      for (const [text, count] of [...counts].sort(([, a], [, b]) => b - a)) io.out.write(`${text}-->COUNT ${count}\n\n`);
      return [];
    },
  }, io);
}

interface Told {
  readonly site: number;
  readonly session: Session;
  /** before each frame */
  readonly addresses: boolean;
}

function rowOf(probe: Probe, fields: Fields, { site, session: { symbols, program }, addresses }: Told): Row {
  const names = probe.format?.conversions.map((_, i) => `v${i}`) ?? [];
  const record = program.sites[site]?.types[0];
  const stack = (value: unknown): readonly string[] | null => (value === undefined ? null : stackTexts(symbols, value as StackValue, addresses));
  return {
    timeNs: BigInt(fields['ns'] as bigint), cpu: Number(fields['cpu']), pid: fields['pid'] as number, tid: fields['tid'] as number, comm: fields['comm'] as string, uid: Number(fields['uid']),
    func: probe.shown,
    message: probe.format === undefined ? '' : formatted(probe.format, names.map((name) => fields[name]), names.map((name) => fieldType(record, name)), { symbol: (value, withModule) => symbolText(symbols, value as SymbolValue, withModule) }),
    kernelStack: stack(fields['kernel_stack']), userStack: stack(fields['user_stack']),
  };
}

function wanted({ comm, message }: Row, { name, msgFilter }: TraceGiven): boolean {
  return (name === undefined || comm.includes(name)) && (msgFilter === undefined || message.includes(msgFilter));
}

/** The message, and the frames below its line with an empty line behind them. */
function messageText({ message, kernelStack, userStack }: Row): string {
  const frames = [...(kernelStack ?? []), ...(userStack ?? [])].map((frame) => `        ${frame}\n`);
  return frames.length === 0 ? message : `${message}\n${frames.join('')}`;
}

/** What makes two hits the same under -A: all but the time.
 * @param clean  makes text of traced programs fit for the reader */
export function aggregateText(row: Row, withCpu: boolean, clean: (text: string) => string): string {
  const { cpu, pid, tid, comm, func } = row;
  return `${withCpu ? `${String(cpu).padEnd(3)} ` : ''}${String(pid).padEnd(7)} ${String(tid).padEnd(7)} ${clean(comm).padEnd(15)} ${clean(func).padEnd(16)} ${clean(messageText(row))}\n`;
}

function columnsOf({ timestamp, unixTimestamp, time, printCpu, timeFormat, kernelStack, userStack }: TraceGiven, probes: readonly Probe[], times: Times): ColumnOf<Row, HitRecord & TimeFields>[] {
  const NS_IN_S = 1e9;
  const wide = timestamp && unixTimestamp;
  const offset = (row: Timed): string => (Number(wide ? times.epochNs(row) : times.sinceOriginNs(row)) / NS_IN_S).toFixed(6).slice(0, wide ? 17 : 8);
  const format = wide ? '%-17s ' : '%-8s ';
  return [
    timeColumn({ format: timeFormat, times, text: { heading: 'TIME', head: format, row: format, shown: timestamp || time, value: (row) => (timestamp ? offset(row) : times.clockText(row)) } }),
    { field: 'cpu', type: 'integer', doc: 'number of the CPU', value: ({ cpu }) => cpu, text: { heading: 'CPU', head: '%-3s ', row: '%-3d ', shown: printCpu } },
    { field: 'pid', type: 'integer', doc: 'process id', value: ({ pid }) => pid, text: { heading: 'PID', head: '%-7s ', row: '%-7d ', shown: true } },
    { field: 'tid', type: 'integer', doc: 'thread id', value: ({ tid }) => tid, text: { heading: 'TID', head: '%-7s ', row: '%-7d ', shown: true } },
    { field: 'comm', type: 'string', doc: 'name of the thread', value: ({ comm }) => comm, text: { heading: 'COMM', head: '%-15s ', row: '%-15s ', shown: true } },
    { field: 'uid', type: 'integer', doc: 'user id', value: ({ uid }) => uid },
    { field: 'func', type: 'string', doc: 'function, event or USDT probe', value: ({ func }) => func, text: { heading: 'FUNC', head: '%-16s ', row: '%-16s ', shown: true } },
    { field: 'message', type: 'string', doc: "what the probe's format makes", value: ({ message }) => message, text: { heading: probes.some((probe) => probe.format !== undefined) ? '-' : '', head: '%s', row: '%s', shown: true, value: messageText } },
    { field: 'kernel_stack', type: 'strings', doc: 'frames of the kernel, innermost first', known: kernelStack, value: (row) => row.kernelStack },
    { field: 'user_stack', type: 'strings', doc: 'frames of the process, innermost first', known: userStack, value: (row) => row.userStack },
  ];
}
