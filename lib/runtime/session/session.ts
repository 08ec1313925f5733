// A loaded script from its begin probes to its end probes.
//
//   in     a SessionKernel with everything loaded, the manifest, a handler for each kind of event
//   out    handlers called in order; the exit status; counts of what was lost
//   order  begin() attach() run() end(); what was loaded is freed by the kernel's close()
//   facts  when the traced process ends, its events are handled first;
//          after exit() or stop('discard') the events still queued are thrown away, then end probes run and all of their events are
//          handled (language.md 6.4)

import type { Manifest, ManifestProgram } from '../../model/layout/manifest.js';
import { Drain, type RecordHandler } from './drain.js';
import { ExitFlag } from './exit-flag.js';
import type { AttachProgress, AttachReport, RunResult, SessionKernel } from './kernel.js';
import { LostCounter, type LostEvents } from './lost.js';
import { orderOf } from './attach/index.js';
import { attachOrder } from './order.js';
import { WarningCounter, type WarningTeller } from './warned.js';

export interface SessionOptions {
  /** one for each of Manifest.events */
  readonly handlers: readonly RecordHandler[];
  /** called with the events lost since the last call, by probe */
  readonly onLost?: (lost: readonly LostEvents[]) => void;
  /** called with the places of the script that have failed, and how often */
  readonly warnings?: WarningTeller;
  /** called when a while's packets were handled */
  readonly onCaptured?: () => void;
  /** bytes that iterators print */
  readonly onIterated?: (bytes: Uint8Array) => void;
}

/** Time between two readings of the programs' counters. */
const COUNTS_MS = 1000;
type Phase = 'begin' | 'run' | 'stopping' | 'draining' | 'end';

/** Why run() has ended: exit() of the script, stop(), the traced process, or there is nothing that could fire any more. */
export type EndReason = 'exit' | 'stopped' | 'process-ended' | 'nothing-left';

export class Session {
  private phase: Phase = 'begin';
  private exitStatus = 0;
  private readonly lostCounter: LostCounter;
  private readonly warningCounter: WarningCounter;
  private readonly exitFlag: ExitFlag;
  private readonly drain: Drain | undefined;
  /** what was captured is kept, whatever happens to other events */
  private readonly packets: Drain | undefined;
  private wake: (() => void) | undefined;
  private processGone = false;
  private reason: EndReason = 'nothing-left';
  /** what has been sent is handled before the end */
  private keepsRest = false;
  private discardedCount = 0;
  private isReferenced = true;
  private timer: NodeJS.Timeout | undefined;
  private failure: { readonly error: unknown } | undefined;

  constructor(
    readonly kernel: SessionKernel,
    readonly manifest: Manifest,
    private readonly options: SessionOptions,
  ) {
    this.lostCounter = new LostCounter(kernel, manifest);
    this.warningCounter = new WarningCounter(kernel, manifest);
    this.exitFlag = new ExitFlag(kernel, manifest);
    if (kernel.ring) this.drain = new Drain(kernel.ring, options.handlers, () => this.phase === 'stopping', (error) => this.fail(error), () => this.hearMissedExit(), isOwn(manifest));
    if (kernel.packets) this.packets = new Drain(kernel.packets, options.handlers, () => false, (error) => this.fail(error), () => options.onCaptured?.());
  }

  get endReason(): EndReason {
    return this.reason;
  }

  /** Events that were thrown away unread because of exit() or stop('discard'). */
  get discarded(): number {
    return this.discardedCount;
  }

  /** Given by the script's exit(), else 0. */
  get status(): number {
    return this.exitStatus;
  }

  get lostTotal(): number {
    return this.lostCounter.total;
  }

  get lostByProbe(): readonly LostEvents[] {
    return this.lostCounter.byProbe;
  }

  /** Runs the begin probes, in source order. Their events wait until run(). */
  begin(): void {
    this.runAll('begin');
  }

  /** Attaches everything that has a place to be attached to. */
  attach(programs: readonly ManifestProgram[] = this.manifest.programs, progress?: AttachProgress): Promise<AttachReport> {
    const order = attachOrder(programs);
    return order.length === 0 ? Promise.resolve({ attached: [], failures: [], leftOut: [], cancelled: false }) : this.kernel.attach(order, progress);
  }

  /** Handles the events that are there. @returns false after exit() or stop() */
  handleEvents(): boolean {
    if (this.phase === 'begin') this.phase = 'run';
    const missed = this.exitFlag.read();
    this.drain?.handleAll();
    this.packets?.handleAll();
    if (missed !== undefined && this.phase === 'run') this.exit(missed);
    return this.phase === 'run';
  }

  /** Handles events until exit(), stop(), or there is nothing that could fire any more. */
  async run(attached: readonly ManifestProgram[]): Promise<void> {
    if (this.failure) throw this.failure.error;
    if (this.phase !== 'begin') return;
    this.phase = 'run';
    const isSignalled = this.manifest.programs.some(({ attach }) => attach.kind === 'signal');
    if (attached.length === 0 && !isSignalled) {
      this.handleEvents();
      return;
    }
    if (attached.some(({ attach }) => attach.kind === 'iter')) return this.iterate();
    this.timer = setInterval(() => this.guard(() => this.lookAtMaps()), COUNTS_MS);
    this.ref(this.isReferenced);
    try {
      if (this.processGone) this.processEnded();
      else {
        this.drain?.start();
        this.packets?.start();
      }
      await this.stopped();
    } finally {
      clearInterval(this.timer);
      this.drain?.stop();
      this.packets?.stop();
    }
  }

  /** Ends run(); with this exit status. Called by a handler: what follows in the ring is thrown away. */
  exit(status: number): void {
    this.exitStatus = status;
    this.endWith('exit', false);
  }

  /** Ends run() because the traced process has ended; its events are still handled. Called from the event loop: when a handler throws, run()
   *  rejects with that error. */
  processEnded(): void {
    this.processGone = true;
    if (this.phase === 'run') this.guard(() => {
      if (this.handleEvents()) this.endWith('process-ended', true);
    });
  }

  /** Ends run(). drain: what has been sent by then is handled first */
  stop(how: 'drain' | 'discard' = 'discard'): void {
    this.endWith('stopped', how === 'drain');
  }

  /** Stops draining while the reader is slower than the events. */
  hold(): void {
    this.drain?.hold();
  }

  release(): void {
    this.drain?.release();
  }

  /** Whether a running session keeps the process alive. */
  ref(referenced: boolean): void {
    this.isReferenced = referenced;
    this.drain?.ref(referenced);
    this.packets?.ref(referenced);
    if (referenced) this.timer?.ref();
    else this.timer?.unref();
  }

  /** Runs the probes that wait for this signal. @returns whether there are any */
  signal(name: 'SIGUSR1'): boolean {
    const programs = this.manifest.programs.filter(({ attach }) => attach.kind === 'signal' && attach.signal === name);
    this.guard(() => {
      for (const program of programs) this.kernel.run(program.name);
    });
    return programs.length > 0;
  }

  /** Runs one program that is not attached, and handles what it sent. exitStatus: what it gave to exit(), 0 without. */
  runAlone(program: string, repeat = 1): RunResult & { readonly exitStatus: number } {
    this.phase = 'run';
    this.exitStatus = 0;
    this.warningCounter.reset();
    this.options.warnings?.startAgain();
    this.exitFlag.clear();
    const result = this.kernel.run(program, repeat);
    this.handleEvents();
    this.drain?.discard();
    this.tellCounts();
    return { ...result, exitStatus: this.exitStatus };
  }

  /** Detaches, then runs the end probes and handles their events.
   * @param detachMs  how long it may wait for probes to be detached; default: until they are */
  async end(detachMs?: number): Promise<void> {
    this.phase = 'stopping';
    await this.kernel.detach(detachMs);
    if (this.keepsRest) {
      this.phase = 'draining';
      await this.drain?.handleRest();
      this.phase = 'stopping';
    }
    this.finish();
  }

  /** The part of end() that follows on detaching. */
  finish(): void {
    this.discardedCount += this.drain?.discard() ?? 0;
    this.exitFlag.clear();
    this.phase = 'end';
    this.runAll('end');
    this.drain?.handleAll();
    this.packets?.handleAll();
    this.options.onCaptured?.();
    const missed = this.exitFlag.read();
    if (missed !== undefined) this.exit(missed);
    this.tellCounts();
  }

  private runAll(kind: 'begin' | 'end'): void {
    for (const program of this.manifest.programs) if (program.attach.kind === kind) this.kernel.run(program.name);
  }

  /** Reads what programs report without events: exit statuses and counts. */
  private lookAtMaps(): void {
    this.hearMissedExit();
    this.tellCounts();
  }

  /** An exit() whose event found no room: what is in the ring buffer is handled first, as it would have been. */
  private hearMissedExit(): void {
    if (this.exitFlag.read() !== undefined) this.handleEvents();
  }

  /** Reports failures and lost events that the programs counted since the last report. */
  private tellCounts(): void {
    this.options.warnings?.counted(this.warningCounter.read());
    const lost = this.lostCounter.read();
    if (lost.length > 0) this.options.onLost?.(lost);
  }

  private endWith(reason: EndReason, keepsRest: boolean): void {
    if (this.phase === 'begin' || this.phase === 'run') {
      this.phase = 'stopping';
      this.reason = reason;
      this.keepsRest = keepsRest;
    } else if (this.phase === 'draining' && reason === 'exit') this.phase = 'stopping';
    this.wake?.();
  }

  private async iterate(): Promise<void> {
    for await (const bytes of this.kernel.iterate()) {
      this.options.onIterated?.(bytes);
      if (this.phase !== 'run') return;
    }
    this.drain?.handleAll();
  }

  private stopped(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.wake = () => (this.failure ? reject(this.failure.error as Error) : resolve());
      if (this.phase !== 'run') this.wake();
    });
  }

  /** Runs what the event loop has called: an error there has no caller, so run() rejects with it. */
  private guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.failure = { error };
    this.stop();
  }
}

/** Records by which programs talk to tbpf: exit(), and failures, which are counted besides. */
function isOwn({ events, warnings }: Manifest): (event: number) => boolean {
  return (event) => events[event]?.handler === 'exit' || warnings?.events.includes(event) === true;
}

/** Programs that tbpf runs by itself; they count as attached. */
export function isRunByUs(program: ManifestProgram): boolean {
  return orderOf(program) === undefined;
}
