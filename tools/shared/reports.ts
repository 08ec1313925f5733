// A tool that counts in maps and reports what they hold: every so often, and when it ends.
//
//   idea   ^C prints the last report at once, and detaches afterwards: taking hundreds of probes out of the kernel may last
//   facts  reading a map and starting it again at zero is one step (MapHandle.take), so no count falls between two reports; a trace that has ended by
//          itself has kept what its maps held then

import { AbortError, TbpfError, trace, type Entry, type Session, type TraceEvent, type TraceOptions } from '../../lib/index.js';
import type { OutputOptions } from './common.js';
import type { Given } from './options.js';
import { dumped, missedBy } from './session.js';
import { later } from './timer.js';
import { bootNs } from './times.js';
import type { ToolIo } from './tool.js';

/** Entries of a map since the last report, or since the start. */
export type ReadMap = (name: `@${string}`) => Promise<readonly Entry<never, never>[]>;

export interface ReportTrace {
  readonly given: Given<Pick<OutputOptions, 'dumpProgram' | 'ebpf' | 'dryRun'>>;
  readonly script: string;
  readonly options?: Pick<TraceOptions, 'pid' | 'follow' | 'config' | 'missing' | 'cgroup' | 'container' | 'pod'>;
  /** undefined: one report, at the end */
  readonly intervalSeconds: number | undefined;
  /** ends after so many reports */
  readonly reports?: number;
  /** ends after so many seconds, with a report */
  readonly seconds?: number;
  /** maps are not started again */
  readonly cumulative?: boolean;
  /** Everything is attached. */
  started?(session: Session): void;
  /** @param timeNs  since boot */
  report(read: ReadMap, timeNs: bigint, session: Session): Promise<void>;
  /** So many hits were not counted; text says so on stderr. */
  missed?(count: number): void;
  /** The last report is out, and nothing is detached yet. */
  ending?(): void;
}

type Why = 'interval' | 'stop' | 'ended';

/** @returns the exit status
 *  @throws TbpfError  the script cannot run here */
export async function traceReports(tool: ReportTrace, io: ToolIo): Promise<number> {
  const { given, script } = tool;
  if (dumped(given, script, io.out)) return 0;
  const session = await started(tool, io);
  if (session === undefined) return 0;
  const complaints = complain(session, io);
  tool.started?.(session);
  io.out.flush();
  if (given.dryRun) io.stop.now();
  await reportUntilEnd(tool, session, io);
  const missed = missedBy(session);
  if (missed.count > 0) {
    tool.missed?.(missed.count);
    io.out.complain(`${missed.count} hits were not counted: ${missed.because}`);
  }
  tool.ending?.();
  io.out.flush();
  await session.stop('discard');
  await complaints;
  return 0;
}

/** undefined: it was stopped before everything was attached */
async function started({ script, options }: ReportTrace, { stop }: ToolIo): Promise<Session | undefined> {
  const starting = new AbortController();
  const abort = (): void => starting.abort();
  stop.signal.addEventListener('abort', abort, { once: true });
  try {
    return await trace(script, { ...options, signal: starting.signal });
  } catch (error) {
    if (error instanceof AbortError) return undefined;
    throw error;
  } finally {
    stop.signal.removeEventListener('abort', abort);
  }
}

async function reportUntilEnd(tool: ReportTrace, session: Session, { stop, out, room }: ToolIo): Promise<void> {
  const { intervalSeconds, seconds, reports, cumulative } = tool;
  const startMs = performance.now();
  const ended = session.done.then((): Why => 'ended');
  const stopped = new Promise<Why>((resolve) => {
    if (stop.signal.aborted) resolve('stop');
    else stop.signal.addEventListener('abort', () => resolve('stop'), { once: true });
  });
  for (let n = 1; ; n++) {
    const atSeconds = intervalSeconds === undefined ? seconds : n * intervalSeconds;
    const timer = new AbortController();
    const why = await Promise.race([ended, stopped, ...(atSeconds === undefined ? [] : [after(startMs + atSeconds * 1000 - performance.now(), timer.signal)])]);
    timer.abort();
    let hasEnded = why === 'ended';
    const read: ReadMap = async (name) => {
      const map = session.maps.get(name);
      if (hasEnded) return [...map] as readonly Entry<never, never>[];
      if (cumulative) return await map.read() as readonly Entry<never, never>[];
      try {
        return await map.take() as readonly Entry<never, never>[];
      } catch (error) {
        if (!(error instanceof TbpfError) || error.code !== 'ERR_CLOSED') throw error;
        hasEnded = true; // at this moment: it is the last report
        return [...map] as readonly Entry<never, never>[];
      }
    };
    await tool.report(read, bootNs(session.clock), session);
    out.flush();
    await room();
    if (hasEnded || why === 'stop' || intervalSeconds === undefined || n === reports || (seconds !== undefined && n * intervalSeconds >= seconds)) return;
  }
}

function after(ms: number, signal: AbortSignal): Promise<Why> {
  return new Promise((resolve) => {
    const forget = later(ms, () => resolve('interval'));
    signal.addEventListener('abort', forget, { once: true });
  });
}

/** What goes wrong in the kernel is told on stderr. */
async function complain(session: Session, { name, out }: ToolIo): Promise<void> {
  for await (const event of session.events()) if (isComplaint(event)) out.complain(`${name}: ${event.text.trimEnd()}`);
}

function isComplaint(event: TraceEvent): event is Extract<TraceEvent, { readonly type: 'warning' | 'error' | 'helper-error' | 'runtime-error' }> {
  return ['warning', 'error', 'helper-error', 'runtime-error'].includes(event.type);
}
