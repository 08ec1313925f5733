// A script on made-up events: the machine of lib/sim instead of a kernel, and the same session, handlers and events as on a kernel.
//
//   facts  begin probes run at once, end probes by end(); what happens in between is what is fired. The task of begin and end is tbpf's own

import { readObject } from '../compiler/object/read-object.js';
import { OptionError } from '../model/diagnostics/errors.js';
import { nearest } from '../model/diagnostics/nearest.js';
import { functionOf, type Manifest, type ManifestArgument, type ManifestProgram } from '../model/layout/manifest.js';
import type { ObjectSpec } from '../model/bpf/object-spec.js';
import { CALL_OPCODE } from '../model/bpf/opcodes.js';
import { flag } from '../model/bpf/uapi.js';
import { plainRendering, type Rendering } from '../runtime/output/index.js';
import { Session } from '../runtime/session/session.js';
import { errnoText, Machine, type MemoryPlacement, type Task } from '../sim/index.js';
import { openValuesOf } from '../runtime/session/start-values.js';
import { lostEvent } from '../trace/live.js';
import { alternatives, matcher } from '../model/target/pattern.js';
import { eventHandlers, ScriptServices } from '../trace/services.js';
import { SimKernel } from '../trace/sim-kernel.js';
import { knownOptions, oneOf, textOption, wholeNumber, wrongType, wrongValue } from './check.js';
import { EventWriter } from './event-writer.js';
import type { TraceEvent } from './event.js';
import { checkArguments, makeUpEvent, type EventArguments } from './made-up-event.js';
import { MadeUpFunctions } from './made-up-functions.js';
import { Maps } from './maps.js';
import { type Compiled, Program, programOf } from './program.js';
import type { AnyTypes, ScriptTypes } from './script-types.js';

/** What programs see besides their arguments. What is given for an event holds for that event alone. */
export interface World {
  /** process: the script's `pid`; default 1234 */
  readonly pid?: number;
  /** thread; default: pid */
  readonly tid?: number;
  /** default `sim` */
  readonly comm?: string;
  /** default 1000 */
  readonly uid?: number;
  /** default 1000 */
  readonly gid?: number;
  /** id of the control group; default 1 */
  readonly cgroup?: bigint;
  /** default 0; there are four */
  readonly cpu?: number;
  /** ns since boot; stands still until an event gives it */
  readonly nsecs?: bigint;
  /** bytes by their addresses: those from 2^63 on are the kernel's, the others the process's */
  readonly memory?: ReadonlyMap<bigint, Uint8Array>;
  /** addresses, innermost first */
  readonly kstack?: readonly bigint[];
  readonly ustack?: readonly bigint[];
}

export interface SimulatedEvent extends World, EventArguments {}

/** What fire() takes for a probe. */
export interface SimulatedProbe {
  /** in full; where a block stands for more probes than its program can name, what stands in the script: `tracepoint:syscalls:sys_enter_*` */
  readonly probe: string;
  /** the arguments that blocks of the probe may use by name. takes: what they hold; address: a number, or text that lies where it points */
  readonly args: readonly { readonly name: string; readonly takes: 'number' | 'text' | 'address' }[];
  /** it fires when a function returns, and has its result */
  readonly hasRetval: boolean;
  /** arguments may be given as a list, for `arg0`, `arg1` … */
  readonly hasPositional: boolean;
}

export interface SimulationOptions extends World {
  /** what system() prints, for its command; without it nothing runs, and nothing is printed */
  readonly system?: (command: string) => string;
  /** what cat() reads; without it there are no files */
  readonly readFile?: (path: string) => string;
  /** arguments of an event that no block of its probe uses. error (default): fire() refuses them, as misspelled;  ignore: one event serves several scripts */
  readonly unusedArguments?: 'error' | 'ignore';
}

const worldNames = ['pid', 'tid', 'comm', 'uid', 'gid', 'cgroup', 'cpu', 'nsecs', 'memory', 'kstack', 'ustack'];
/** tbpf's own task */
const ownTask = { pid: 4321, tgid: 4321, uid: 0, comm: 'tbpf' } as const;
const RING_BYTES = 1 << 20;
const WORD_BYTES = 8;
const CPUS = 4;
/** how many arguments' memory stays: what is read is sought in all of it */
const MOST_TEXTS = 64;

/** A script that runs on made-up events. */
export class Simulation<S extends ScriptTypes = AnyTypes> {
  /** as those of a session; they can be read and changed at any time */
  readonly maps: Maps<S>;
  /** what the begin probes sent */
  readonly begin: readonly TraceEvent<S>[];
  readonly #manifest: Manifest;
  /** Addresses of what arguments of user space point to. A pointer that the script keeps leads there at later events, too: at the end of a system call its
   *  arguments are where they were. */
  readonly #texts: bigint[] = [];
  /** of memory that events have had so far */
  #pieces = 0;
  readonly #machine: Machine;
  readonly #session: Session;
  readonly #events: TraceEvent[] = [];
  readonly #world: World;
  readonly #unusedArguments: 'error' | 'ignore';
  readonly #functions = new MadeUpFunctions();
  #isRunning: boolean;
  #hasEnded = false;

  /** @internal */
  constructor(program: Program | Compiled | Uint8Array, { system, readFile, unusedArguments = 'error', ...world }: SimulationOptions) {
    const given = programOf(program, 'simulate()');
    const { manifest } = Program.parsed(given as Program<never>);
    this.#manifest = manifest;
    this.#world = world;
    this.#unusedArguments = unusedArguments;
    const { spec } = readObject(given.elf);
    if (callsAnotherObject(spec)) throw new OptionError('program', 'program calls a function of an imported BPF object, and the simulator runs functions of scripts only', 'ERR_OPTION_VALUE');
    this.#machine = new Machine(withRing(spec), { cpus: CPUS, btfLoads: true, memory: placements(world.memory) });
    const kernel = new SimKernel(this.#machine, manifest, { cpid: 0n, has_cpid: 0n, start_ns: this.#machine.bootNs, tai_offset: 0n, ...openValuesOf({ cpuCount: CPUS, pidNamespace: undefined, procNamespace: undefined, kernelSymbol: () => undefined, cgroupId: () => undefined, binary: () => undefined }, manifest.startValues) }, ownTask);
    const rendering: Rendering = { ...plainRendering, symbols: this.#functions };
    const writer = new EventWriter((event) => this.#events.push(event), rendering, manifest.events, (negative) => errnoText(negative).replace(/^-(?=E)/, ''));
    const services: ScriptServices = new SimulatedServices({
      manifest, writer, rendering, cpuCount: CPUS,
      map: (name) => kernel.map(name),
      exit: (status) => this.#session.exit(status),
      now: () => this.#machine.bootNs,
    }, system, readFile);
    this.#session = new Session(kernel, manifest, { handlers: eventHandlers(services), warnings: services.warnings, onLost: (lost) => writer.emit(lostEvent(lost)) });
    this.maps = new Maps(services.mapsByName, rendering);
    this.#session.begin();
    this.#isRunning = this.#session.handleEvents();
    this.begin = this.#take();
  }

  /** What can be fired, in the order of the script. */
  get probes(): readonly SimulatedProbe[] {
    const found = new Map<string, SimulatedProbe>();
    for (const program of this.#manifest.programs) {
      if (neverFired.has(program.attach.kind)) continue;
      const named = (this.#manifest.arguments?.[program.name] ?? []).filter(({ name }) => name !== 'retval');
      for (const probe of probesOf(program)) {
        const known = found.get(probe);
        const args = [...known?.args ?? [], ...named.map((argument) => ({ name: argument.name, takes: takes(argument) }))];
        found.set(probe, {
          probe, args: args.filter(({ name }, i) => args.findIndex((each) => each.name === name) === i),
          hasRetval: known?.hasRetval === true || isReturn(program), hasPositional: known?.hasPositional === true || positional.has(program.attach.kind),
        });
      }
    }
    return [...found.values()];
  }

  /** Given to exit(); undefined while the script goes on. */
  get status(): number | undefined {
    return this.#isRunning ? undefined : this.#session.status;
  }

  /** Runs every block of the script that stands for this probe, in their order, with its arguments.
   * @param probe  in full, as the `probe` builtin has it: `tracepoint:syscalls:sys_enter_openat`
   *  @returns what they sent; nothing once the script has called exit() or end() was called
   *  @throws OptionError  the script has no such probe, or the probe no such argument
   *  @throws SimFault  the program does what the kernel would not have loaded: a mistake of tbpf */
  fire(probe: string, event: SimulatedEvent = {}): readonly TraceEvent<S>[] {
    knownOptions('event', event, [...worldNames, 'args', 'retval']);
    const programs = this.#programsOf(probe);
    const { args, retval, ...world } = event;
    checkWorld('event', world);
    if (this.#unusedArguments === 'error') checkArguments(probe, programs.flatMap(({ name }) => this.#manifest.arguments?.[name] ?? []), args);
    for (const program of programs) {
      if (!this.#isRunning || this.#hasEnded) break;
      this.#run(probe, program, { args, retval }, { ...this.#world, ...world });
      this.#isRunning = this.#session.handleEvents();
    }
    return this.#take();
  }

  /** Runs the end probes, once.
   *  @returns what they sent */
  end(): readonly TraceEvent<S>[] {
    if (this.#hasEnded) return [];
    this.#hasEnded = true;
    this.#session.finish();
    this.#isRunning = false;
    return this.#take();
  }

  #run(probe: string, program: ManifestProgram, args: EventArguments, world: World): void {
    const machine = this.#machine;
    const { run, registers, memory } = makeUpEvent(probe, program, this.#manifest.arguments?.[program.name] ?? [], args, this.#pieces);
    this.#pieces += memory.length;
    const placed = [...memory, ...(world.memory === this.#world.memory ? [] : placements(world.memory))];
    for (const { address, bytes, space, loadable } of placed) machine.memory.place(address, bytes, space, { loadable });
    if (world.nsecs !== undefined) machine.bootNs = world.nsecs;
    const siblings = this.#manifest.programs.filter(({ name }) => name === program.name);
    // which of several places it was: as attaching numbers them
    const cookie = Math.max(placesOf(program)?.indexOf(partsOf(probe)[1]) ?? siblings.indexOf(program), 0);
    try {
      machine.run(functionOf(program), {
        ...run, functionIp: ofKernelFunctions.has(program.attach.kind) ? this.#functions.addressOf(partsOf(probe)[1]) : undefined, isReturn: program.within !== undefined, cookie: BigInt(cookie), cpu: world.cpu, task: { ...taskOf(world), registers }, stacks: { kernel: world.kstack, user: world.ustack },
      });
    } finally {
      const isText = (piece: MemoryPlacement): boolean => piece.space === 'user' && memory.includes(piece);
      for (const piece of placed) if (!isText(piece)) machine.memory.unplace(piece.address);
      this.#texts.push(...placed.filter(isText).map(({ address }) => address));
      for (const address of this.#texts.splice(0, Math.max(this.#texts.length - MOST_TEXTS, 0))) machine.memory.unplace(address);
    }
  }

  #programsOf(probe: unknown): readonly ManifestProgram[] {
    if (typeof probe !== 'string') throw wrongType('probe', probe, 'a string');
    const fired = this.#manifest.programs.filter(({ attach }) => !ranByItself.has(attach.kind));
    const found = fired.filter((program) => standsFor(program, probe));
    if (found.length > 0) return found;
    const names = [...new Set(fired.map((program) => program.probe))];
    const near = nearest(probe, names);
    const advice = /^(BEGIN|END)$/i.test(probe) ? 'begin probes run at once, end probes by end()' : near !== undefined ? `did you mean '${near}'?` : names.length === 0 ? 'it has none that can be fired' : `it has ${names.slice(0, 20).join(', ')}`;
    throw new OptionError('probe', `the script has no probe ${probe}: ${advice}`, 'ERR_OPTION_VALUE');
  }

  #take(): readonly TraceEvent<S>[] {
    return this.#events.splice(0) as unknown as TraceEvent<S>[];
  }
}

/** begin probes run at once, end probes by end() */
const ranByItself: ReadonlySet<string> = new Set(['begin', 'end']);
/** fire() says why the last two cannot be fired (made-up-event.ts) */
const neverFired: ReadonlySet<string> = new Set([...ranByItself, 'iter', 'usdt']);
const functionEnds: ReadonlySet<string> = new Set(['kprobe', 'kprobe_multi', 'kprobe_session', 'uprobe', 'uprobe_multi', 'fentry']);
const ofKernelFunctions: ReadonlySet<string> = new Set(['kprobe', 'kprobe_multi', 'kprobe_session', 'fentry']);
const positional: ReadonlySet<string> = new Set([...functionEnds, 'rawtracepoint']);

function isReturn({ attach }: ManifestProgram): boolean {
  return functionEnds.has(attach.kind) && 'return' in attach && attach.return;
}

/** The probes that a program stands for, as far as it can name them. */
function probesOf(program: ManifestProgram): readonly string[] {
  const [before] = partsOf(program.probe);
  return placesOf(program)?.map((place) => before + place) ?? [program.probe];
}

function takes({ source, pointsTo }: ManifestArgument): SimulatedProbe['args'][number]['takes'] {
  if (source.kind === 'data_loc') return 'text';
  if (pointsTo !== undefined) return 'address';
  return source.kind === 'context' && source.size > WORD_BYTES ? 'text' : 'number';
}

/** What a multi link is attached to, in the order of the cookies; undefined: a program for one place. */
function placesOf({ attach }: ManifestProgram): readonly string[] | undefined {
  switch (attach.kind) {
    case 'kprobe_multi': case 'kprobe_session': return attach.symbols;
    case 'uprobe_multi': return attach.labels;
    default: return undefined;
  }
}

/** `kprobe:` and `vfs_read`: only the last part of an attach point takes alternatives. */
function partsOf(probe: string): readonly [before: string, name: string] {
  const at = probe.lastIndexOf(':') + 1;
  return [probe.slice(0, at), probe.slice(at)];
}

/** Whether a program runs when the probe fires: it is named as the block names it, or is one of what that stands for. */
function standsFor(program: ManifestProgram, probe: string): boolean {
  if (program.probe === probe) return true;
  const [[before, names], [provider, name]] = [partsOf(program.probe), partsOf(probe)];
  const places = placesOf(program);
  if (places !== undefined) return matcher(before)(provider) && places.includes(name);
  return matcher(program.probe)(probe) || (names.includes('|') && matcher(before)(provider) && alternatives(names)(name));
}

/** Nothing of this machine is run or read. */
class SimulatedServices extends ScriptServices {
  override readonly runShell: ScriptServices['runShell'];
  override readonly readFile: ScriptServices['readFile'];

  constructor(options: ConstructorParameters<typeof ScriptServices>[0], system: SimulationOptions['system'], readFile: SimulationOptions['readFile']) {
    super(options);
    this.runShell = (command) => ({ status: 0, output: system?.(command) ?? '' });
    this.readFile = (path, maxBytes) => {
      if (!readFile) throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT', errno: -2, syscall: 'open', path });
      return readFile(path).slice(0, maxBytes);
    };
  }
}

/** Functions of the script are known by their names, those that the linker has added are not. */
function callsAnotherObject({ programs, subprograms }: ObjectSpec): boolean {
  return [...programs, ...subprograms].some(({ insns }) => insns.some((insn) => insn.opcode === CALL_OPCODE && insn.src === flag.BPF_PSEUDO_CALL && insn.reference?.kind !== 'function'));
}

/** The runtime sets the size of the ring buffer when it loads an object. */
function withRing(object: ObjectSpec): ObjectSpec {
  return { ...object, maps: object.maps.map((map) => (map.type === 'ringbuf' ? { ...map, maxEntries: RING_BYTES } : map)) };
}

function taskOf({ pid = 1234, tid = pid, comm, uid, gid, cgroup }: World): Partial<Task> {
  return { tgid: pid, pid: tid, ...(comm !== undefined && { comm }), ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }), ...(cgroup !== undefined && { cgroupId: cgroup }) };
}

function placements(memory: World['memory']): MemoryPlacement[] {
  return [...memory ?? []].map(([address, bytes]) => ({ address, bytes, space: address >> 63n === 1n ? 'kernel' : 'user' }));
}

/** @throws OptionError */
export function checkSimulation(options: unknown): SimulationOptions {
  knownOptions('options', options, [...worldNames, 'system', 'readFile', 'unusedArguments']);
  const given = options as SimulationOptions;
  if (given.system !== undefined && typeof given.system !== 'function') throw wrongType('options.system', given.system, 'a function');
  if (given.readFile !== undefined && typeof given.readFile !== 'function') throw wrongType('options.readFile', given.readFile, 'a function');
  oneOf('options.unusedArguments', given.unusedArguments, ['error', 'ignore']);
  checkWorld('options', given);
  return given;
}

/** @throws OptionError */
function checkWorld(where: string, world: World): void {
  for (const name of ['pid', 'tid', 'uid', 'gid', 'cpu'] as const) wholeNumber(`${where}.${name}`, world[name], 0);
  if (world.cpu !== undefined && world.cpu >= CPUS) throw wrongValue(`${where}.cpu`, world.cpu, `less than ${CPUS}`);
  textOption(`${where}.comm`, world.comm);
  for (const name of ['cgroup', 'nsecs'] as const) if (world[name] !== undefined && typeof world[name] !== 'bigint') throw wrongType(`${where}.${name}`, world[name], 'a bigint');
  for (const name of ['kstack', 'ustack'] as const) {
    if (world[name] !== undefined && !(Array.isArray(world[name]) && world[name].every((address) => typeof address === 'bigint'))) throw wrongType(`${where}.${name}`, world[name], 'a list of bigints');
  }
  const { memory } = world;
  if (memory === undefined) return;
  if (!(memory instanceof Map) || ![...memory].every(([address, bytes]) => typeof address === 'bigint' && bytes instanceof Uint8Array)) throw wrongType(`${where}.memory`, memory, 'a Map of bytes (Uint8Array) by their addresses (bigint)');
}
