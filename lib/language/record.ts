// The records of the language: what a function, a builtin value and a probe kind each say about themselves, and what the
// compiler offers them while it checks (CheckContext) and lowers (LowerContext).

import type { IrBuilder } from '../model/ir/builder.js';
import type { Value as IrValue } from '../model/ir/ir.js';
import type { Message, Report } from '../model/diagnostics/diagnostic.js';
import type { AttachPoint, Call, CallArgument, Expression, MapAccess, MapRef, Variable } from '../model/syntax/nodes.js';
import type { ArgumentSource, AttachSpec, ManifestMap } from '../model/layout/manifest.js';
import type { Span } from '../model/source/source.js';
import type { StructType, TimeFormat, Type } from '../model/types/types.js';
import type { Target, TracepointFormat } from '../model/target/target.js';
import type { Config } from './config.js';
import type { Listing } from './listing.js';
import type { EventHandler } from './services.js';
import type { TypeFinder } from './type-finder.js';

// ---- probes ------------------------------------------------------------------------------------------------------

/** Kernel program type and, with it, what may nest in what and which helpers exist. */
export const programKinds = ['raw_tracepoint', 'tracepoint', 'kprobe', 'perf_event', 'tracing', 'iter', 'xdp'] as const;
export type ProgramKind = (typeof programKinds)[number];

/** One argument of a probe that has named arguments (`args.x`). */
export interface ProbeArgument {
  readonly name: string;
  readonly type: Type;
  /** Given where the type takes long to find: whether it is a pointer, and where to. */
  readonly pointsTo?: 'kernel' | 'user' | 'nowhere';
  /** how it is read from the context; see lower/memory/load.ts */
  readonly source: ArgumentSource;
}

/** One event that a probe is attached to. */
export interface ProbeMatch {
  /** full probe string (language.md 3.3) */
  readonly probe: string;
  readonly attach: AttachSpec;
  /** how many probes it stands for, where `attach` does not say */
  readonly count?: number;
}

/** An attach point resolved against a target: one BPF program. */
export interface ResolvedProbe {
  readonly record: ProbeRecord;
  readonly point: AttachPoint;
  readonly matches: readonly ProbeMatch[];
  /** how the program tells several matches apart when `probe` or arguments are used; undefined: it cannot */
  readonly selector?: 'cookie' | 'syscall';
  /** probe strings by what the selector answers; undefined: those of `matches` */
  readonly names?: readonly string[];
  /** numbers that differ from place to place of a USDT probe, by row (model/layout/usdt.ts, UsdtPlace) and column */
  readonly numbers?: readonly (readonly bigint[])[];
  /** ELF section, which makes libbpf choose the program type */
  readonly section: string;
  readonly arguments?: readonly ProbeArgument[];
  /** arguments that no program can read, and why: a reason that follows "it" */
  readonly unreadable?: readonly { readonly name: string; readonly reason: string }[];
  readonly argumentsName?: string;
  /** type of `retval` where it is typed, and where it is */
  readonly returnType?: Type;
  readonly returnSource?: Extract<ProbeArgument['source'], { kind: 'word' | 'register' }>;
  /** Why `retval` cannot be read: a reason that follows "it". */
  readonly returnUnreadable?: string;
  /** `ctx` where it is a struct (iterators) */
  readonly contextStruct?: StructType;
  readonly tracepoint?: TracepointFormat;
  /** on a raw tracepoint of all system calls: the calls that are wanted */
  readonly syscalls?: { readonly exit: boolean; readonly numbers: readonly number[] };
  /** attached to a function that map operations call: the program must not run inside another program of the script on the same CPU */
  readonly guarded?: boolean;
  /** the probed file, and the addresses in it of the places that are probed, by the cookie of their links */
  readonly binary?: { readonly path: string; readonly places: readonly bigint[] };
}

/** What `probe` may say in this program. */
export function probeNames(resolved: ResolvedProbe): readonly string[] {
  return resolved.names ?? resolved.matches.map((match) => match.probe);
}

export interface ResolveContext {
  readonly target: Target;
  readonly config: Config;
  readonly report: Report;
  readonly unsafe: boolean;
  readonly pid?: number;
  /** reads a number as an attach point writes it (durations, hex, scientific); undefined when it is none */
  parseNumber(text: string): bigint | undefined;
  /** what the body of the probe mentions, so that a record can choose between one program and one per match */
  readonly uses: {
    readonly probe: boolean; readonly args: boolean; readonly func: boolean;
    /** members of `args`; undefined: `args` is also used as a whole */
    readonly fields: readonly string[] | undefined;
    /** every name that is used as a builtin or function, with `()` where it is called with arguments */
    readonly calls: ReadonlySet<string>;
  };
  /** tracepoints of many system calls may become one program (probes/syscalls.ts) */
  readonly foldsSyscalls: boolean;
  /** struct, enum and typedef types of the target by BTF id */
  typeOfBtf(id: number, module?: string): Type;
  /** types by the names that the script may use */
  readonly finder: TypeFinder;
}

export interface ProbeFacts {
  readonly tracepoints?: readonly TracepointFormat[];
  /** module and event */
  readonly rawTracepoints?: readonly (readonly [string, string])[];
  readonly functions?: readonly { readonly module: string; readonly name: string }[];
  /** the types of the kernel */
  readonly types?: true;
}

export interface ProbeRecord {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc: string;
  readonly syntax: string;
  readonly programKind: ProgramKind;
  /** address space of pointers and integers that say nothing else (language.md 2.6) */
  readonly addressSpace: 'none' | 'kernel' | 'user';
  /** how `-p` is carried out: by a test in the program, by the kernel's own filter, or not at all */
  readonly pidFilter: 'program' | 'kernel' | 'none';
  /** the context is a struct pt_regs: argN, reg(), retval, func */
  readonly registers: boolean;
  readonly isReturn?: boolean;
  /** what the BPF program returns */
  readonly returnValue: 0 | 1;
  /** The kernel minds what the program returns: what a script returns there is computed and dropped (language.md 3.5). */
  readonly returnsFixed?: true;
  /** feature of the kernel, as Target.has names it, without which it takes no probe of this kind; undefined: none */
  readonly needs?: string;
  /** what `probetype` says, where that is not the name */
  readonly typeName?: string;
  /** the probe fires in tbpf's own process */
  readonly inOwnProcess?: true;
  /** the probe is at a function, so that `func` has a value */
  readonly ofFunction?: true;
  /** arguments have names that can be listed: `args.x` */
  readonly namedArguments?: true;
  /** argN are the arguments of the same name, and `args.N` too (usdt) */
  readonly numberedArguments?: true;
  /** argN are the words of the context */
  readonly argumentWords?: true;
  /** undefined: whatever a script names exists, so that there is nothing to list */
  readonly listing?: Listing;
  /** a probe of this kind must be the script's only probe, with one attach point */
  readonly alone?: boolean;
  /** no two probes of the kind may have one name */
  readonly uniqueNames?: boolean;
  /** What a recording of a machine must hold for scripts with such probes (tbpf/compiler); undefined: nothing;  'elsewhere': their places lie in files or
   *  processes, which cannot be recorded.
   * @param parts  of the attach point, without the provider */
  readonly facts?: 'elsewhere' | ((parts: readonly string[], target: Target) => ProbeFacts);
  /** Modules that such a probe is in, as names or patterns with `*`; undefined: it is in none.
   * @param parts  of the attach point, without the provider */
  readonly modules?: (parts: readonly string[], target: Target) => readonly string[];
  /** Programs made of one attach point. Reports what is wrong with it; [] when nothing matches (the caller applies missing_probes). */
  resolve(point: AttachPoint, context: ResolveContext): readonly ResolvedProbe[];
  /** The full text of a probe that exists and is spelt like one that does not. */
  similar?(point: Pick<AttachPoint, 'parts'>, context: Pick<ResolveContext, 'target'>): string | undefined;
}

// ---- checking ----------------------------------------------------------------------------------------------------

export interface CheckContext {
  readonly target: Target;
  readonly config: Config;
  readonly probe: ResolvedProbe;
  readonly report: Report;
  /** for diagnostics about a value without type: reported only when nothing else is wrong */
  readonly reportUntyped: Report;
  readonly unsafe: boolean;
  /** facts that differ from run to run are no constants (CompileOptions.portable) */
  readonly portable: boolean;
  /** false: the run has no process whose stacks could be unwound */
  readonly unwinds: boolean;
  typeOf(argument: CallArgument): Type;
  /** value of a literal (after folding); undefined for anything else */
  literal(argument: CallArgument): bigint | string | boolean | undefined;
  /** the map an argument names, also when it is an element `@m[k]` */
  mapOf(argument: CallArgument): MapRef | undefined;
  /** key and value types as known so far; undefined: not known yet. key 'scalar': used without key */
  mapTypes(name: string): { readonly key: Type | 'scalar' | undefined; readonly value: Type | undefined };
  /** Notes that `map` is used with this key type (delete, has_key …): merges or reports like an access would. */
  useKey(map: MapRef, key: Expression): void;
  /** The function assigns a value of this type to the variable: merges or reports like an assignment would. */
  assign(variable: Variable, type: Type, span: Span): void;
  readonly finder: TypeFinder;
  /** how times are shown, one for each different strftime() of the program; records add theirs */
  readonly timeFormats: TimeFormat[];
  /** true while types are still moving: complaints about unresolved types are premature */
  readonly settling: boolean;
}

export type ParameterKind =
  | 'any' | 'integer' | 'string' | 'pointer' | 'integer or pointer' | 'map' | 'map or value' | 'record'
  | 'literal integer' | 'literal string' | 'identifier' | 'format' | 'expression'
  /** a scratch variable that the function assigns */
  | 'variable';

export interface Parameter {
  readonly name: string;
  readonly accepts: ParameterKind;
  readonly doc: string;
  readonly optional?: boolean;
}

/** Memory that holds (or will hold) a value of `type`, directly accessible by loads and stores. */
export interface Place {
  readonly base: IrValue;
  readonly offset: number;
  readonly type: Type;
}

export interface EventArgument {
  readonly type: Type;
  /** Puts the value into the record (or any place) at lowering time. */
  into(to: Place): void;
  /** Reads a string of varying length straight into the record, with at most the capacity of the place's type. Absent for arguments of
   *  fixed size.
   * @returns the length; `givesLength` says in which form */
  dynamicInto?(to: Place): IrValue;
  /** true: dynamicInto answers the length without NUL, from 0 to the capacity - 1. false: it answers what the read helper returned */
  readonly givesLength?: boolean;
  /** evaluating it changes something, as `@n++` does */
  readonly changes?: boolean;
}

/** Operations on strings in memory. */
export interface LongText {
  /** bytes before the NUL */
  length(text: Place): IrValue;
  /** 0 when the first `size` bytes are equal or both end together before, else 1 */
  compare(x: Place, y: Place, size: number): IrValue;
  /** index of the first occurrence of these bytes, -1 when there is none */
  find(text: Place, bytes: Uint8Array): IrValue;
}

export interface LowerContext {
  readonly b: IrBuilder;
  readonly target: Target;
  readonly config: Config;
  readonly probe: ResolvedProbe;
  /** facts that differ from run to run are start values (CompileOptions.portable) */
  readonly portable: boolean;
  /** the program's context */
  readonly context: IrValue;
  /** An address as a number: the verifier does not let scripts compute with what it knows to be a pointer, but it forgets what went
   *  through memory. */
  plainAddress(address: IrValue): IrValue;
  typeOf(argument: CallArgument): Type;
  literal(argument: CallArgument): bigint | string | boolean | undefined;
  /** A scalar (integer, bool, pointer, enum, ksym) in a register, converted to `as`. */
  value(expression: Expression, as?: Type): IrValue;
  /** Evaluates the expression, converted to `to.type`, into memory. */
  into(expression: Expression, to: Place): void;
  /** Memory where the value of the expression can be read: where it is, or a temporary it was put into. */
  place(expression: Expression): Place;
  /** Memory for the time of the current statement; contents undefined. */
  temporary(type: Type, name: string): Place;
  temporaryBytes(bytes: number, name: string): IrValue;
  /** Bytes in read-only data. */
  constant(bytes: Uint8Array): IrValue;
  /** An argument of an event, for `event`. */
  argument(expression: Expression, as?: Type): EventArgument;
  /** Sends a record to user space, where the handler of the function `handler` gets it. unsent: what the program does when the ring buffer
   *  has no room for the record; by default it counts the event as lost. */
  event(handler: string, args: readonly EventArgument[], data: unknown, span: Span, options?: { urgent?: boolean; unsent?: () => void }): void;
  /** Sends a record with the first `length` bytes of a packet behind it, which has at least so many; answers what bpf_skb_output returns, 0 when it was sent.
   * @param packet.skb  its type is known to the verifier */
  packet(handler: string, args: readonly EventArgument[], data: unknown, span: Span, packet: { readonly skb: IrValue; readonly length: IrValue }): IrValue;
  /** print(@m) with clear(@m) or zero(@m) behind it: the two are one event, see lower/events/print-and-clear.ts */
  readonly printsAndClears: { after(print: Call): 'clear' | 'zero' | undefined; isDone(clear: Call): boolean };
  /** From here on no probe of the script begins any more. */
  markExit(): void;
  /** Stores the status of an exit() in a map, for when its event finds no room in the ring buffer. */
  leaveExitStatus(status: IrValue): void;
  /** Reports a failure at run time to user space (language.md 6.6). */
  runtimeError(message: { readonly kind: 'helper'; readonly helper: string; readonly result: IrValue; readonly level: 'default' | 'verbose' } | { readonly kind: 'text'; readonly text: string }, span: Span): void;
  /** Unwinds the user stack by the tables that the session makes of .eh_frame, into a place of a stack type. */
  unwindStack(to: Place, span: Span): void;
  /** Address of the element, or null: of a keyed map by its key, of a scalar map its only element. */
  lookup(access: MapAccess | MapRef): IrValue;
  /** Looks an element up once and, where it is there, assigns its value to the variable; answers 1 then, else 0. */
  findElement(map: MapRef, key: Expression, variable: Variable, span: Span): IrValue;
  /** Key of a map in memory, as map helpers take it. */
  key(map: MapRef, key: Expression | undefined): IrValue;
  mapSpec(name: string): ManifestMap;
  /** if (left OP right) { then } else { otherwise }, continuing behind both */
  branch(comparison: 'eq' | 'ne' | 'ult' | 'ule' | 'ugt' | 'uge' | 'slt' | 'sle' | 'sgt' | 'sge', left: IrValue, right: IrValue | bigint | number, then: () => void, otherwise?: () => void): void;
  /** A value that is `then()` or `otherwise()`. */
  select(comparison: 'eq' | 'ne' | 'ult' | 'ule' | 'ugt' | 'uge' | 'slt' | 'sle' | 'sgt' | 'sge', left: IrValue, right: IrValue | bigint | number, then: () => IrValue, otherwise: () => IrValue): IrValue;
  /** Reads `size` bytes at an address of the space into memory, which is zero on failure; answers 0, negative on failure. */
  probeRead(to: Place, address: IrValue, space: 'none' | 'kernel' | 'user', span: Span, size?: IrValue): IrValue;
  /** Reads a NUL-terminated string into `to` (capacity of its type, NUL padded when `pad`); answers bytes incl. NUL, negative on failure. */
  probeReadString(to: Place, address: IrValue, space: 'none' | 'kernel' | 'user', options: { pad: boolean; size?: IrValue }, span: Span): IrValue;
  /** Value that user space fills in when the script starts, from read-only data. */
  startValue(name: string, size: 1 | 4 | 8): IrValue;
  /** The value of a named parameter (getopt), in read-only data. */
  parameter(name: string, type: Type): Place;
  /** Leaves the probe. */
  leave(): void;
  /** register of struct pt_regs by name as reg() knows it, as u64 */
  register(name: string): IrValue;
  /** A scalar argument of the probe in a register, of its own type; `expression` names it in messages. */
  loadArgument(argument: ProbeArgument, expression: Expression): IrValue;
  /** Puts an argument of the probe into memory of its type, or of a string type where it is text; `expression` names it in messages. */
  argumentInto(argument: ProbeArgument, to: Place, expression: Expression): void;
  /** Pointer to the struct that the expression is or points at, as helpers want it that take kernel objects (d_path): the verifier knows
   *  its type. undefined: only the script's casts say what is there. */
  objectPointer(expression: Expression): IrValue | undefined;
  /** the seq_file that the reader of an iterator gets its text from */
  seqFile(): IrValue;
  /** the name of the probe that fired, NUL padded */
  probeName(to: Place): void;
  /** text, NUL padded, into memory of a string type */
  storeText(text: string, to: Place): void;
  /** bytes that are known now, as many as the place has, into memory */
  storeBytes(bytes: Uint8Array, to: Place): void;
  /** address in the current process as a usym value (size.ts) */
  storeUserSymbol(address: IrValue, to: Place): void;
  /** number of the first program whose probes are in the same file, in the order in which programs first appear in the manifest: by it user
   *  space finds the binary that a user address belongs to */
  readonly fileIndex: number;
  readonly finder: TypeFinder;
  /** Address of a member of a kernel struct at `base`: in a portable program wherever the running kernel has it. What only asks whether there is such a
   *  member uses findMovable. */
  memberAddress(base: IrValue, struct: StructType, name: string): IrValue;
  /** true when the value lies in memory that loads may touch */
  isDirect(expression: Expression): boolean;
  /** address of a value in traced memory (array or struct reached through a pointer) */
  addressOf(expression: Expression): IrValue;
  /** 1 when an element was there and is gone now */
  deleteElement(map: MapRef, key: Expression | undefined): IrValue;
  /** index of the first occurrence of a string that is known only at run time, -1 when there is none */
  findText(haystack: Place, needle: Place): IrValue;
  /** operations on strings of any length; undefined: this kernel has no bpf_loop */
  readonly longText: LongText | undefined;
  /** elements of a map right now */
  countElements(map: MapRef, span: Span): IrValue;
}

// ---- functions and builtins ----------------------------------------------------------------------------------------

export interface FunctionRecord {
  readonly name: string;
  readonly doc: string;
  /** S: in the program, A: handled by user space in order, C: compile time, R: captured in the program, rendered when printed */
  readonly mode: 'S' | 'A' | 'C' | 'R';
  readonly params: readonly Parameter[];
  /** further arguments after params (printf), 128 in all */
  readonly variadic?: boolean;
  readonly unsafe?: boolean;
  /** the config variable unstable_NAME says whether it may be used */
  readonly unstable?: true;
  /** about the probe that fired: refused in functions of the script */
  readonly ofProbe?: boolean;
  /** it changes a map or a variable besides giving a value, which may be left unused; evaluating it twice makes a difference */
  readonly changes?: boolean;
  /** providers it may be used in; undefined: all */
  readonly probes?: readonly string[];
  /** what is said in a probe of another kind; default T0404 */
  readonly elsewhere?: (kind: string) => Message;
  /** kernel features without which it cannot work, as Target.has names them */
  readonly needs?: readonly string[];
  /** what is said where the kernel lacks one of `needs`; default T0338 */
  readonly lacking?: (feature: string) => Message;
  /** further features that `check` and `lower` ask for: recordings of a machine hold these and `needs` */
  readonly asks?: readonly string[];
  /** Result type; reports what the parameter list alone cannot say. Arity, kinds and literal-ness were checked before. */
  check(call: Call, c: CheckContext): Type;
  /** compile-time value, asked for once types were checked; undefined: not known (yet) */
  constant?(call: Call, c: CheckContext): bigint | string | boolean | undefined;
  /** result that fits a register, or nothing (void) */
  lower?(call: Call, l: LowerContext): IrValue | void;
  /** result that lies in memory */
  lowerInto?(call: Call, l: LowerContext, to: Place): void;
  /** result that lies in memory already: where */
  lowerPlace?(call: Call, l: LowerContext): Place;
  /** string results that can be read straight into an event record */
  lowerDynamic?(call: Call, l: LowerContext, to: Place): IrValue;
  readonly handler?: EventHandler;
}

export interface BuiltinRecord {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly doc: string;
  readonly mode: 'S' | 'C' | 'R';
  readonly needs?: readonly string[];
  /** as a function's */
  readonly asks?: readonly string[];
  /** as a function's */
  readonly unstable?: true;
  /** refused in the body of `for` (language.md 1.7) */
  readonly notInFor?: boolean;
  /** about the probe that fired: refused in functions of the script */
  readonly ofProbe?: boolean;
  /** `node` is the identifier (or a call without arguments) */
  check(node: Expression, c: CheckContext): Type;
  /** The expression that stands for the name, put in its place before types are looked at; `check` is not asked then. */
  written?(config: Config, span: Span): Expression;
  /** compile-time value: folded where it stands */
  constant?(c: CheckContext): bigint | string | boolean | undefined;
  lower?(l: LowerContext, node: Expression): IrValue;
  lowerInto?(l: LowerContext, to: Place, node: Expression): void;
}
