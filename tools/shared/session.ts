// A script runs until something ends it: ^C, SIGTERM, a time, the end of a command, nobody reading any more.
//
//   in     the text of a script, who is told of records and losses
//   out    how it ended
//   idea   tools see records, losses and complaints; which kinds of events the library has for them is known here only

import { trace, type Trace, type TraceEnd, type Value } from '../../lib/index.js';

/** The fields of a record that the script sends with `emit("name", (field = value, …))`. */
export type Fields = Readonly<Record<string, Value>>;

export interface Follower {
  /** Everything is attached. */
  started?(session: Trace): void | Promise<void>;
  record(name: string, fields: Fields): void;
  /** So many events did not fit into the buffer. */
  lost(count: number): void;
  /** Something went wrong while the script ran. */
  complain(text: string): void;
}

export interface FollowOptions {
  readonly script: string;
  /** program and arguments: runs when everything is attached, and the trace ends with it */
  readonly command?: readonly string[];
  readonly stop: Stop;
  /** ends by itself after so long */
  readonly seconds?: number;
}

/** @throws CompileError, LoadError, AttachError, NotSupportedError, PermissionError, TbpfError */
export async function follow({ script, command, stop, seconds }: FollowOptions, follower: Follower): Promise<TraceEnd> {
  const session = await trace(script, { command, signal: stop.signal });
  const timer = seconds === undefined ? undefined : setTimeout(() => stop.now(), seconds * 1000);
  try {
    await follower.started?.(session);
    for await (const event of session) {
      switch (event.type) {
        case 'emit': follower.record(event.name, event.fields); break;
        case 'lost_events': follower.lost(event.count); break;
        case 'runtime_error': case 'helper_error': case 'errorf': case 'warnf': case 'complaint': follower.complain(event.text); break;
        default: throw new Error(`the script of a tool prints an event of type ${event.type}`);
      }
    }
    return await session.done;
  } finally {
    clearTimeout(timer);
  }
}

/** What ends a tool from outside. */
export class Stop {
  private readonly controller = new AbortController();
  private firstMs: number | undefined;

  /** ^C and SIGTERM end the trace; a second one, when it is not the same ^C passed on by sudo or npm, ends the process at once. */
  constructor() {
    for (const [name, number] of [['SIGINT', 2], ['SIGTERM', 15]] as const) {
      process.on(name, () => {
        if (this.firstMs !== undefined && performance.now() - this.firstMs > SAME_MS) process.exit(SIGNAL_BASE + number);
        this.firstMs ??= performance.now();
        this.now();
      });
    }
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** As if ^C were pressed. */
  now(): void {
    this.controller.abort();
  }
}

const SAME_MS = 1000;
/** exit status of a process that a signal ended, as shells show it */
const SIGNAL_BASE = 128;
