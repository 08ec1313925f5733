// A script runs until something ends it: ^C, SIGTERM, a time, the end of a command, nobody reading any more.
//
//   in     the text of a script, who is told of records and losses
//   out    how it ended
//   idea   tools see records, losses and complaints; which kinds of events the library has for them is known here only

import { getSystemErrorMap } from 'node:util';
import { AbortError, AttachError, CompileError, LoadError, NotSupportedError, openMachine, TbpfError, trace, type Command, type Session, type SessionEnd, type TraceEvent, type TraceOptions, type Value } from '../../lib/index.js';
import type { OutputOptions } from './common.js';
import { ToolFailure } from './failure.js';
import type { Given } from './options.js';
import type { Lines } from './records.js';
import { later } from './timer.js';

/** The fields of a record that the script sends with `emit("name", (field = value, …))`. */
export type Fields = Readonly<Record<string, Value>>;

export interface Follower {
  /** Everything is attached. */
  started?(session: Session): void | Promise<void>;
  /** @param site  index of Program.sites: types of the fields */
  record(name: string, fields: Fields, site: number): void;
  /** So many events did not fit into the buffer. */
  lost(count: number): void;
  /** Something went wrong while the script ran. */
  complain(text: string): void;
  /** Resolves when there is room for more records. */
  room(): Promise<void>;
}

export interface FollowOptions {
  readonly script: string;
  /** runs where the kernel lacks something that `script` needs */
  readonly instead?: string;
  /** `instead` runs, because of this */
  readonly onInstead?: (why: TbpfError) => void;
  /** program and arguments: runs when everything is attached, and the trace ends with it */
  readonly command?: readonly [string, ...string[]];
  readonly commandStdio: Command['stdio'] & {};
  readonly stop: Stop;
  /** as ToolIo has it */
  readonly blocking: boolean;
  readonly options?: Pick<TraceOptions, 'pid' | 'follow' | 'config' | 'missing' | 'cgroup' | 'container' | 'pod'>;
  /** ends by itself after so long */
  readonly seconds?: number;
}

/** Prints the script in place of running it, where --dump-program asks for that.
 * @returns whether it did */
export function dumped({ dumpProgram, ebpf }: Given<Pick<OutputOptions, 'dumpProgram' | 'ebpf'>>, script: string, out: Pick<Lines, 'write'>): boolean {
  const wanted = dumpProgram || ebpf;
  if (wanted) out.write(script.endsWith('\n') ? script : `${script}\n`);
  return wanted;
}

/** @returns undefined when it was stopped before everything was attached
 *  @throws CompileError, LoadError, AttachError, NotSupportedError, PermissionError, TbpfError */
export async function follow(follow: FollowOptions, follower: Follower): Promise<SessionEnd | undefined> {
  const { seconds, stop } = follow;
  const session = await started(follow);
  if (session === undefined) return undefined;
  const forget = seconds === undefined ? undefined : later(seconds * 1000, () => stop.now());
  try {
    await follower.started?.(session);
    for await (const events of session.batches()) {
      for (const event of events) tell(follower, event);
      await follower.room();
    }
    return await session.done;
  } finally {
    forget?.();
    await session.stop();
  }
}

async function started({ script, instead, onInstead, command, commandStdio, stop, options, blocking }: FollowOptions): Promise<Session | undefined> {
  const all: TraceOptions = { ...options, ...(command !== undefined && { command: { argv: command, stdio: commandStdio } }), signal: stop.signal, machine: openMachine(), blocking };
  try {
    if (instead === undefined) return await trace(script, all);
    try {
      return await trace(script, all);
    } catch (error) {
      if (!isLack(error)) throw error;
      onInstead?.(error);
      return await trace(instead, all);
    }
  } catch (error) {
    if (error instanceof AbortError) return undefined;
    if (error instanceof TbpfError && error.syscall === 'execve' && command !== undefined) throw new ToolFailure(`failed to exec command: ${command[0]}: ${reasonOf(error)}`, 1, { cause: error });
    throw error;
  }
}

/** The kernel has not what the script needs: a kind of probe, a function, a type. */
function isLack(error: unknown): error is TbpfError {
  return error instanceof NotSupportedError || error instanceof CompileError || error instanceof LoadError || error instanceof AttachError;
}

/** Hits of probes for which the kernel ran no program, and why. What is shown or counted is that much too little. */
export function missedBy(session: Session): { readonly count: number; readonly because: string } {
  const count = session.stats().missed.reduce((sum, each) => sum + Number(each.count), 0);
  return { count, because: 'the kernel left the program out, because one was running on that CPU already' };
}

/** As strerror(3) has it, but for capitals. */
function reasonOf({ errno, code }: TbpfError): string {
  const reason = getSystemErrorMap().get(errno ?? 0)?.[1] ?? code;
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

function tell(follower: Follower, event: TraceEvent): void {
  switch (event.type) {
    case 'emit': return follower.record(event.name, event.fields, event.site);
    case 'lost': return follower.lost(event.count);
    case 'warning': case 'error': case 'runtime-error': case 'helper-error': return follower.complain(event.text);
    case 'printf': case 'join': case 'time': case 'cat': case 'system': case 'print': case 'map': case 'iterator': case 'pinned':
      throw new Error(`the script of a tool prints an event of type ${event.type}`);
  }
}

/** What ends a tool from outside. */
export class Stop {
  private readonly controller = new AbortController();

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** As if ^C were pressed. */
  now(): void {
    this.controller.abort();
  }
}

/** ^C and SIGTERM end the trace; a second one, when it is not the same ^C passed on by sudo or npm, ends the process at once.
 * @param blocked  output waits for its reader: the tool cannot end by itself, and less time has to pass
 * @param endAtOnce  is given the exit status */
export function stopOnSignals(stop: Pick<Stop, 'now'>, blocked: () => boolean, endAtOnce: (status: number) => void = (status) => process.exit(status), now: () => number = () => performance.now()): void {
  let firstMs: number | undefined;
  for (const [name, number] of [['SIGINT', 2], ['SIGTERM', 15]] as const) {
    process.on(name, () => {
      if (firstMs !== undefined && now() - firstMs > (blocked() ? SAME_WHEN_BLOCKED_MS : SAME_MS)) endAtOnce(SIGNAL_BASE + number);
      firstMs ??= now();
      stop.now();
    });
  }
}

const SAME_MS = 1000;
/** sudo and its like pass a signal on within this time */
const SAME_WHEN_BLOCKED_MS = 200;
/** exit status of a process that a signal ended, as shells show it */
const SIGNAL_BASE = 128;
