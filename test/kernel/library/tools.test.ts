// tbpf/tools: the tools' records for programs, with the types that their interfaces say.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { AbortError, OptionError, TbpfError } from '../../../lib/index.js';
import { known } from '../../../tools/library/run-tool.js';
import { runTool, type ExecRecord, type ToolTypes } from '../../../tools/index.js';
import { tools } from '../../../tools/tools.js';
import { runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const here = onThisMachine('it depends on the library, not on the kernel');
const warnings: string[] = [];
const onWarning = (text: string): void => void warnings.push(text);
t.afterEach(() => void (warnings.length = 0));

/** What each field of a record may be. */
const shape = (record: object): Record<string, string> => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value]));

/** Python that waits for a line, does something, and waits for another. */
async function python(program: string): Promise<{ readonly pid: number; go(): Promise<void>; end(): void }> {
  const load = spawn('python3', ['-c', `import os, sys\nprint('started', flush=True)\nsys.stdin.readline()\n${program}\nprint('done', flush=True)\nsys.stdin.readline()\n`], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(load.stdout, 'data');
  return {
    pid: load.pid!,
    async go() {
      load.stdin.write('\n');
      await once(load.stdout, 'data');
    },
    end: () => load.kill('SIGKILL'),
  };
}

t.test('execsnoop: programs that this one starts; leaving the loop stops it', here, async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const run = await runTool('execsnoop', { ppid: process.pid, fails: true, env: 'TBPF_TEST', cwd: true, line: /tbpf-arg/, onWarning });
  spawn('/bin/true', ['tbpf-arg', 'two words'], { env: { TBPF_TEST: 'x' }, cwd: '/usr' });
  const records: ExecRecord[] = [];
  for await (const record of run) {
    records.push(record);
    break;
  }
  const [{ time, pid, comm, ...rest }] = records as [ExecRecord];
  t.same(rest, { uid: 0, pcomm: rest.pcomm, ppid: process.pid, cpu: rest.cpu, ret: 0, cwd: '/usr', env: 'x', args: ['/bin/true', 'tbpf-arg', 'two words'], truncated: false, argv0: '/bin/true', interpreter: rest.interpreter });
  t.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
  t.ok(pid > 1);
  t.equal(comm, 'true');
  t.equal(run.lost, 0);
  t.same(Object.keys(run), ['lost', 'stop'], 'nothing of the side of the tool');
  t.same(warnings, []);
});

t.test('opensnoop: what a command opens; the loop ends with it', here, async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const paths: string[] = [];
  let shapes: Record<string, string> = {};
  for await (const record of await runTool('opensnoop', { exec: ['cat', '/dev/null', '/tbpf/none'], path: '/{dev/null,tbpf/*}', onWarning })) {
    paths.push(`${record.path} ${record.err}`);
    shapes = shape(record);
  }
  t.same(paths, ['/dev/null 0', '/tbpf/none 2']);
  t.same(shapes, { time: 'string', uid: 'number', pid: 'number', tid: 'number', comm: 'string', fd: 'number', err: 'number', flags: 'number', mode: 'null', path: 'string', truncated: 'boolean' });
});

t.test('funccount: the last report comes when it is stopped', here, async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  const load = await python('for n in range(300): os.getpgid(0)\nfor n in range(20): os.getppid()');
  try {
    const run = await runTool('funccount', { pattern: ['c:getpgid', 'c:getppid'], pid: load.pid, by: 'comm', rate: true, onWarning });
    await load.go();
    await run.stop();
    const records = [];
    for await (const { time: _, rate, ...record } of run) {
      records.push(record);
      t.type(rate, 'number');
    }
    t.same(records, [{ func: 'getppid', comm: 'python3', count: 20n }, { func: 'getpgid', comm: 'python3', count: 300n }]);
    t.same(warnings, []);
  } finally {
    load.end();
  }
});

t.test('trace and argdist', here, async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  const load = await python('for n in (1, 0, 1): os.getpriority(n, 0)');
  try {
    const hits = await runTool('trace', { probes: 'c:getpriority "which %d", arg1', pid: load.pid, maxEvents: 3, userStack: true, onWarning });
    const counts = await runTool('argdist', { count: 'p:c:getpriority(int which):int:which', histogram: 'p:c:getpriority(int which):int:which', pid: load.pid, interval: 1000, onWarning });
    await load.go();
    const messages = [];
    let shapes: Record<string, string> = {};
    for await (const record of hits) {
      messages.push(record.message);
      shapes = shape(record);
    }
    t.same(messages, ['which 1', 'which 0', 'which 1']);
    t.same(shapes, { time: 'string', cpu: 'number', pid: 'number', tid: 'number', comm: 'string', uid: 'number', func: 'string', message: 'string', user_stack: 'list' });
    await counts.stop();
    const rows = [];
    for await (const { event, low, high, count } of counts) rows.push([event, low, high, count]);
    t.same(rows.slice(0, 2), [['which = 0', null, null, 1n], ['which = 1', null, null, 2n]]);
    t.equal(rows.slice(2).reduce((sum, row) => sum + (row[3] as bigint), 0n), 3n);
  } finally {
    load.end();
  }
});

t.test('a slow reader: records come in order, and what did not fit is counted', here, async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const many = 20_000;
  // a record has at most 4 KB, and the buffer 16 MB: so many fit, whoever reads
  const certain = 2000;
  const run = await runTool('opensnoop', { exec: ['perl', '-e', `open(F, "/tbpf/" . $_) for 1..${many}`], path: '/tbpf/*', bufferPages: 4096, onWarning });
  let [count, last] = [0, 0];
  const first: number[] = [];
  for await (const { path } of run) {
    const number = Number(path.slice('/tbpf/'.length));
    if (number <= last) return t.fail(`${number} behind ${last}`);
    last = number;
    if (first.length < certain) first.push(number);
    if (++count % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  t.strictSame(first, Array.from({ length: certain }, (_, i) => i + 1), 'nothing is lost before the buffer is full');
  t.equal(count + run.lost, many);
});

t.test('two runs at once: each has everything', here, async (t) => {
  if (!needs(t, 'root', 'btf', 'uprobe', 'tracepoint')) return;
  const load = await python('for n in range(40):\n  os.getpgid(0)\n  try: os.open("/tbpf/none", 0)\n  except OSError: pass');
  try {
    const opens = await Promise.all([1, 2].map(() => runTool('opensnoop', { pid: load.pid, path: '/tbpf/none', onWarning })));
    const calls = await Promise.all([1, 2].map(() => runTool('funccount', { pattern: 'c:getpgid', pid: load.pid, onWarning })));
    await load.go();
    for (const run of opens) {
      await run.stop();
      let count = 0;
      for await (const { err } of run) if (err === 2) count++;
      t.equal(count, 40);
    }
    for (const run of calls) {
      await run.stop();
      for await (const { func, count } of run) t.same([func, count], ['getpgid', 40n]);
    }
    t.same(warnings, []);
  } finally {
    load.end();
  }
});

t.test('signals', here, async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  await t.rejects(runTool('execsnoop', { signal: AbortSignal.abort(), onWarning }), AbortError);
  const controller = new AbortController();
  const run = await runTool('execsnoop', { ppid: process.pid, signal: controller.signal, onWarning });
  controller.abort();
  for await (const _ of run) t.fail('nothing was started');
  {
    await using disposed = await runTool('execsnoop', { ppid: process.pid, onWarning });
    t.equal(disposed.lost, 0);
  }
});

const any = (value: unknown): never => value as never;
const wrong: [title: string, run: () => Promise<unknown>, option: string, code: string, message: RegExp][] = [
  ['a tool that is none', () => runTool(any('tcptop'), any({})), 'name', 'ERR_OPTION_VALUE', /known are argdist, execsnoop/],
  ['serve, which has no records', () => runTool(any('serve'), any({})), 'name', 'ERR_OPTION_VALUE', /no tool serve/],
  ['options that are none', () => runTool('execsnoop', any(7)), 'options', 'ERR_OPTION_TYPE', /an object/],
  ['an option that is none', () => runTool('execsnoop', any({ fail: true })), 'fail', 'ERR_OPTION_UNKNOWN', /there is no option options\.fail: did you mean 'fails'\?/],
  ['patterns for pattern', () => runTool('funccount', any({ patterns: ['c:getpid'] })), 'options.patterns', 'ERR_OPTION_UNKNOWN', /did you mean 'pattern'\?/],
  ['probe for probes', () => runTool('trace', any({ probe: 'c:getpid' })), 'options.probe', 'ERR_OPTION_UNKNOWN', /did you mean 'probes'\?/],
  ['pidd', () => runTool('opensnoop', any({ pidd: 1 })), 'options.pidd', 'ERR_OPTION_UNKNOWN', /did you mean 'pid'\?/],
  ['the name of the command line', () => runTool('execsnoop', any({ 'max-args': 3 })), 'options.max-args', 'ERR_OPTION_UNKNOWN', /did you mean 'maxArgs'\?/],
  ['a name with an underscore', () => runTool('opensnoop', any({ flag_filter: 'O_RDWR' })), 'options.flag_filter', 'ERR_OPTION_UNKNOWN', /did you mean 'flagFilter'\?/],
  ['its letter', () => runTool('argdist', any({ C: 'p:c:getpid()' })), 'options.C', 'ERR_OPTION_UNKNOWN', /did you mean 'count'\?/],
  ['a number as text', () => runTool('opensnoop', any({ pid: '1' })), 'options.pid', 'ERR_OPTION_TYPE', /options\.pid has to be a number/],
  ['an option of text alone', () => runTool('execsnoop', any({ printUid: true })), 'printUid', 'ERR_OPTION_UNKNOWN', /no option options\.printUid: known are /],
  ['a switch that is text', () => runTool('execsnoop', any({ fails: 'yes' })), 'options.fails', 'ERR_OPTION_TYPE', /true or false/],
  ['a fraction', () => runTool('opensnoop', { pid: 1.5 }), 'options.pid', 'ERR_OPTION_VALUE', /invalid int value: '1\.5'/],
  ['an object for a number', () => runTool('opensnoop', any({ pid: {} })), 'options.pid', 'ERR_OPTION_TYPE', /a number/],
  ['a user that there is not', () => runTool('execsnoop', { uid: 'tbpf-nobody' }), 'options.uid', 'ERR_OPTION_VALUE', /is not valid UID/],
  ['a word that is no choice', () => runTool('funccount', { pattern: 'c:getpid', by: any('uid') }), 'options.by', 'ERR_OPTION_VALUE', /'pid' or 'comm'/],
  ['no pattern', () => runTool('funccount', any({})), 'options.pattern', 'ERR_OPTION_VALUE', /missing/],
  ['no probes', () => runTool('trace', { probes: [] }), 'options.probes', 'ERR_OPTION_VALUE', /missing/],
  ['a command in one string', () => runTool('opensnoop', { exec: any('ls -l') }), 'options.exec', 'ERR_OPTION_TYPE', /a list of words/],
  ['a signal that is none', () => runTool('execsnoop', { signal: any('SIGINT') }), 'signal', 'ERR_OPTION_TYPE', /AbortSignal/],
];
for (const [title, run, option, code, message] of wrong) {
  t.test(`wrong: ${title}`, here, async (t) => {
    const error = await run().then(() => undefined, (thrown: unknown) => thrown);
    t.ok(error instanceof OptionError, String(error));
    t.match(error, { option, code, message });
  });
}

t.test('what the tool refuses is a TbpfError with its message', here, async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  for (const [run, message] of [
    [() => runTool('funccount', { pattern: 'c:nosuchfunction' }), /^No functions matched by pattern c:nosuchfunction$/],
    [() => runTool('trace', { probes: 'c:getpid "%d"' }), /^error in probe/],
    [() => runTool('argdist', {}), /^at least one specifier is required$/],
    [() => runTool('opensnoop', { exec: ['/tbpf/none'] }), /^failed to exec command: \/tbpf\/none: No such file or directory$/],
  ] as const) {
    const error = await run().then(() => undefined, (thrown: unknown) => thrown);
    t.ok(error instanceof TbpfError);
    t.match(error, { code: 'ERR_TOOL', message });
  }
});

/** No process has it: pid_max is at most 2^22. */
const NOBODY = 4_194_304;

t.test('a process that is not there is told, by every tool', here, async (t) => {
  if (!needs(t, 'root')) return;
  for (const [run, kind] of [
    [() => runTool('opensnoop', { pid: NOBODY, duration: 1 }), 'process'], [() => runTool('opensnoop', { tid: NOBODY }), 'thread'], [() => runTool('execsnoop', { ppid: NOBODY }), 'process'],
    [() => runTool('funccount', { pattern: 't:syscalls:sys_enter_read', pid: NOBODY }), 'process'], [() => runTool('funccount', { pattern: 'c:getpid', pid: NOBODY }), 'process'],
    [() => runTool('trace', { probes: 'c:getpid', pid: NOBODY, follow: true }), 'process'], [() => runTool('trace', { probes: 'c:getpid', tid: NOBODY }), 'thread'],
    [() => runTool('argdist', { count: 'p:c:getpid()', pid: NOBODY }), 'process'], [() => runTool('argdist', { count: 'p:c:getpid()', tid: NOBODY }), 'thread'],
  ] as const) {
    const error = await run().then(() => undefined, (thrown: unknown) => thrown);
    t.ok(error instanceof TbpfError);
    t.match(error, { code: 'ESRCH', errno: -3, message: `there is no ${kind} ${NOBODY}` });
  }
  const command = await runCommand(['opensnoop', '-p', String(NOBODY)]);
  t.same([command.stdout, command.stderr, command.status], ['', `opensnoop: there is no process ${NOBODY}\n`, 1]);
  const script = await runCommand(['opensnoop', '-p', String(NOBODY), '--dump-program']);
  t.match(script.stdout, new RegExp(String(NOBODY)), 'what is printed may be for another machine');
});

t.test('every option of the tools is one for programs, or concerns text alone', here, async (t) => {
  const text = ['output', 'timeFormat', 'dumpProgram', 'ebpf', 'dryRun', 'cgroupmap', 'mntnsmap'];
  const others: Record<keyof ToolTypes, readonly string[]> = {
    argdist: ['verbose'],
    execsnoop: ['time', 'timestamp', 'quote', 'printUid', 'printCpu', 'printPcomm', 'tree'],
    funccount: ['timestamp', 'debug', 'live'],
    opensnoop: ['timestamp', 'printUid', 'extended', 'errname', 'count', 'verbose'],
    trace: ['verbose', 'timestamp', 'unixTimestamp', 'time', 'printCpu', 'cgroupPath', 'symFileList', 'aggregate'],
  };
  for (const name of Object.keys(others) as (keyof ToolTypes)[]) t.same([...Object.keys(known[name]), ...others[name], ...text].sort(), Object.keys((await tools[name]()).options).sort(), name);
});
