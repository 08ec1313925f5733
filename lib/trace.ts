// The library: a script becomes a running trace, whose events are iterated and whose maps are read as values.
//
//     const reads = await trace('tracepoint:raw_syscalls:sys_enter { @[comm] = count(); } interval:s:1 { exit(); }');
//     for await (const event of reads) console.log(event.text);
//     console.log(reads.maps.get('@'));
//
//   order  compile, load, begin, attach; then events; then end, maps (language.md 6.4)
//   owners the Trace owns everything in the kernel until it ends by itself or close() is called

import { compile, type Compiled, type CompileOptions } from './compile.js';
import { Config } from './language/config.js';
import type { Diagnostic } from './model/diagnostics/diagnostic.js';
import { AttachError, CompileError, LoadError, NotSupportedError, TbpfError } from './model/diagnostics/errors.js';
import type { Manifest, ManifestProgram } from './model/layout/manifest.js';
import { Source } from './model/source/source.js';
import type { Target } from './model/target/target.js';
import { RunningTarget, checkFollowable } from './runtime/discover/index.js';
import { checkFollowed } from './runtime/discover/processes.js';
import { loadNative } from './runtime/native/index.js';
import type { ChildHandle, PidWatchHandle } from './runtime/native/types.js';
import type { AttachReport } from './runtime/session/kernel.js';
import { isRunByUs } from './runtime/session/session.js';
import { EventQueue, EventWriter, type TraceEvent } from './trace/events.js';
import { headerReader, importReader, readText } from './trace/files.js';
import { namesKernelAddresses } from './trace/kernel-names.js';
import { describeLeftOut } from './trace/left-out.js';
import { countProbes, loadScript, type LiveScript } from './trace/live.js';
import { reportLoadError } from './trace/load-report.js';
import { machineRendering, startValuesNow } from './trace/machine.js';
import { pinIterator } from './trace/pin.js';
import { findUnsupported, leaveOutUnsupported } from './trace/unsupported.js';
import { mapEntries, type MapEntryValue } from './trace/values.js';

export type Script = string | { readonly file: string };

export interface CompileScriptOptions extends Pick<CompileOptions, 'parameters' | 'unsafe' | 'pid' | 'verboseErrors'> {
  /** config variables (language.md 8.9); they win over the script's own */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** machine to compile for; default the running one */
  readonly target?: Target;
}

export interface CompiledScript extends Compiled {
  readonly warnings: readonly Diagnostic[];
}

export interface TraceOptions extends Omit<CompileScriptOptions, 'target'> {
  /** command and arguments: started when everything is attached; the trace ends with it */
  readonly command?: readonly string[];
  /** ends the trace like exit() */
  readonly signal?: AbortSignal;
}

export interface TraceEnd {
  /** given to exit(), else 0 */
  readonly status: number;
  /** events that did not fit into the ring buffer */
  readonly lost: number;
  /** events nobody read, see EventQueue */
  readonly dropped: number;
}

/** Compiles a script without running it.
 * @throws CompileError  `.diagnostics` say what is wrong, with places */
export function compileScript(script: Script, options: CompileScriptOptions = {}): CompiledScript {
  return compileFor(sourceOf(script), options.target ?? openTarget(), options);
}

/** Compiles and loads a script, runs its begin probes and attaches the others.
 * @throws CompileError, LoadError (`.span`, `.log`), AttachError (`.attachPoint`), NotSupportedError, PermissionError */
export async function trace(script: Script, options: TraceOptions = {}): Promise<Trace> {
  const native = loadNative();
  const target = openTarget();
  if (options.pid !== undefined) checkFollowed(options.pid);
  const compiled = compileFor(sourceOf(script), target, options);
  const child = options.command && native.spawnHeld(options.command);
  try {
    const traced = child?.pid ?? options.pid;
    if (traced !== undefined) checkFollowable(target, traced);
    if (namesKernelAddresses(compiled.manifest)) target.readKallsymsAhead();
    const started = Trace.load(compiled, { childPid: child?.pid, pid: options.pid, target });
    await started.start({ child, watch: (onEnd) => (options.pid === undefined ? undefined : native.watchPid(options.pid, onEnd)), signal: options.signal });
    return started;
  } catch (error) {
    child?.close();
    throw error;
  }
}

interface Following {
  readonly child: ChildHandle | undefined;
  readonly watch: (onEnd: () => void) => PidWatchHandle | undefined;
  readonly signal: AbortSignal | undefined;
}

export class Trace implements AsyncIterable<TraceEvent> {
  /** resolves when everything has been detached and freed; rejects when the session broke */
  done: Promise<TraceEnd> = Promise.reject(new Error('the trace was not started'));
  readonly maps: TraceMaps;
  private probeCount = 0;

  private constructor(
    private readonly script: LiveScript,
    private readonly programs: readonly ManifestProgram[],
    private readonly queue: EventQueue,
    private readonly writer: EventWriter,
    readonly manifest: Manifest,
  ) {
    this.maps = new TraceMaps(script);
    this.done.catch(() => undefined);
  }

  /** @throws LoadError */
  static load(compiled: CompiledScript, { childPid, pid, target }: { readonly childPid?: number; readonly pid?: number; readonly target: RunningTarget }): Trace {
    const native = loadNative();
    const { manifest } = compiled;
    let script: LiveScript | undefined;
    const queue = new EventQueue((held) => (held ? script?.session.pause() : script?.session.resume()));
    const rendering = machineRendering({ native, manifest, kallsyms: () => target.kallsyms(), warn: (text) => queue.push({ type: 'complaint', text }), oneProgram: childPid !== undefined });
    const writer = new EventWriter(queue, rendering);
    const programs = leaveOutUnsupported(manifest.programs, manifest, target, ({ probe }, reason) => writer.emit({ type: 'skipped', probe, reason }));
    if (programs.length === 0) throw notSupported(manifest, target)!;
    try {
      script = loadScript({
        native, compiled, programs, writer, rendering, symbols: rendering.symbols, pid, childPid, startValues: startValuesNow(native, childPid),
      });
    } catch (error) {
      if (!(error instanceof TbpfError)) throw error;
      throw notSupported(manifest, target, error) ?? (error instanceof LoadError ? placed(error, compiled) : error);
    }
    return new Trace(script, programs, queue, writer, manifest);
  }

  /** How many probes are live; begin and end count. */
  get probes(): number {
    return this.probeCount;
  }

  /** Runs the begin probes and attaches; called by trace(). What it made is gone when it throws.
   * @throws AttachError, TbpfError */
  async start({ child, watch, signal }: Following): Promise<void> {
    const { session, kernel } = this.script;
    const undo: (() => void)[] = [];
    const undoAll = (): void => undo.forEach((one) => one());
    try {
      session.begin();
      const report = await session.attach(this.programs);
      this.judge(report);
      const pinned = pinIterator(report.attached, loadNative(), kernel);
      if (pinned !== undefined) {
        this.writer.emit({ type: 'pinned', path: pinned });
        session.stop();
      }
      const watched = watch(() => session.processEnded());
      undo.push(() => watched?.close());
      const abort = (): void => session.stop();
      signal?.addEventListener('abort', abort, { once: true });
      undo.push(() => signal?.removeEventListener('abort', abort));
      if (signal?.aborted) abort();
      const onSignal = (): void => void session.signal('SIGUSR1');
      if (this.programs.some(({ attach }) => attach.kind === 'signal')) process.on('SIGUSR1', onSignal);
      undo.push(() => process.off('SIGUSR1', onSignal));
      child?.onExit(() => session.processEnded());
      child?.resume();
      undo.push(() => child?.close());
      this.done = this.follow(report).finally(undoAll);
      this.done.catch(() => undefined);
    } catch (error) {
      undoAll();
      await kernel.detach();
      kernel.close();
      throw error;
    }
  }

  /** Tells what could not be attached (language.md 3.5).
   * @throws AttachError  that is too much to go on */
  private judge({ attached, failures, leftOut: omitted }: AttachReport): void {
    const policy = String(this.manifest.config['missing_probes']);
    const live = [...this.programs.filter(isRunByUs), ...attached];
    this.probeCount = countProbes(live);
    const [first] = failures;
    if (first !== undefined && (policy === 'error' || live.length === 0)) {
      const { error, program } = first;
      throw new AttachError(error.message, { code: error.code, errno: error.errno, operation: error.operation, advice: error.advice, cause: error, attachPoint: program.probe });
    }
    const leftOut = describeLeftOut({ leftOut: omitted }, this.manifest);
    if (leftOut.sentence !== undefined) this.writer.emit({ type: 'left_out', sentence: leftOut.sentence, names: leftOut.names });
    if (policy === 'warn') for (const { program, error } of failures) this.writer.emit({ type: 'skipped', probe: program.probe, reason: error.message });
  }

  /** Ends the trace as ^C does: end probes run, what they print can still be read. */
  async close(): Promise<TraceEnd> {
    this.script.session.stop();
    return this.done;
  }

  [Symbol.asyncIterator](): AsyncIterator<TraceEvent> {
    return this.queue[Symbol.asyncIterator]();
  }

  private async follow(report: AttachReport): Promise<TraceEnd> {
    const { session, kernel, snapshots } = this.script;
    snapshots.start();
    try {
      await session.run(report.attached);
      await session.end();
      this.maps.keep();
      return { status: session.status, lost: session.lostTotal, dropped: this.queue.dropped };
    } finally {
      snapshots.stop();
      this.queue.end();
      await kernel.detach();
      kernel.close();
    }
  }
}

/** The maps of a script by their names (`@`, `@start` …). While the trace runs they are read when asked for; afterwards they are as they were at its end. */
export class TraceMaps {
  private kept: Map<string, MapEntryValue[]> | undefined;

  constructor(private readonly script: Pick<LiveScript, 'services'>) {}

  get names(): string[] {
    return this.script.services.mapsByName.map(({ spec }) => spec.scriptName!);
  }

  /** In print order; undefined: the script has no such map. */
  get(name: string): readonly MapEntryValue[] | undefined {
    if (this.kept) return this.kept.get(name);
    const map = this.script.services.mapsByName.find(({ spec }) => spec.scriptName === name);
    return map && mapEntries(map.read());
  }

  /** Reads all of them for the last time. */
  keep(): void {
    this.kept = new Map(this.names.map((name) => [name, [...this.get(name)!]]));
  }
}

function sourceOf(script: Script): Source {
  return typeof script === 'string' ? new Source('script', script) : new Source(script.file, readText(script.file));
}

function openTarget(): RunningTarget {
  return new RunningTarget({ native: loadNative, btfPath: process.env['BPFTRACE_BTF'] });
}

function compileFor(source: Source, target: Target, { parameters, unsafe, pid, verboseErrors, config }: CompileScriptOptions): CompiledScript {
  const { diagnostics, output } = compile(source, target, { parameters, unsafe, pid, verboseErrors, config: configOf(config ?? {}), readImport: importReader(source.name), readHeader: headerReader(source.name, []) });
  if (output === undefined) throw new CompileError(diagnostics);
  return { ...output, warnings: diagnostics };
}

/** @throws RangeError  there is no such variable, or it cannot have this value */
function configOf(settings: Readonly<Record<string, string | number | boolean>>): Config {
  const config = new Config();
  for (const [key, value] of Object.entries(settings)) {
    const { error } = config.set(key, typeof value === 'number' ? BigInt(value) : value, 'environment');
    if (error !== undefined) throw new RangeError(`${key}: ${error}`);
  }
  return config;
}

function notSupported({ programs }: Manifest, target: RunningTarget, cause?: TbpfError): NotSupportedError | undefined {
  const unsupported = findUnsupported(programs, target);
  return unsupported && new NotSupportedError(unsupported.text, { feature: unsupported.feature, operation: cause?.operation, cause });
}

/** The same error with its place in the script. */
function placed(error: LoadError, compiled: Compiled): LoadError {
  const { message, span } = reportLoadError(error, compiled);
  const { code, errno, operation, log, program, map } = error;
  return new LoadError(message, { code, errno, operation, log, program, map, span, cause: error });
}
