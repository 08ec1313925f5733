// Runs a script on the running kernel inside this process: what the command does, without a process and its start for each script.
//
//   why  a guest is emulated and starts a process in seconds; the machine's facts (BTF, symbols) are read once for all scripts

import { AttachError, NotSupportedError } from '../../lib/model/diagnostics/errors.js';
import { renderDiagnostics } from '../../lib/model/diagnostics/render.js';
import { Source } from '../../lib/model/source/source.js';
import { RunningTarget } from '../../lib/runtime/discover/index.js';
import { loadNative } from '../../lib/runtime/native/index.js';
import { MemorySink, createWriter } from '../../lib/runtime/output/index.js';
import { Runner } from '../../lib/trace/runner.js';
import { compileForRun } from './from-file.js';

export interface LiveRunOptions {
  readonly pid?: number;
  readonly unsafe?: boolean;
  readonly parameters?: readonly string[];
  readonly format?: 'text' | 'json';
  readonly target?: RunningTarget;
  /** as compile() has it */
  readonly foldsSyscalls?: boolean;
  /** done once everything is attached; then the session ends, as by ^C. Without it the session ends by itself. */
  readonly during?: () => Promise<void>;
}

export interface LiveRunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

let machine: RunningTarget | undefined;

/** The running machine; its facts are read once for all tests of a process. */
export function runningMachine(): RunningTarget {
  return (machine ??= new RunningTarget({ native: loadNative }));
}

/** @throws LoadError  the kernel refused it: a bug of tbpf */
export async function runLive(script: string, options: LiveRunOptions = {}): Promise<LiveRunResult> {
  const native = loadNative();
  const target = options.target ?? runningMachine();
  const { diagnostics, output: compiled } = compileForRun(new Source('stdin', script), target, { parameters: options.parameters, unsafe: options.unsafe, pid: options.pid, foldsSyscalls: options.foldsSyscalls });
  if (!compiled) return { stdout: '', stderr: renderDiagnostics(diagnostics, { face: 'command' }), status: 1 };
  const out = new MemorySink();
  const errors = new MemorySink();
  const runner = Runner.load({
    native, target, compiled, pid: options.pid,
    writer: (rendering) => createWriter(options.format ?? 'text', { out, errors, rendering }),
    warn: (text) => errors.write(`WARNING: ${text}\n`),
  });
  const ended = (status: number): LiveRunResult => ({ stdout: out.text, stderr: errors.text, status });
  try {
    await runner.start();
    const followed = runner.follow();
    if (options.during) {
      await options.during();
      runner.script.session.processEnded();
    }
    return ended(await followed);
  } catch (error) {
    // what the kernel lacks has the refusal as its cause
    const refused = error instanceof NotSupportedError ? error.cause : error;
    if (!(refused instanceof AttachError)) throw error;
    errors.write(`ERROR: ${String(error)}\nERROR: Unable to attach probe: ${refused.attachPoint}\n`);
    return ended(255);
  } finally {
    await runner.close();
  }
}
