// Runs a script on the running kernel inside this process: what the command does, without a process and its start for each script.
//
//   why  a guest is emulated and starts a process in seconds; the machine's facts (BTF, symbols) are read once for all scripts

import { compile } from '../../lib/compile.js';
import { renderDiagnostics } from '../../lib/model/diagnostics/render.js';
import { Source } from '../../lib/model/source/source.js';
import { RunningTarget } from '../../lib/runtime/discover/index.js';
import { loadNative } from '../../lib/runtime/native/index.js';
import { MemorySink, createWriter } from '../../lib/runtime/output/index.js';
import { isRunByUs } from '../../lib/runtime/session/session.js';
import { startValuesNow } from '../../lib/trace/machine.js';
import { countProbes, emitEnd, loadScript } from '../../lib/trace/live.js';
import { machineRendering } from '../../lib/trace/machine.js';

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
  const { diagnostics, output: compiled } = compile(new Source('stdin', script), target, { parameters: options.parameters, unsafe: options.unsafe, pid: options.pid, foldsSyscalls: options.foldsSyscalls });
  if (!compiled) return { stdout: '', stderr: renderDiagnostics(diagnostics), status: 1 };
  const out = new MemorySink();
  const errors = new MemorySink();
  const rendering = machineRendering({ native, manifest: compiled.manifest, kallsyms: () => target.kallsyms(), warn: (text) => errors.write(`WARNING: ${text}\n`) });
  const writer = createWriter(options.format ?? 'text', { out, errors, rendering });
  const { kernel, session, services } = loadScript({
    native, compiled, writer, rendering, symbols: rendering.symbols, programs: compiled.manifest.programs, startValues: startValuesNow(native),
  });
  try {
    session.begin();
    const report = await session.attach();
    for (const { program, error } of report.failures) errors.write(`ERROR: ${String(error)}\nERROR: Unable to attach probe: ${program.probe}\n`);
    if (report.failures.length > 0) return { stdout: out.text, stderr: errors.text, status: 255 };
    writer.emit({ type: 'attached', probes: countProbes([...compiled.manifest.programs.filter(isRunByUs), ...report.attached]) });
    const ran = session.run(report.attached);
    if (options.during) {
      await options.during();
      session.processEnded();
    }
    await ran;
    await session.end();
    emitEnd(services, writer, session.lostTotal);
    return { stdout: out.text, stderr: errors.text, status: session.status };
  } finally {
    await session.kernel.detach();
    kernel.close();
  }
}
