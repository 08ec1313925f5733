// The library: a script becomes a running trace, whose events are iterated and whose maps are read as values.
//
//     const reads = await trace('tracepoint:raw_syscalls:sys_enter { @[comm] = count(); } interval:s:1 { exit(); }');
//     for await (const event of reads) console.log(event.text);
//     console.log(reads.maps.get('@'));
//
//   order  compile, load, begin, attach; then events; then end, maps (language.md 6.4)
//   owners the Trace owns everything in the kernel until it ends by itself or close() is called

import type { Compiled, CompileOptions } from './compile.js';
import { Config } from './language/config.js';
import type { Diagnostic } from './model/diagnostics/diagnostic.js';
import { CompileError } from './model/diagnostics/errors.js';
import type { Manifest } from './model/layout/manifest.js';
import { Source } from './model/source/source.js';
import type { Target } from './model/target/target.js';
import { RunningTarget, checkFollowable } from './runtime/discover/index.js';
import { loadNative } from './runtime/native/index.js';
import { compileSource } from './trace/compile-source.js';
import { EventQueue, EventWriter, type TraceEvent } from './trace/events.js';
import { readText } from './trace/files.js';
import { countProbes, type LiveScript } from './trace/live.js';
import { checkMachine } from './trace/machine-checks.js';
import { Runner } from './trace/runner.js';
import { TracedProcess } from './trace/traced-process.js';
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
 * @throws CompileError, LoadError (`.span`, `.log`), AttachError (`.attachPoint`), NotSupportedError, PermissionError, TbpfError */
export async function trace(script: Script, options: TraceOptions = {}): Promise<Trace> {
  const native = loadNative();
  const target = openTarget();
  const queue = new EventQueue();
  const warn = (text: string): void => queue.push({ type: 'complaint', text });
  checkMachine(native, warn);
  const { command, pid, signal } = options;
  const traced = new TracedProcess(native, { command, pid });
  try {
    const compiled = compileFor(sourceOf(script), target, options);
    if (traced.pid !== undefined) checkFollowable(target, traced.pid);
    const runner = Runner.load({ native, target, compiled, pid, childPid: traced.childPid, warn, writer: (rendering) => new EventWriter(queue, rendering) });
    return await Trace.start(runner, queue, compiled.manifest, traced, signal);
  } catch (error) {
    traced.end();
    throw error;
  }
}

export class Trace implements AsyncIterable<TraceEvent> {
  /** resolves when everything has been detached and freed; rejects when the session broke */
  readonly done: Promise<TraceEnd>;
  readonly maps: TraceMaps;

  private constructor(
    private readonly runner: Runner,
    private readonly queue: EventQueue,
    readonly manifest: Manifest,
    /** How many probes are live; begin and end count. */
    readonly probes: number,
    undo: readonly (() => void)[],
  ) {
    this.maps = new TraceMaps(runner.script);
    queue.onHold((held) => (held ? runner.script.session.pause() : runner.script.session.resume()));
    this.done = this.follow().finally(() => undo.forEach((one) => one()));
    this.done.catch(() => undefined);
  }

  /** Runs the begin probes and attaches; called by trace(). What it made is gone when it throws.
   * @throws AttachError, TbpfError */
  static async start(runner: Runner, queue: EventQueue, manifest: Manifest, traced: TracedProcess, signal: AbortSignal | undefined): Promise<Trace> {
    const { session } = runner.script;
    const undo: (() => void)[] = [];
    try {
      const live = await runner.start();
      if (runner.pin()) session.stop();
      const abort = (): void => session.stop();
      signal?.addEventListener('abort', abort, { once: true });
      undo.push(() => signal?.removeEventListener('abort', abort));
      if (signal?.aborted) abort();
      const onSignal = (): void => void session.signal('SIGUSR1');
      if (live!.some(({ attach }) => attach.kind === 'signal')) process.on('SIGUSR1', onSignal);
      undo.push(() => process.off('SIGUSR1', onSignal));
      traced.release(() => session.processEnded());
      undo.push(() => traced.end());
      return new Trace(runner, queue, manifest, countProbes(live!), undo);
    } catch (error) {
      undo.forEach((one) => one());
      await runner.close();
      throw error;
    }
  }

  /** Ends the trace as ^C does: end probes run, what they print can still be read. */
  async close(): Promise<TraceEnd> {
    this.runner.script.session.stop();
    return this.done;
  }

  [Symbol.asyncIterator](): AsyncIterator<TraceEvent> {
    return this.queue[Symbol.asyncIterator]();
  }

  private async follow(): Promise<TraceEnd> {
    try {
      const status = await this.runner.follow();
      this.maps.keep();
      return { status, lost: this.runner.script.session.lostTotal, dropped: this.queue.dropped };
    } finally {
      this.queue.end();
      await this.runner.close();
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
  const { diagnostics, output } = compileSource(source, target, { parameters, unsafe, pid, verboseErrors, config: configOf(config ?? {}) });
  if (output === undefined) throw new CompileError(diagnostics);
  return { ...output, warnings: diagnostics };
}

/** @throws RangeError  there is no such variable, or it cannot have this value */
function configOf(settings: Readonly<Record<string, string | number | boolean>>): Config {
  const config = new Config();
  for (const [key, value] of Object.entries(settings)) {
    const { error } = config.set(key, typeof value === 'number' ? BigInt(value) : value, 'environment');
    if (error !== undefined) throw new RangeError(error.text);
  }
  return config;
}
