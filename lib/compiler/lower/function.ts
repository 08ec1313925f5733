// One BPF function while it is lowered: its builder, its places for values, its way out.
//
//   places   small objects on the stack, larger ones in per-CPU scratch memory whose address is found once, at the head of the
//            function. Temporaries live for one statement, variables for the program.
//   frugal   a program whose frames were found not to fit the 512 bytes of a stack is lowered again: variables, temporaries and keys
//            lie in scratch memory then, and nothing lives in registers from one statement to the next
//   nesting  programs that the kernel never runs inside one another on one CPU (tracepoint, kprobe, perf event share one guard)
//            use scratch slot 0 of their map. Others claim a free slot by an atomic exchange and give it back on every way out;
//            when none is free the event is counted as lost.
//   loops    the body of a loop is a callback. It gets the address of the frame, a stack object, whose first word is the address of the
//            scratch memory: there lie the variables that it shares with its surroundings. On the stack the verifier would know their
//            values, and follow a loop that counts in one of them turn by turn; what it loads from a map can be anything.
//            The context of the program lies in the frame too: a pointer that was spilled to the stack keeps its type for the
//            verifier, also when a callback loads it
//   functions  of the script are called with the address of the frame, too (flow/subprogram.ts)

import { type Block, type Func, type FuncKind, type StackSlot, type Value, type ValueType, Func as IrFunc, pointer, u64 } from '../../model/ir/ir.js';
import { Cell, IrBuilder } from '../../model/ir/builder.js';
import { roundUp, sizeOf } from '../../model/types/size.js';
import type { ProgramKind } from '../../language/record.js';
import type { TypedProbe, TypedSubprogram, VariableInfo } from '../../language/typed-program.js';
import { diamond } from '../../language/branches.js';
import { irType, isScalar } from './values/convert.js';
import { LOST_EVENTS, type ModuleState } from './module-state.js';

/** Program kinds that exclude each other on a CPU (trace_call_bpf's bpf_prog_active, bpf_overflow_handler). */
const exclusiveKinds: ReadonlySet<ProgramKind> = new Set(['tracepoint', 'kprobe', 'perf_event']);
const CLAIMED_SLOTS = 4;
/** stack bytes that temporaries and variables may take; the rest is for keys, spills and callbacks */
const STACK_BUDGET = 224;
/** of these, bytes for variables, which no statement gives back */
const VARIABLE_BUDGET = 128;
/** the claim word of a slot precedes its bytes */
export const CLAIM_BYTES = 8;
/** PCPU_MIN_UNIT_SIZE */
const PER_CPU_LIMIT = 32768;

/** One of the script's functions, lowered for a program. */
export interface SubprogramFrame {
  readonly subprogram: TypedSubprogram;
  /** of the BPF function */
  readonly name: string;
  /** the parameters that it gets in registers; the others lie in scratch memory */
  readonly inRegisters: readonly VariableInfo[];
  /** it gets the address of the frame as its last argument */
  usesFrame: boolean;
  /** it may leave the probe: it sets the frame's leftMark then */
  leaves: boolean;
}

/** What a program, the callbacks of its loops and the functions that it calls share. */
export class ProgramFrame {
  /** bytes of the shared stack object so far */
  frameBytes = 8; // the first word is SCRATCH_IN_FRAME
  scratchBytes = 0;
  /** bytes behind the last object that may be read, whatever is in them */
  scratchSlack = 0;
  private readonly holes: { at: number; size: number }[] = [];
  /** where variables that several functions use lie, and results of functions */
  readonly scratchOffsets = new Map<VariableInfo | TypedSubprogram, number>();
  readonly subprograms = new Map<TypedSubprogram, SubprogramFrame>();
  private leftOffset: number | undefined;
  usesScratch = false;
  /** where in the frame callbacks find the program's context; undefined: none of them wants it */
  contextOffset: number | undefined;
  /** the function that the kernel runs; it finds the scratch memory for the callbacks too */
  program!: FunctionState;

  constructor(
    readonly typed: TypedProbe,
    readonly programIndex: number,
    /** number of the first program whose probes are in the same file, or in none as here: equal addresses from several probes are equal as keys */
    readonly fileIndex: number,
    readonly frugal: boolean,
  ) {}

  get exclusive(): boolean {
    return exclusiveKinds.has(this.typed.resolved.record.programKind) && !this.typed.resolved.record.name.startsWith('u');
  }

  /** More than a per-CPU value may hold: an array has the memory of all CPUs. */
  get isLarge(): boolean {
    return this.memoryBytes > PER_CPU_LIMIT;
  }

  private get memoryBytes(): number {
    return CLAIM_BYTES + this.scratchBytes + this.scratchSlack;
  }

  get scratchMapName(): string {
    return `${this.exclusive ? 'tbpf_scratch' : 'tbpf_slots'}${this.isLarge ? '_l' : ''}`;
  }

  /** The map with the memory of all programs that share it; to be asked when the program is complete. */
  declareScratch(state: ModuleState): void {
    if (!this.usesScratch) return;
    const slots = this.exclusive ? 1 : CLAIMED_SLOTS;
    state.scratchMap(this.scratchMapName, this.isLarge ? 'array' : 'percpu_array', this.isLarge ? slots * state.program.target.cpuCount : slots, this.memoryBytes);
  }

  allocateFrame(size: number): number {
    const at = roundUp(this.frameBytes, 8);
    this.frameBytes = at + size;
    return at;
  }

  /** Bytes of the scratch memory, where others gave theirs back if it is enough. */
  allocateScratch(size: number): number {
    const wanted = roundUp(size, 8);
    const hole = this.holes.find((h) => h.size >= wanted);
    if (!hole) {
      this.scratchBytes += wanted;
      return this.scratchBytes - wanted;
    }
    hole.at += wanted;
    hole.size -= wanted;
    return hole.at - wanted;
  }

  /** Where in the frame a function says that the probe is left: u64, then 1. */
  get leftMark(): number {
    return (this.leftOffset ??= this.allocateFrame(8));
  }

  /** Scratch memory that `body` allocates is never given to others: what it lowers may run while any value of the program is alive. */
  withOwnScratch(body: () => void): void {
    const holes = this.holes.splice(0);
    body();
    this.holes.splice(0, this.holes.length, ...holes);
  }

  freeScratch(at: number, size: number): void {
    const wanted = roundUp(size, 8);
    const before = this.holes.find((h) => h.at + h.size === at);
    const after = this.holes.findIndex((h) => h.at === at + wanted && h.size > 0);
    const grown = wanted + (after >= 0 ? this.holes.splice(after, 1)[0]!.size : 0);
    if (before) before.size += grown;
    else this.holes.push({ at, size: grown });
  }
}

interface Mark { readonly stackBytes: number; readonly temporaries: number }
export interface MemoryPlace { readonly base: Value; readonly offset: number }

export class FunctionState {
  readonly func: Func;
  readonly b: IrBuilder;
  readonly cells = new Map<VariableInfo, Cell>();
  private readonly memory = new Map<VariableInfo, MemoryPlace>();
  private stackBytes = 0;
  private variableBytes = 0;
  private readonly temporaries: { readonly at: number; readonly size: number }[] = [];
  private scratchAddress: Value | undefined;
  private readonly prologue;
  private frameSlot: StackSlot | undefined;
  private frameAddress: Value | undefined;
  /** the object of an iterator, tested to be there, and where the context has it; loop bodies have none */
  object: { readonly offset: number; readonly value: Value } | undefined;
  private contextFromFrame: Value | undefined;
  /** where the function ends: releases what it holds, then returns */
  readonly exits: { readonly block: Block; readonly value: Cell };

  constructor(
    readonly state: ModuleState,
    readonly frame: ProgramFrame,
    name: string,
    readonly kind: FuncKind,
    section: string,
    parameters: readonly ValueType[],
  ) {
    this.func = new IrFunc(name, kind, section);
    this.b = new IrBuilder(this.func);
    this.b.interruptible = !frame.exclusive;
    this.prologue = this.b.block;
    const args = parameters.map((type) => this.b.parameter(type));
    this.parameters = args;
    const body = this.b.newBlock('body');
    this.exits = { block: this.b.newBlock('exit'), value: new Cell('retval', u64) };
    this.body = body;
    this.b.enter(body, { seal: false });
    state.functions.push(this.func);
    if (kind === 'program') frame.program = this;
  }

  readonly parameters: readonly Value[];
  private readonly body;
  /** the function of the script that this is, or that the loop is in whose body this is */
  subprogram: SubprogramFrame | undefined;

  /** code that the way out runs before it returns */
  readonly onExit: (() => void)[] = [];

  /** Leaves the function with this value. */
  return(value: Value | number | bigint): void {
    this.b.write(this.exits.value, typeof value === 'object' ? value : this.b.const(value));
    this.b.jump(this.exits.block);
  }

  // ---- memory ----------------------------------------------------------------------------------------------------

  /** Memory for `size` bytes. Small objects on the stack while it has room, else scratch. */
  allocate(name: string, size: number, align: 1 | 2 | 4 | 8 = 8): MemoryPlace {
    const limit = Math.max(this.state.program.config.number('on_stack_limit'), 64);
    const padded = roundUp(Math.max(size, 1), 8);
    if (this.frame.frugal) return this.scratchPlace(size, 'statement');
    if (padded <= limit && this.stackBytes + this.variableBytes + padded <= STACK_BUDGET && this.kind === 'program') {
      this.stackBytes += padded;
      return { base: this.b.slot(this.func.newSlot(name, size, align)), offset: 0 };
    }
    if (padded <= 32 && this.kind !== 'program' && this.stackBytes + padded <= 96) {
      this.stackBytes += padded;
      return { base: this.b.slot(this.func.newSlot(name, size, align)), offset: 0 };
    }
    return this.scratchPlace(size, 'statement');
  }

  /** Scratch memory for the statement at hand, or for as long as the program runs. */
  scratchPlace(size: number, until: 'statement' | 'end'): MemoryPlace {
    const at = this.frame.allocateScratch(size);
    if (until === 'statement') this.temporaries.push({ at, size });
    return { base: this.scratch(), offset: at + CLAIM_BYTES };
  }

  /** What is allocated from here on is given back by release(). */
  mark(): Mark {
    return { stackBytes: this.stackBytes, temporaries: this.temporaries.length };
  }

  release({ stackBytes, temporaries }: Mark): void {
    this.stackBytes = stackBytes;
    for (const { at, size } of this.temporaries.splice(temporaries)) this.frame.freeScratch(at, size);
  }

  /** Room for a key or for the first value of an element; at most 64 bytes of it are on the stack, outside the budget. */
  elementPlace(name: string, size: number, until: 'statement' | 'end'): MemoryPlace {
    return size <= (this.frame.frugal ? 8 : 64) ? { base: this.slot(name, roundUp(size, 8)), offset: 0 } : this.scratchPlace(size, until);
  }

  /** A small stack object outside the budget: indices and the like. */
  slot(name: string, size: number, align: 1 | 2 | 4 | 8 = 8): Value {
    return this.b.slot(this.func.newSlot(name, size, align));
  }

  scratch(): Value {
    this.frame.usesScratch = true;
    if (this.kind !== 'program') {
      this.frame.program.scratch();
      this.scratchAddress ??= this.func.newValue('load', pointer('map_value'), [this.frameBase()], { offset: SCRATCH_IN_FRAME, width: 8, signed: false });
    }
    this.scratchAddress ??= this.func.newValue('call', pointer('map_value', true), [], { name: 'map_lookup_elem' });
    return this.scratchAddress;
  }

  // ---- the frame -------------------------------------------------------------------------------------------------

  /** Address of the frame that loop bodies and functions share with the program. */
  frameBase(): Value {
    if (this.kind === 'subprogram') this.subprogram!.usesFrame = true;
    if (this.kind !== 'program') return this.parameters.at(-1)!;
    if (!this.frameAddress) {
      this.frameSlot = this.func.newSlot('frame', 8, 8);
      this.frameAddress = this.func.newValue('slot', pointer('stack'), [], { slot: this.frameSlot });
      this.frameAddress.block = this.prologue;
    }
    return this.frameAddress;
  }

  /** What the kernel gave the program. */
  get context(): Value {
    if (this.kind === 'program') return this.parameters[0]!;
    if (!this.contextFromFrame) {
      const offset = (this.frame.contextOffset ??= this.frame.allocateFrame(8));
      this.contextFromFrame = this.func.newValue('load', pointer('ctx'), [this.frameBase()], { offset, width: 8, signed: false });
      this.contextFromFrame.block = this.prologue;
      this.prologue.instructions.push(this.contextFromFrame);
    }
    return this.contextFromFrame;
  }

  // ---- variables -------------------------------------------------------------------------------------------------

  /** SSA cell of a scalar variable that no loop shares. */
  cell(info: VariableInfo): Cell | undefined {
    if (info.captured || this.frame.frugal || !isScalar(info.type) || this.frame.scratchOffsets.has(info)) return undefined;
    let cell = this.cells.get(info);
    if (!cell) {
      cell = new Cell(info.name, irType(info.type));
      this.cells.set(info, cell);
    }
    return cell;
  }

  /** Memory of a variable that is not in a cell. */
  variable(info: VariableInfo): MemoryPlace {
    const size = sizeOf(info.type);
    if (info.captured || this.frame.scratchOffsets.has(info)) return this.shared(info, size);
    let place = this.memory.get(info);
    if (!place) {
      // variables outlive statements: their bytes are never given back
      const onStack = !this.frame.frugal && size <= 32 && this.variableBytes + size <= VARIABLE_BUDGET;
      if (onStack) this.variableBytes += roundUp(size, 8);
      place = onStack ? { base: this.slotInPrologue(`$${info.name}`, size), offset: 0 } : this.scratchPlace(size, 'end');
      this.memory.set(info, place);
    }
    return place;
  }

  /** The same scratch memory for all functions of the program. */
  shared(what: VariableInfo | TypedSubprogram, size: number): MemoryPlace {
    let at = this.frame.scratchOffsets.get(what);
    if (at === undefined) {
      at = this.frame.allocateScratch(size);
      this.frame.scratchOffsets.set(what, at);
    }
    return { base: this.scratch(), offset: at + CLAIM_BYTES };
  }

  private slotInPrologue(name: string, size: number): Value {
    const slot = this.func.newSlot(name, size, 8);
    const value = this.func.newValue('slot', pointer('stack'), [], { slot });
    value.block = this.prologue;
    this.prologue.instructions.push(value);
    return value;
  }

  // ---- end -------------------------------------------------------------------------------------------------------

  /** Writes the head and the way out. `bodyEnd` has been lowered. */
  finish(defaultReturn: number): void {
    const { b, frame } = this;
    if (!b.ended) this.return(defaultReturn);
    b.enter(this.exits.block);
    this.releaseSlot();
    for (const release of this.onExit) release();
    b.return(b.read(this.exits.value));

    b.enter(this.prologue, { seal: false });
    b.span = undefined;
    if (this.frameSlot) {
      const slot = this.func.slots[this.frameSlot.id] as { size: number };
      slot.size = roundUp(Math.max(frame.frameBytes, 8), 8);
      this.prologue.instructions.unshift(this.frameAddress!);
      b.zero(this.frameAddress!, 0, slot.size);
      if (frame.contextOffset !== undefined) b.store(this.frameAddress!, frame.contextOffset, 8, this.context);
    }
    if (this.scratchAddress) this.findScratch();
    b.jump(this.body);
    b.seal(this.body);
  }

  /** Takes back the last parameter, which nothing uses. */
  dropFrame(): void {
    this.func.entry.params.pop();
  }

  private findScratch(): void {
    const { b, frame } = this;
    const lookup = this.scratchAddress!;
    if (this.kind !== 'program') {
      this.place(lookup, [this.frameBase()]);
      return;
    }
    const none = b.newBlock('no-scratch');
    if (frame.exclusive) {
      const key = this.slot('scratch.key', 4, 4);
      b.store(key, 0, 4, this.scratchIndex(1, 0));
      this.place(lookup, [b.map(frame.scratchMapName), key]);
      const found = b.newBlock('scratch');
      b.branch('ne', lookup, b.const(0), found, none, true);
      b.enter(none);
      b.return(b.const(0));
      b.enter(found);
      this.tellCallbacks(lookup);
      return;
    }
    this.claimSlot(none);
  }

  /** Tries the slots in turn; the one whose claim word was 0 is ours. */
  private claimSlot(none: Block): void {
    const { b, frame } = this;
    const claimed = new Cell('scratch', pointer('map_value'));
    const done = b.newBlock('scratch');
    const key = this.slot('scratch.key', 4, 4);
    for (let i = 0; i < CLAIMED_SLOTS; i++) {
      b.store(key, 0, 4, this.scratchIndex(CLAIMED_SLOTS, i));
      const address = b.call('map_lookup_elem', [b.map(frame.scratchMapName), key], pointer('map_value', true));
      const there = b.newBlock('slot');
      const next = i === CLAIMED_SLOTS - 1 ? none : b.newBlock('next-slot');
      b.branch('ne', address, b.const(0), there, none, true);
      b.enter(there);
      const before = b.emit('atomic_xchg', u64, [address, b.const(1)], { offset: 0, width: 8 });
      b.write(claimed, address);
      b.branch('eq', before, b.const(0), done, next, true);
      if (next !== none) b.enter(next);
    }
    b.enter(none);
    this.countLost();
    b.return(b.const(0));
    b.enter(done);
    const address = b.read(claimed);
    this.tellCallbacks(address);
    // The body was built with a stand-in for the address, which is known only now: the stand-in becomes an alias of the claimed address.
    this.aliases.push([this.scratchAddress!, address]);
  }

  /** Index of a slot in the map: it has one for every CPU, or the map has all CPUs' slots. */
  private scratchIndex(slots: number, slot: number): Value | number {
    if (!this.frame.isLarge) return slot;
    const { b } = this;
    return b.add(b.binary('mul', b.call('get_smp_processor_id', [], u64), b.const(slots), u64), slot);
  }

  private tellCallbacks(scratch: Value): void {
    if (this.frameSlot) this.b.store(this.frameAddress!, SCRATCH_IN_FRAME, 8, scratch);
  }

  readonly aliases: [from: Value, to: Value][] = [];

  private releaseSlot(): void {
    if (this.scratchAddress && !this.frame.exclusive && this.kind === 'program') this.b.store(this.scratchAddress, 0, 8, 0);
  }

  /** Inserts a value into the current block that was made before its block was known. */
  private place(value: Value, args: Value[]): void {
    value.args = args;
    value.block = this.b.block;
    this.b.block.instructions.push(value);
  }

  /** Adds one to the program's count of lost events. */
  countLost(): void {
    const { b } = this;
    this.state.usesRingBuffer = true;
    const key = this.slot('lost.key', 4, 4);
    b.store(key, 0, 4, this.frame.programIndex);
    const count = b.call('map_lookup_elem', [b.map(LOST_EVENTS), key], pointer('map_value', true));
    diamond(b, 'ne', count, 0, () => b.addInPlace(count, 0, 1));
  }
}

/** Stores the address of the scratch memory in the frame, where callbacks load it. */
const SCRATCH_IN_FRAME = 0;
