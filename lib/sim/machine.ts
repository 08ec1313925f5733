// The BPF machine: an object with its maps, in an environment, whose programs can be run.
//
//   in     ObjectSpec, Environment
//   out    return values; maps and buffers as user space would find them; SimFault where the verifier or the loader would refuse
//   idea   no verifier: every rule is checked on the path that is taken

import type { ObjectSpec } from '../model/bpf/object-spec.js';
import type { Clocks, Environment, Stacks, Task } from './environment.js';
import { completeClocks, completeTask, fixedRandom } from './environment.js';
import type { Code } from './frame.js';
import { Frame, STACK_SIZE } from './frame.js';
import type { Call } from './helpers/helper.js';
import { LinkedObject } from './linked-object.js';
import { ArrayMap } from './maps/array.js';
import { HashMap } from './maps/hash.js';
import type { KeyedMap, SimMap } from './maps/map.js';
import { PerfEventArray } from './maps/perf-event-array.js';
import { RingBuffer } from './maps/ringbuf.js';
import { StackTraceMap } from './maps/stack-trace.js';
import type { Region } from './memory.js';
import { GARBAGE, Memory, UNWRITTEN } from './memory.js';

const DEFAULT_CPUS = 4;
const DEFAULT_BUDGET = 1_000_000;
const DEFAULT_PERF_BUFFER_BYTES = 65536;
const MAX_FRAMES = 8;

export interface RunOptions {
  /** default 0 */
  readonly cpu?: number;
  /** bytes r1 points to: pt_regs, tracepoint record, raw tracepoint arguments …; default none */
  readonly context?: Uint8Array;
  /** over the environment's */
  readonly task?: Partial<Task>;
  readonly stacks?: Stacks;
  /** get_attach_cookie */
  readonly cookie?: bigint;
  /** bpf_session_is_return */
  readonly isReturn?: boolean;
  /** get_func_ip */
  readonly functionIp?: bigint;
  /** arguments of a traced function in an fentry/fexit context; default: as many words as the context has */
  readonly argumentCount?: number;
  /** most instructions, default 1,000,000 */
  readonly budget?: number;
}

export interface RunResult {
  /** r0 at the exit, unsigned */
  readonly retval: bigint;
  /** executed, those of callees included */
  readonly instructions: number;
}

/** One run of a program; programs that interrupt each other have one each. */
export interface Activation {
  readonly cpu: number;
  readonly task: Task;
  readonly stacks: Stacks;
  readonly context: Region;
  readonly cookie: bigint;
  readonly functionIp: bigint;
  readonly isReturn: boolean;
  readonly argumentCount: number;
  /** ring-buffer records that wait to be submitted or discarded */
  readonly openRecords: Set<Region>;
  /** instructions that may still be executed */
  budget: number;
}

export class Machine {
  readonly memory = new Memory();
  readonly cpus: number;
  readonly clocks: Clocks;
  readonly random: () => number;
  /** what the default clocks read, in ns since boot */
  bootNs = 1_000_000_000_000n;
  readonly linked: LinkedObject;

  // What helpers did to the world outside.
  readonly signals: { readonly pid: number; readonly tgid: number; readonly signal: number; readonly scope: 'process' | 'thread' }[] = [];
  /** return values given to override_return */
  readonly overrides: bigint[] = [];
  /** texts of trace_printk */
  readonly tracePipe: string[] = [];
  /** pieces written by seq_printf and seq_write */
  readonly seqOutput: Uint8Array[] = [];

  readonly ringBuffers: readonly RingBuffer[];
  private readonly stackRegions: Region[] = [];
  private depth = 0;
  private current: Activation | undefined;

  /** @throws SimFault  for objects that the kernel or libbpf would refuse whatever the path taken */
  constructor(
    readonly object: ObjectSpec,
    readonly environment: Environment = {},
  ) {
    this.cpus = environment.cpus ?? DEFAULT_CPUS;
    this.clocks = completeClocks(environment, () => this.bootNs);
    this.random = environment.random ?? fixedRandom();
    for (const { address, bytes, space, writable, loadable } of environment.memory ?? []) this.memory.place(address, bytes, space, { writable, loadable });
    this.memory.probesLoads = environment.btfLoads ?? false;
    this.linked = new LinkedObject(object, this.memory, { cpus: this.cpus, perfBufferBytes: environment.perfBufferBytes ?? DEFAULT_PERF_BUFFER_BYTES });
    this.ringBuffers = [...this.linked.mapByName.values()].filter((map) => map instanceof RingBuffer);
    this.linked.compile(this);
  }

  /** Contents of .rodata; a runtime fills in values that are known only at start. */
  get rodata(): Uint8Array {
    return this.linked.rodata;
  }

  /** Runs a program to its exit. From environment.onHelper it may be called while another runs. */
  run(programName: string, options: RunOptions = {}): RunResult {
    const code = this.linked.codeByName.get(programName);
    if (code === undefined || code.section === undefined) throw new RangeError(`the object has no program ${programName}`);
    const cpu = options.cpu ?? 0;
    if (cpu < 0 || cpu >= this.cpus) throw new RangeError(`there is no CPU ${cpu}, only ${this.cpus}`);
    const bytes = options.context ?? new Uint8Array(0);
    this.memory.beginRun();
    const context = this.memory.allocate('context', `of ${programName}`, bytes);
    const budget = options.budget ?? DEFAULT_BUDGET;
    const interrupted = this.current;
    const { depth } = this;
    const activation: Activation = {
      cpu, context, budget,
      task: completeTask(this.environment.task, options.task),
      stacks: options.stacks ?? this.environment.stacks ?? {},
      cookie: options.cookie ?? 0n,
      functionIp: options.functionIp ?? 0n,
      isReturn: options.isReturn ?? false,
      argumentCount: options.argumentCount ?? bytes.length >> 3,
      openRecords: new Set(),
    };
    this.current = activation;
    try {
      const retval = this.invoke(code, undefined, [context.base]);
      return { retval: retval!, instructions: budget - activation.budget };
    } finally {
      for (const region of activation.openRecords) for (const buffer of this.ringBuffers) buffer.finish(region, 'discarded');
      this.depth = depth;
      this.current = interrupted;
      this.memory.free(context);
      this.memory.endRun();
    }
  }

  /** The running program's circumstances. */
  get activation(): Activation {
    if (this.current === undefined) throw new Error('no program is running');
    return this.current;
  }

  /** Calls a function of the object from `caller`; answers its r0. */
  invoke(code: Code, caller: Frame | undefined, args: readonly (bigint | undefined)[]): bigint | undefined {
    const stack = this.stackRegions[this.depth] ??= this.memory.allocate('stack', `frame ${this.depth}`, new Uint8Array(STACK_SIZE), { writable: true });
    const frame = new Frame(code, stack, this.memory, caller);
    if (frame.depth > MAX_FRAMES) caller!.fault(`the call stack of ${frame.depth} frames is too deep, ${MAX_FRAMES} is the limit`);
    if (frame.depthBytes > STACK_SIZE) (caller ?? frame).fault(`combined stack size of ${frame.depth} calls is ${frame.depthBytes}. Too large`);
    stack.live = true;
    stack.bytes.fill(GARBAGE);
    stack.written!.fill(UNWRITTEN);
    for (let i = 0; i < args.length; i++) frame.r[i + 1] = args[i];
    this.depth++;
    this.execute(frame);
    this.depth--;
    stack.live = false;
    if (caller === undefined) this.checkExit(frame);
    return frame.r[0];
  }

  /** Calls a callback from a helper; true when it wants no more. */
  callBack(call: Call, code: Code, args: readonly bigint[]): boolean {
    const { openRecords } = this.activation;
    const before = openRecords.size;
    const result = this.invoke(code, call.frame, args);
    if (result !== 0n && result !== 1n) call.fault(`callback ${code.name} returned ${result === undefined ? 'nothing' : BigInt.asIntN(64, result)}, must be 0 or 1`);
    if (openRecords.size !== before) call.fault(`callback ${code.name} keeps or releases a ring-buffer record of its caller (unreleased reference)`);
    return result === 1n;
  }

  // Maps, as user space reaches them.

  map(name: string): SimMap {
    const map = this.linked.mapByName.get(name);
    if (map === undefined) throw new RangeError(`the object has no map ${name}`);
    return map;
  }

  keyedMap(name: string): KeyedMap {
    const map = this.map(name);
    if (map instanceof HashMap || map instanceof ArrayMap) return map;
    throw new RangeError(`map ${name} is a ${map.spec.type}`);
  }

  ringBuffer(name: string): RingBuffer {
    const map = this.map(name);
    if (map instanceof RingBuffer) return map;
    throw new RangeError(`map ${name} is a ${map.spec.type}`);
  }

  perfEventArray(name: string): PerfEventArray {
    const map = this.map(name);
    if (map instanceof PerfEventArray) return map;
    throw new RangeError(`map ${name} is a ${map.spec.type}`);
  }

  stackTraceMap(name: string): StackTraceMap {
    const map = this.map(name);
    if (map instanceof StackTraceMap) return map;
    throw new RangeError(`map ${name} is a ${map.spec.type}`);
  }

  private execute(frame: Frame): void {
    const { steps } = frame.code;
    const activation = this.activation;
    for (let at = 0; at >= 0;) {
      frame.at = at;
      if (--activation.budget < 0) frame.fault('the instruction budget is used up: an endless loop, or a program the verifier would call too complex');
      at = steps[at]!(frame);
    }
  }

  private checkExit(frame: Frame): void {
    const result = frame.read(0);
    const [leaked] = this.activation.openRecords;
    if (leaked !== undefined) frame.fault(`exit with a ring-buffer ${leaked} that was neither submitted nor discarded (unreleased reference)`);
    const section = frame.code.section ?? '';
    if (/^f(entry|exit)(\.s)?\//.test(section) && result !== 0n) frame.fault(`a ${section.split('/')[0]} program must return 0, not ${result}`);
    if (/^iter(\.s)?\//.test(section) && result > 1n) frame.fault(`an iter program must return 0 or 1, not ${result}`);
  }
}
