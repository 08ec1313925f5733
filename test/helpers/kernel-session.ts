// Runs a script on the running kernel, inside this process: compiled for it, loaded, begin and end probes run, maps printed.
//
//   in     the script; only begin and end probes fire, nothing is attached
//   out    what the command would have written, as runInSim answers it, so that the two can be compared
//   idea   one RunningTarget for all scripts: BTF and symbols are read once, a script takes milliseconds
//   facts  needs root; begin and end run by test run in this process

import { renderDiagnostics } from '../../lib/model/diagnostics/render.js';
import { LoadError } from '../../lib/model/diagnostics/errors.js';
import { Source } from '../../lib/model/source/source.js';
import { RunningTarget } from '../../lib/runtime/discover/index.js';
import { loadNative } from '../../lib/runtime/native/index.js';
import { createWriter, MemorySink, plainRendering, type Writer } from '../../lib/runtime/output/index.js';
import { emitEnd, loadScript } from '../../lib/trace/live.js';
import { openValuesOf } from '../../lib/runtime/session/start-values.js';
import { startValuesNow } from '../../lib/trace/machine.js';
import { compileForRun, type RunnableResult } from './from-file.js';
import { configOf, type SimOptions, type SimResult } from './sim-session.js';

export type KernelOptions = Pick<SimOptions, 'parameters' | 'format' | 'unsafe' | 'pid' | 'verboseErrors' | 'warnings' | 'config' | 'optimizes'>;
export type KernelResult = Pick<SimResult, 'stdout' | 'stderr' | 'status' | 'lost' | 'diagnostics'>;

let target: RunningTarget | undefined;

/** The machine that scripts are compiled for. */
export function kernelTarget(): RunningTarget {
  return (target ??= new RunningTarget({ native: loadNative }));
}

/** @throws LoadError  the verifier refused the program: a bug of the compiler. Its message ends with the end of the verifier's log */
export function runOnKernel(script: string, options: KernelOptions = {}): KernelResult {
  const { diagnostics, output } = compileForKernel(script, options);
  if (!output) return { stdout: '', stderr: renderDiagnostics(diagnostics, { face: 'command' }), status: 1, lost: 0, diagnostics };
  return { ...runCompiledOnKernel(output, options, options.warnings === false ? '' : renderDiagnostics(diagnostics, { face: 'command' })), diagnostics };
}

/** Runs what was compiled for this machine.
 * @param said  stands at the beginning of stdout
 * @throws LoadError */
export function runCompiledOnKernel(output: NonNullable<RunnableResult['output']>, options: KernelOptions = {}, said = ''): Omit<KernelResult, 'diagnostics'> {
  const out = new MemorySink();
  const errors = new MemorySink();
  out.write(said);
  const writer = createWriter(options.format ?? 'text', { out, errors, rendering: plainRendering }, output.manifest);
  const loaded = load(output, writer, options);
  try {
    const { session, services } = loaded;
    session.begin();
    session.handleEvents();
    session.finish();
    emitEnd(services, writer, session.lostTotal);
    return { stdout: out.text, stderr: errors.text, status: session.status, lost: session.lostTotal };
  } finally {
    loaded.kernel.close();
  }
}

/** Whether the script compiles; what compiles is loaded and let go again.
 * @throws LoadError */
export function loadOnKernel(script: string, options: KernelOptions = {}): boolean {
  const { output } = compileForKernel(script, options);
  if (!output) return false;
  load(output, createWriter('text', { out: new MemorySink(), errors: new MemorySink(), rendering: plainRendering }), options).kernel.close();
  return true;
}

function compileForKernel(script: string, options: KernelOptions): RunnableResult {
  return compileForRun(new Source('stdin', script), kernelTarget(), {
    config: configOf(options.config ?? {}), parameters: options.parameters, unsafe: options.unsafe, pid: options.pid, verboseErrors: options.verboseErrors, optimizes: options.optimizes,
  });
}

function load(compiled: NonNullable<RunnableResult['output']>, writer: Writer, { warnings }: KernelOptions): ReturnType<typeof loadScript> {
  const native = loadNative();
  return withLog(() => loadScript({
    native, compiled, writer, rendering: plainRendering, symbols: { snapshot: () => undefined, refresh: () => undefined }, warnings, startValues: startValuesNow(native, undefined, openValuesOf(kernelTarget(), compiled.manifest.startValues, compiled.manifest)),
  }));
}

/** What the verifier said last belongs to the message of a failed test. */
function withLog<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    if (error instanceof LoadError && error.log) throw new Error(`${error.message}\n${error.log.slice(-3000)}`, { cause: error });
    throw error;
  }
}
