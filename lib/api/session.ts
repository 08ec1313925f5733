// A running trace, as programs hold it: events, maps, its end.
//
//   owners the session owns everything in the kernel until it ends: by itself, by stop(), or because whoever iterates it leaves
//   facts  order at the end: probes are detached, what was sent is delivered, end probes run, maps are read for the last time

import type { ManifestProgram } from '../model/layout/manifest.js';
import type { Diagnostic } from '../model/diagnostics/diagnostic.js';
import type { Runner, Skipped } from '../trace/runner.js';
import type { TracedProcess } from '../trace/traced-process.js';
import { AbortError } from './abort.js';
import { knownOptions, oneOf, wrongType } from './check.js';
import { Clock } from './clock.js';
import type { TraceEvent } from './event.js';
import { batchesOf, eventsOf } from './iterators.js';
import { Maps } from './maps.js';
import type { Program } from './program.js';
import type { Readers } from './readers.js';
import type { AnyTypes, ScriptTypes } from './script-types.js';
import { runningCommand, type RunningCommand } from './running-command.js';
import { Symbols } from './symbols.js';

export type { Skipped };

export interface SessionEnd {
  /** exit: of the script;  stopped: stop(), or whoever iterated has left;  aborted: by the signal;  process-ended: the command, or the process of `pid`;
   *  nothing-left: nothing could fire any more */
  readonly reason: 'exit' | 'stopped' | 'aborted' | 'process-ended' | 'nothing-left';
  /** given to exit(), else 0 */
  readonly status: number;
  /** how the command ended; undefined: there was none, or it runs on */
  readonly child?: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
  /** events that found no room in the ring buffer */
  readonly lost: number;
  /** events that made room for newer ones in a reader's queue, or that nobody had read before there were too many */
  readonly dropped: number;
  /** operations of the script that failed while it ran, as the events of types runtime-error and helper-error count them: a map that was full, a division by
   *  zero; with `verboseErrors` also reads of memory and elements that were not there */
  readonly failed: number;
  /** events that were sent and thrown away, because the script called exit() or stop('discard') was asked for */
  readonly discarded: number;
}

export interface SessionStats {
  /** events so far */
  readonly events: bigint;
  /** that wait for the reader who has most */
  readonly queued: number;
  readonly dropped: number;
  readonly lost: readonly { readonly probe: string; readonly count: bigint }[];
  /** hits for which the kernel ran no program, because one was running on that CPU already: whoever counts has counted that many too few. Kprobes since
   *  Linux 6.7; probes with none are left out */
  readonly missed: readonly { readonly probe: string; readonly count: bigint }[];
  /** undefined: the kernel does not measure (sysctl kernel.bpf_stats_enabled) */
  readonly programs?: readonly { readonly probe: string; readonly runs: bigint; readonly ns: bigint; readonly missed: bigint }[];
}

/** What a session is made of. */
export interface SessionParts {
  readonly program: Program<never>;
  readonly runner: Runner;
  readonly readers: Readers<TraceEvent>;
  readonly live: readonly ManifestProgram[];
  readonly traced: TracedProcess;
  /** failures so far, see SessionEnd.failed */
  readonly failures: () => number;
  /** undone at the end */
  readonly undo: readonly (() => void)[];
}

/** `for await (const event of session)` owns it: leaving the loop (break, return, a throw) stops it, and so does `await using`. A session that broke
 *  throws there. */
export class Session<S extends ScriptTypes = AnyTypes> implements AsyncIterable<TraceEvent<S>>, AsyncDisposable {
  readonly program: Program<S>;
  readonly maps: Maps<S>;
  readonly symbols: Symbols;
  readonly clock: Clock;
  /** what is live, begin and end included; count: places that it is attached to */
  readonly probes: readonly { readonly name: string; readonly count: number }[];
  /** the command of the options; undefined: there is none */
  readonly command: RunningCommand | undefined;
  readonly #runner: Runner;
  readonly #readers: Readers<TraceEvent>;
  readonly #traced: TracedProcess;
  readonly #failures: () => number;
  readonly #done: Promise<SessionEnd>;
  #isWatched = false;
  #isAborted = false;

  /** @internal */
  constructor({ program, runner, readers, live, traced, failures, undo }: SessionParts) {
    const { rendering } = runner;
    this.program = program as unknown as Program<S>;
    this.maps = new Maps(runner.script.services.mapsByName, rendering);
    this.symbols = new Symbols(rendering);
    this.clock = new Clock(() => rendering.bootToRealtimeNs());
    // those that count none are tbpf's own
    this.probes = live.filter(({ probeCount }) => probeCount > 0).map(({ probe, probeCount }) => ({ name: probe, count: probeCount }));
    this.command = traced.childPid === undefined ? undefined : runningCommand(traced.childPid, traced.takeStreams());
    this.#runner = runner;
    this.#readers = readers;
    this.#traced = traced;
    this.#failures = failures;
    const { session } = runner.script;
    readers.onHold = (held) => (held ? session.hold() : session.release());
    this.#done = this.#follow().finally(() => undo.forEach((one) => one()));
    // whoever looks at `done`, stops or reads is told that the session broke; when nobody does, the process is
    this.#done.catch((error: unknown) => {
      if (!this.#isWatched && !readers.failureHeard) throw error;
    });
  }

  /** What the compiler warned of. */
  get warnings(): readonly Diagnostic[] {
    return this.program.warnings;
  }

  /** Probes that were left out: with `missing: 'skip'` those that cannot be attached, always single matches of wildcards that cannot. */
  get skipped(): readonly Skipped[] {
    return this.#runner.skipped;
  }

  /** Resolves when everything has been detached and freed; rejects when the session broke. */
  get done(): Promise<SessionEnd> {
    this.#isWatched = true;
    return this.#done;
  }

  /** Every event, as events() gives them; but leaving the loop stops the session. */
  [Symbol.asyncIterator](): AsyncIterableIterator<TraceEvent<S>> {
    const reader = this.#readers.add();
    return eventsOf(reader, async () => {
      this.#readers.remove(reader);
      await this.stop();
    }) as AsyncIterableIterator<TraceEvent<S>>;
  }

  /** A reader of its own: readers that begin before any event was taken get all events, each of them; later ones what comes then. Leaving the loop
   *  ends the reading, not the session.
   * @param options.signal  ends the reading: the loop throws an AbortError
   * @throws OptionError */
  events(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<TraceEvent<S>> {
    return this.#read(options, eventsOf) as AsyncIterableIterator<TraceEvent<S>>;
  }

  /** The same in lists of what has come since the last: for high rates. */
  batches(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<readonly TraceEvent<S>[]> {
    return this.#read(options, batchesOf) as unknown as AsyncIterableIterator<readonly TraceEvent<S>[]>;
  }

  /** Ends the trace: probes are detached, end probes run. Resolves when all is done, again and again.
   * @param how  drain: what was sent by then is delivered first;  discard: it is thrown away, as ^C does, and counted
   *  @throws what broke the session; OptionError */
  async stop(how: 'drain' | 'discard' = 'drain'): Promise<SessionEnd> {
    oneOf('how', how, ['drain', 'discard']);
    this.#runner.script.session.stop(how);
    return this.done;
  }

  /** Takes the probes out of the kernel until resume(); maps stay as they are. */
  async pause(): Promise<void> {
    await this.#runner.pause();
  }

  /** Attaches the probes again. @throws AttachError */
  async resume(): Promise<void> {
    await this.#runner.resume();
  }

  /** The session keeps the process alive, as it does at first. */
  ref(): this {
    return this.#refer(true);
  }

  /** The process may end while the session runs. */
  unref(): this {
    return this.#refer(false);
  }

  stats(): SessionStats {
    const { session, kernel } = this.#runner.script;
    const { pushed, queued, dropped } = this.#readers;
    const lost = session.lostByProbe.map(({ probe, count }) => ({ probe, count: BigInt(count) }));
    const programs = kernel.programStats();
    return { events: BigInt(pushed), queued, dropped, lost, missed: kernel.missed(), ...(programs && { programs }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @internal  the signal of the options was aborted */
  static abort<S extends ScriptTypes>(session: Session<S>): void {
    session.#isAborted = true;
    session.#runner.script.session.stop('drain');
  }

  #refer(referenced: boolean): this {
    this.#runner.script.session.ref(referenced);
    this.#traced.ref(referenced);
    return this;
  }

  #read<R>(options: { readonly signal?: AbortSignal }, iteratorOf: (reader: ReturnType<Readers<TraceEvent>['add']>, leave: () => Promise<void>) => R): R {
    knownOptions('options', options, ['signal']);
    const { signal } = options;
    if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType('options.signal', signal, 'an AbortSignal');
    const reader = this.#readers.add();
    const abort = (): void => {
      this.#readers.remove(reader, new AbortError(signal!));
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    return iteratorOf(reader, () => {
      signal?.removeEventListener('abort', abort);
      this.#readers.remove(reader);
      return Promise.resolve();
    });
  }

  async #follow(): Promise<SessionEnd> {
    const { session } = this.#runner.script;
    try {
      const status = await this.#runner.follow();
      await this.maps.keep();
      this.#readers.end();
      const child = await this.#traced.finish();
      const reason = this.#isAborted && session.endReason === 'stopped' ? 'aborted' : session.endReason;
      return { reason, status, ...(child && { child }), lost: session.lostTotal, dropped: this.#readers.dropped, failed: this.#failures(), discarded: session.discarded };
    } catch (error) {
      this.#readers.end({ error });
      await this.#traced.finish();
      throw error;
    } finally {
      await this.#runner.close();
    }
  }
}
