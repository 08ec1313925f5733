// Many tracepoints of system calls as one program.
//
//   why    attaching a classic tracepoint takes milliseconds, detaching one tens of them: 350 of them took bpftrace 27 s. The raw
//          tracepoint that all of them are made from is attached once; the program looks at the number of the call
//   in     the programs of one block's attach points
//   out    the same, those of many system calls joined: one program for each direction and each shape that the arguments it uses have
//   facts  args as the classic tracepoint has them: a field of 8 bytes for each argument, from byte 16 on, as the register holds it.
//          Classic tracepoints are silent about calls of 32-bit programs, whose numbers mean other calls; so is the program (lower/memory/syscalls.ts).
//          A kernel stack taken in a raw tracepoint has additional frames: bodies that take one are not joined

import { spellType } from '../../model/types/types.js';
import type { ProbeArgument, ProbeMatch, ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import { lazyArgument, tracepoint, tracepointArguments } from './tracepoint.js';

/** Up to so many tracepoints are attached one by one: then events of all other calls cost nothing. */
const HANDFUL = 5;
const FIRST_ARGUMENT = 16;
const ARGUMENT_BYTES = 8;
/** functions and builtins that work differently in a raw tracepoint: its stack has other frames, and it may not call kfuncs such as bpf_task_from_pid */
const needsClassic = ['kstack', 'comm()'];

const folded: ProbeRecord = { ...tracepoint, programKind: 'raw_tracepoint', needs: 'rawtracepoint' };

interface Entry {
  readonly from: ResolvedProbe;
  readonly match: ProbeMatch;
  readonly number: number;
  readonly exit: boolean;
  readonly arguments: readonly ProbeArgument[] | undefined;
  /** The key by which programs are joined: programs with equal keys become one. */
  readonly shape: string;
}

/** Joins the programs of one block.
 * @param elsewhere  calls that are joined in some block: here, too, however few they are, so that blocks of one event fire in their order */
export function foldSyscalls(programs: readonly ResolvedProbe[], c: ResolveContext, elsewhere: ReadonlySet<string> = new Set()): readonly ResolvedProbe[] {
  if (!mayFold(programs, c, elsewhere)) return programs;
  const groups = new Map<string, Entry[]>();
  const met = new Map<string, number>();
  for (const from of programs) {
    for (const match of from.matches) {
      const entry = describe(from, match, c);
      if (!entry) continue;
      // A call that the block names twice fires twice: the second time in another program.
      const call = `${entry.shape} ${entry.number}`;
      const times = met.get(call) ?? 0;
      met.set(call, times + 1);
      const group = groups.get(`${entry.shape} ${times}`);
      if (group) group.push(entry);
      else groups.set(`${entry.shape} ${times}`, [entry]);
    }
  }
  const joined = [...groups.values()].filter((entries) => entries.length > HANDFUL || entries.some(({ exit, number }) => elsewhere.has(callOf(exit, number))));
  const gone = new Set(joined.flat().map((entry) => entry.match));
  return [...joined.map(join), ...programs.flatMap((program) => without(program, gone))];
}

/** The calls whose tracepoints have been joined in some program. */
export function foldedCalls(programs: readonly ResolvedProbe[]): ReadonlySet<string> {
  return new Set(programs.flatMap(({ syscalls }) => syscalls?.numbers.map((number) => callOf(syscalls.exit, number)) ?? []));
}

const callOf = (exit: boolean, number: number): string => `${exit ? 'exit' : 'enter'} ${number}`;

function mayFold(programs: readonly ResolvedProbe[], c: ResolveContext, elsewhere: ReadonlySet<string>): boolean {
  const { uses, target } = c;
  const many = programs.reduce((count, { record, matches }) => count + (record === tracepoint ? matches.length : 0), 0) > HANDFUL;
  if ((!many && elsewhere.size === 0) || !c.foldsSyscalls || needsClassic.some((name) => uses.calls.has(name))) return false;
  return target.btf !== undefined && target.has('helper:get_current_task_btf') && target.has('helper:task_pt_regs');
}

function describe(from: ResolvedProbe, match: ProbeMatch, c: ResolveContext): Entry | undefined {
  if (from.record !== tracepoint || match.attach.kind !== 'tracepoint' || match.attach.category !== 'syscalls') return undefined;
  const [, direction, name] = /^sys_(enter|exit)_(.+)$/.exec(match.attach.event) ?? [];
  const number = name === undefined ? undefined : c.target.syscallNumber(name);
  if (number === undefined) return undefined;
  const exit = direction === 'exit';
  const args = c.uses.args ? argumentsOf(match.attach.event, exit, c) : undefined;
  if (c.uses.args && !args) return undefined;
  const used = args && (c.uses.fields ? args.filter((argument) => c.uses.fields!.includes(argument.name)) : args);
  // When the script uses a field that this call does not have, the program of its own tracepoint reports that.
  if (used && c.uses.fields && used.length < c.uses.fields.length) return undefined;
  const shape = JSON.stringify([exit, from.point.label, used?.map(({ name: field, type, source }) => [field, spellType(type), source])]);
  return { from, match, number, exit, arguments: args, shape };
}

function argumentsOf(event: string, exit: boolean, c: ResolveContext): readonly ProbeArgument[] | undefined {
  const format = c.target.tracepoint('syscalls', event);
  if (!format) return undefined;
  const args: ProbeArgument[] = [];
  for (const argument of tracepointArguments(format, c)) {
    const { name, source } = argument;
    const read = (from: ProbeArgument['source']): number => args.push(lazyArgument(name, () => argument.type, argument.pointsTo, from));
    if (source.kind !== 'context') return undefined;
    if (name === '__syscall_nr') read({ kind: 'syscall number' });
    else if (exit && name === 'ret') read({ kind: 'word', index: 1 });
    else if (!exit && source.offset >= FIRST_ARGUMENT && source.size === ARGUMENT_BYTES) read({ kind: 'syscall', index: (source.offset - FIRST_ARGUMENT) / ARGUMENT_BYTES });
    else return undefined;
  }
  return args;
}

function join(entries: readonly Entry[]): ResolvedProbe {
  const { from, exit, arguments: args } = entries[0]!;
  const event = exit ? 'sys_exit' : 'sys_enter';
  const points = [...new Set(entries.map((entry) => entry.from.point))];
  const names: string[] = [];
  for (const { number, match } of entries) names[number] = match.probe;
  return {
    record: folded, point: from.point, section: `raw_tp/${event}`,
    matches: [{
      probe: from.point.label ?? points.map((point) => ['tracepoint', ...point.parts.slice(1)].join(':')).join(','),
      attach: { kind: 'rawtracepoint', event, module: 'vmlinux', btf: false },
      count: entries.length,
    }],
    syscalls: { exit, numbers: entries.map((entry) => entry.number) },
    ...(from.point.label === undefined ? { selector: 'syscall', names: Array.from(names, (name) => name ?? '') } : {}),
    ...(args ? { arguments: args, argumentsName: from.argumentsName } : {}),
  };
}

function without(program: ResolvedProbe, gone: ReadonlySet<ProbeMatch>): readonly ResolvedProbe[] {
  const matches = program.matches.filter((match) => !gone.has(match));
  if (matches.length === program.matches.length) return [program];
  return matches.length === 0 ? [] : [{ ...program, matches, ...(program.names ? { names: matches.map((match) => match.probe) } : {}) }];
}
