// An event that somebody made up, as the program of a probe sees it: the bytes of its context, the task, memory that arguments point into.
//
//   in     how the program is attached, where its arguments lie (Manifest.arguments), values by name or in order
//   out    what Machine.run() takes; the memory to be placed for as long as it runs
//   facts  layouts of contexts: tracepoints as their formats say, functions as struct pt_regs, fentry and raw tracepoints as u64 words;
//          a program for many system calls has (struct pt_regs *, number or result) (lower/memory/syscalls.ts)

import { argumentRegisters, registerOffset, returnRegister, syscallNumberField, syscallRegisters } from '../language/registers.js';
import { OptionError } from '../model/diagnostics/errors.js';
import { nearest } from '../model/diagnostics/nearest.js';
import type { ArgumentSource, ManifestArgument, ManifestProgram } from '../model/layout/manifest.js';
import { bytesOfText } from '../model/syntax/text.js';
import { syscallNumber } from '../model/target/syscalls.js';
import type { MemoryPlacement, RunOptions } from '../sim/index.js';
import { wrongType, wrongValue } from './check.js';

/** A value of an argument: a number, or bytes. Text has a NUL put behind it. Bytes for an argument that is a pointer lie in the memory that it points into. */
export type ArgumentValue = number | bigint | boolean | string | Uint8Array;

export interface EventArguments {
  /** by the names that the script uses (`args.filename`), or, for functions without names, in order (`arg0`, `arg1` …) */
  readonly args?: Readonly<Record<string, ArgumentValue>> | readonly ArgumentValue[];
  /** what the function returns */
  readonly retval?: number | bigint;
}

export interface MadeUpEvent {
  readonly run: Pick<RunOptions, 'context'>;
  /** address of a struct pt_regs that the task has */
  readonly registers?: bigint;
  readonly memory: readonly MemoryPlacement[];
}

/** struct pt_regs of x86-64 and of arm64 both fit */
const REGISTERS_BYTES = 352;
const WORD_BYTES = 8;
const TRACEPOINT_BYTES = 64;
const ARCH = 'x86_64';
const SPACING = 0x10_0000n;
/** addresses are used again behind so many */
const MOST_PLACES = 1 << 20;
const firstAddress = { user: 0x5f00_0000_0000n, kernel: 0xffff_9f00_0000_0000n } as const;

/** @param probe  what fires: one of what the program stands for
 *  @param before  how many pieces of memory earlier events had: what they had may be there still
 *  @throws OptionError  the probe has no such argument, or a value does not fit */
export function makeUpEvent(probe: string, program: ManifestProgram, named: readonly ManifestArgument[], { args, retval }: EventArguments, before = 0): MadeUpEvent {
  const memory = new MadeUpMemory(before);
  const values = new Map(valuesOf(program, named, args));
  const result = retval === undefined ? undefined : integer('retval', retval);
  switch (program.attach.kind) {
    case 'tracepoint': return { run: { context: recordOf(values, memory) }, memory: memory.placements };
    case 'kprobe': case 'kprobe_multi': case 'kprobe_session': case 'uprobe': case 'uprobe_multi':
      return { run: { context: registersOf(values, result, memory) }, memory: memory.placements };
    case 'rawtracepoint':
      if (named.some(({ source }) => source.kind.startsWith('syscall')) || /^tracepoint:syscalls:/.test(program.probe)) return systemCall(probe, values, memory);
      return { run: { context: wordsOf(values, undefined, memory, named) }, memory: memory.placements };
    case 'fentry': return { run: { context: wordsOf(values, result, memory, named) }, memory: memory.placements };
    case 'usdt': throw new OptionError('probe', `${program.probe} cannot be fired: its arguments lie where a program of the running machine has them`, 'ERR_OPTION_VALUE');
    case 'iter': throw new OptionError('probe', `${program.probe} cannot be fired: iterators walk through structures of a kernel, and there is none`, 'ERR_OPTION_VALUE');
    default: return { run: { context: new Uint8Array(REGISTERS_BYTES) }, memory: [] };
  }
}

/** The arguments that are given, each with the place it has; not those that this program does not use. */
function valuesOf(program: ManifestProgram, named: readonly ManifestArgument[], args: EventArguments['args']): [ManifestArgument, ArgumentValue][] {
  if (args === undefined) return [];
  if (Array.isArray(args)) return args.map((value: ArgumentValue, index) => [{ name: `arg${index}`, source: { kind: 'word', index }, pointsTo: program.attach.kind.startsWith('u') ? 'user' : 'kernel' }, value]);
  return named.flatMap((argument): [ManifestArgument, ArgumentValue][] => {
    const value = (args as Readonly<Record<string, ArgumentValue>>)[argument.name];
    return value === undefined ? [] : [[argument, value]];
  });
}

/** @param used  the arguments that the blocks of the probe use
 *  @throws OptionError  none of them uses one that is given */
export function checkArguments(probe: string, used: readonly ManifestArgument[], args: EventArguments['args']): void {
  if (args === undefined || Array.isArray(args)) return;
  const names = [...new Set(used.map((each) => each.name))];
  for (const name of Object.keys(args)) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new OptionError(`event.args.${name}`, names.length === 0
      ? `event.args.${name}: the script uses no arguments of ${probe} by name; give them as a list where it uses arg0, arg1 …`
      : `the script uses no argument ${name} of ${probe}: ${near === undefined ? `it uses ${names.join(', ')}` : `did you mean '${near}'?`}`, 'ERR_OPTION_VALUE');
  }
}

/** A record of a tracepoint; text of dynamic length lies behind the fields. */
function recordOf(values: ReadonlyMap<ManifestArgument, ArgumentValue>, memory: MadeUpMemory): Uint8Array {
  let fixed = TRACEPOINT_BYTES;
  let dynamic = 0;
  for (const [{ source, name }, value] of values) {
    if (source.kind === 'context') fixed = Math.max(fixed, source.offset + source.size);
    else if (source.kind === 'data_loc') {
      fixed = Math.max(fixed, source.offset + 4);
      dynamic += textBytes(name, value).length;
    } else throw wrongValue(`event.args.${name}`, value, 'given by the name that the script uses');
  }
  fixed = (fixed + 7) & ~7;
  const record = new Uint8Array(fixed + dynamic);
  const view = new DataView(record.buffer);
  let at = fixed;
  for (const [argument, value] of values) {
    const { source, name } = argument;
    if (source.kind === 'data_loc') {
      const bytes = textBytes(name, value);
      record.set(bytes, at);
      view.setUint32(source.offset, (bytes.length << 16) | (source.relative ? at - source.offset - 4 : at), true);
      at += bytes.length;
    } else if (source.kind === 'context') putField(record, argument, source, value, memory);
  }
  return record;
}

function putField(record: Uint8Array, argument: ManifestArgument, { offset, size }: Extract<ArgumentSource, { kind: 'context' }>, value: ArgumentValue, memory: MadeUpMemory): void {
  if (argument.pointsTo === undefined && (typeof value === 'string' || value instanceof Uint8Array)) {
    const bytes = typeof value === 'string' ? bytesOfText(value) : value;
    if (bytes.length > size) throw wrongValue(`event.args.${argument.name}`, value, `at most ${size} bytes long`);
    record.set(bytes, offset);
    return;
  }
  const word = wordOf(argument, value, memory);
  for (let i = 0; i < Math.min(size, WORD_BYTES); i++) record[offset + i] = Number((word >> BigInt(i * 8)) & 0xffn);
}

/** Arguments and the result in the registers that they have when a function is called and when it returns. */
function registersOf(values: ReadonlyMap<ManifestArgument, ArgumentValue>, result: bigint | undefined, memory: MadeUpMemory): Uint8Array {
  const context = new Uint8Array(REGISTERS_BYTES);
  const view = new DataView(context.buffer);
  for (const [argument, value] of values) {
    const { source, name } = argument;
    const register = source.kind === 'register' ? source.register : source.kind === 'word' ? argumentRegisters[ARCH][source.index] : undefined;
    if (register === undefined) throw wrongValue(`event.args.${name}`, value, `one of the first ${argumentRegisters[ARCH].length}: the others lie on the stack, which no made-up event has`);
    view.setBigUint64(registerOffset(ARCH, register)!, wordOf(argument, value, memory), true);
  }
  if (result !== undefined) view.setBigUint64(registerOffset(ARCH, returnRegister[ARCH])!, result, true);
  return context;
}

function wordsOf(values: ReadonlyMap<ManifestArgument, ArgumentValue>, result: bigint | undefined, memory: MadeUpMemory, named: readonly ManifestArgument[]): Uint8Array {
  const place = named.find(({ name }) => name === 'retval')?.source;
  const words: bigint[] = [];
  for (const [argument, value] of values) if (argument.source.kind === 'word') words[argument.source.index] = wordOf(argument, value, memory);
  if (result !== undefined && place?.kind === 'word') words[place.index] = result;
  const context = new Uint8Array(Math.max(words.length, 12) * WORD_BYTES);
  const view = new DataView(context.buffer);
  words.forEach((word, index) => view.setBigUint64(index * WORD_BYTES, word, true));
  return context;
}

/** In a program that stands for the tracepoints of many system calls. */
function systemCall(probe: string, values: ReadonlyMap<ManifestArgument, ArgumentValue>, memory: MadeUpMemory): MadeUpEvent {
  const [, direction, name = ''] = /^tracepoint:syscalls:sys_(enter|exit)_(.+)$/.exec(probe) ?? [];
  const known = syscallNumber(ARCH, name);
  if (known === undefined) throw new OptionError('probe', `${probe} is fired, but there is no system call ${name || probe}: fire the probe of one`, 'ERR_OPTION_VALUE');
  const number = BigInt(known);
  const registers = new Uint8Array(REGISTERS_BYTES);
  const view = new DataView(registers.buffer);
  let result = 0n;
  for (const [argument, value] of values) {
    const { source } = argument;
    if (source.kind === 'syscall') view.setBigUint64(registerOffset(ARCH, syscallRegisters[ARCH][source.index]!)!, wordOf(argument, value, memory), true);
    else if (source.kind === 'word') result = wordOf(argument, value, memory);
  }
  view.setBigUint64(syscallNumberField[ARCH].offset, number, true);
  const address = memory.place('kernel', registers);
  const context = new DataView(new ArrayBuffer(2 * WORD_BYTES));
  context.setBigUint64(0, address, true);
  context.setBigUint64(WORD_BYTES, direction === 'enter' ? number : result, true);
  return { run: { context: new Uint8Array(context.buffer) }, registers: address, memory: memory.placements };
}

/** What a register or a field of a record holds for a value. */
function wordOf({ name, pointsTo }: ManifestArgument, value: ArgumentValue, memory: MadeUpMemory): bigint {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    if (pointsTo === undefined) throw wrongType(`event.args.${name}`, value, 'a number: it is no pointer');
    return memory.place(pointsTo, textBytes(name, value));
  }
  return integer(`event.args.${name}`, value);
}

function integer(option: string, value: unknown): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'bigint') return BigInt.asUintN(64, value);
  if (typeof value !== 'number') throw wrongType(option, value, 'a number, a bigint, true or false, a string or bytes');
  if (!Number.isSafeInteger(value)) throw wrongValue(option, value, 'a whole number of at most 53 bits, or a bigint');
  return BigInt.asUintN(64, BigInt(value));
}

/** Text with its NUL. */
function textBytes(name: string, value: ArgumentValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') throw wrongType(`event.args.${name}`, value, 'a string or bytes');
  return Uint8Array.from([...bytesOfText(value), 0]);
}

class MadeUpMemory {
  readonly placements: MemoryPlacement[] = [];

  constructor(private readonly before: number) {}

  /** @returns the address */
  place(space: 'user' | 'kernel', bytes: Uint8Array): bigint {
    const address = firstAddress[space] + BigInt((this.before + this.placements.length) % MOST_PLACES) * SPACING;
    this.placements.push({ address, bytes, space, loadable: space === 'kernel' });
    return address;
  }
}
