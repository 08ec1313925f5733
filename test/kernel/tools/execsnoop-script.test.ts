// The script of execsnoop on made-up calls, compiled for this machine: which of them it tells of, and with which arguments.

import t from 'tap';
import { compile } from '../../../lib/compiler.js';
import { openMachine, type Facts } from '../../../lib/index.js';
import { simulate, type SimulatedEvent, type TraceEvent } from '../../../lib/simulate.js';
import { execsnoopScript, type ScriptOptions } from '../../../tools/execsnoop/script.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const nothing: ScriptOptions = { fails: true, maxArgs: 20, cwd: false, env: undefined, duration: false, tree: false, compat: true, conditions: [], fields: '' };
const FILE = 0x1000n;
const ARGV = 0x2000n;
const ENVP = 0x3000n;
const TEXTS = 0x10000n;

/** The memory of a caller: the file's name, and two lists of pointers to texts that end with null. */
function memoryOf(file: string, argv: readonly string[], envp: readonly string[]): Map<bigint, Uint8Array> {
  const memory = new Map<bigint, Uint8Array>([[FILE, Buffer.from(`${file}\0`)]]);
  let at = TEXTS;
  for (const [list, texts] of [[ARGV, argv], [ENVP, envp]] as const) {
    const pointers = new BigUint64Array([...texts.map((text) => {
      memory.set(at, Buffer.from(`${text}\0`));
      at += 0x1000n;
      return at - 0x1000n;
    }), 0n]);
    memory.set(list, new Uint8Array(pointers.buffer));
  }
  return memory;
}

let facts: Facts | undefined;

/** What a script says of an execve that returns. */
async function told(options: Partial<ScriptOptions>, { argv, envp = [], ret, ...world }: { argv: readonly string[]; envp?: readonly string[]; ret: number } & SimulatedEvent): Promise<string[]> {
  facts ??= await openMachine().record(['rawtracepoint:sched_process_exec', 'tracepoint:syscalls:sys_enter_execve*', 'tracepoint:syscalls:sys_exit_execve*', 'rawtracepoint:sys_exit']);
  const simulation = simulate(compile(execsnoopScript({ ...nothing, ...options }), { machine: facts }));
  const memory = memoryOf('/bin/none', argv, envp);
  const entered = simulation.fire('tracepoint:syscalls:sys_enter_execve', { ...world, memory, args: { filename: FILE, argv: ARGV, envp: ENVP } });
  const returned = simulation.fire('tracepoint:syscalls:sys_exit_execve', { ...world, memory, args: { ret } });
  t.equal(simulation.maps.get('@call').size, 0, 'no call is kept once it has returned');
  return [...entered, ...returned].map(text);
}

function text(event: TraceEvent): string {
  if (event.type !== 'emit') throw new Error(`not of emit(): ${event.type}`);
  const { of, index, value, file, ret, count, comm, pid } = event.fields as Record<string, unknown>;
  return event.name === 'part' ? `${String(of)} ${String(index)} ${String(value)}` : `exec ${String(file)} ${String(ret)} ${String(count)} ${String(comm)} ${String(pid)}`;
}

const cases: [title: string, options: Partial<ScriptOptions>, call: Parameters<typeof told>[1], want: readonly string[]][] = [
  ['a failure, with its arguments', {}, { argv: ['none', 'a b', ''], ret: -2, comm: 'sh', pid: 7 }, ['args 1 a b', 'args 2 ', 'exec /bin/none -2 3 sh 7']],
  ['a success is told by the new program', {}, { argv: ['none', 'a'], ret: 0 }, []],
  ['exactly as many arguments as are shown', { maxArgs: 2 }, { argv: ['none', 'a'], ret: -2 }, ['args 1 a', 'exec /bin/none -2 2 sim 1234']],
  ['one more: it is counted', { maxArgs: 2 }, { argv: ['none', 'a', 'b'], ret: -2 }, ['args 1 a', 'exec /bin/none -2 3 sim 1234']],
  ['no arguments', {}, { argv: ['none'], ret: -13 }, ['exec /bin/none -13 1 sim 1234']],
  ['a variable of the environment', { env: 'HOME' }, { argv: ['none'], envp: ['HOMES=no', 'HOME=/root', 'HOME=later'], ret: -2 }, ['env 0 HOME=/root', 'exec /bin/none -2 1 sim 1234']],
  ['another user', { conditions: ['uid == 0'] }, { argv: ['none'], ret: -2, uid: 5 }, []],
  ['the user', { conditions: ['uid == 0'] }, { argv: ['none'], ret: -2, uid: 0 }, ['exec /bin/none -2 1 sim 1234']],
];
for (const [title, options, call, want] of cases) {
  t.test(title, onThisMachine(), async (t) => {
    if (!needs(t, 'root', 'btf', 'tracepoint')) return;
    t.strictSame(await told(options, call), want);
  });
}
