// Runs a script without a kernel and without root: compiled for the recorded machine, executed by lib/sim, printed by the real runtime.
//
//   in     the script; which probes fire, with which contexts
//   out    what the command would have written on stdout and stderr, and its exit status; without end-of-run newlines when nothing follows
//   idea   the same session, handlers and writers as on the running kernel: only the kernel is another one
//
//     const { stdout } = runInSim('begin { printf("%d\\n", 1 + 2); }');
//     runInSim('tracepoint:sched:* { @[probe] = count(); }', { fire: [{ probe: 'tracepoint:sched:sched_switch', times: 3 }] });

import { compile, type Compiled } from '../../lib/compile.js';
import { Config } from '../../lib/language/config.js';
import type { Diagnostic } from '../../lib/model/diagnostics/diagnostic.js';
import { renderDiagnostics } from '../../lib/model/diagnostics/render.js';
import { functionOf, type ManifestProgram } from '../../lib/model/layout/manifest.js';
import { Source } from '../../lib/model/source/source.js';
import type { Target } from '../../lib/model/target/target.js';
import { MemorySink, createWriter, plainRendering, type PromptFormat, type Rendering } from '../../lib/runtime/output/index.js';
import { Session } from '../../lib/runtime/session/session.js';
import type { StartValues } from '../../lib/runtime/session/start-values.js';
import { Machine, type Environment, type RunOptions } from '../../lib/sim/index.js';
import { eventHandlers, ScriptServices } from '../../lib/trace/services.js';
import { emitEnd, lostEvent } from '../../lib/trace/live.js';
import { FixtureTarget } from './fixture-target.js';
import { SimKernel } from '../../lib/trace/sim-kernel.js';

/** A probe that fires. */
export interface Firing extends RunOptions {
  /** probe string of the manifest, program name, or its index among the programs that are attached (default 0) */
  readonly probe?: string | number;
  /** how often, default 1 */
  readonly times?: number;
}

export interface SimOptions {
  readonly target?: Target;
  readonly fire?: readonly (Firing | string)[];
  readonly parameters?: readonly string[];
  readonly format?: PromptFormat;
  readonly unsafe?: boolean;
  readonly pid?: number;
  /** -k */
  readonly verboseErrors?: boolean;
  /** false: not optimized */
  readonly optimizes?: boolean;
  /** false: --no-warnings */
  readonly warnings?: boolean;
  /** as the environment would set them: `{ max_map_keys: 10 }` */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly environment?: Environment;
  /** by default the machine's boot was at the epoch and nothing has a name */
  readonly rendering?: Partial<Rendering>;
  readonly startValues?: StartValues;
  /** called before the first program runs: to put things into the machine */
  readonly prepare?: (machine: Machine, compiled: Compiled) => void;
  /** false: diagnostics, but nothing runs */
  readonly run?: boolean;
}

export interface SimResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  /** events that did not fit into the ring buffer */
  readonly lost: number;
  readonly diagnostics: readonly Diagnostic[];
  /** undefined when the script did not compile */
  readonly compiled?: Compiled;
  readonly machine?: Machine;
}

/** tbpf's own task, in which begin and end run. */
export const ownTask = { pid: 4321, tgid: 4321, uid: 0, comm: 'tbpf' } as const;

/** Runs begin probes, fires what `fire` says, then end probes, and prints the maps. Warnings of the compiler stand at the beginning of stdout.
 * @throws SimFault  the program did what a verifier forbids: a bug of the compiler */
export function runInSim(script: string, options: SimOptions = {}): SimResult {
  const target = options.target ?? new FixtureTarget();
  const { diagnostics, output } = compile(new Source('stdin', script), target, {
    config: configOf(options.config ?? {}), parameters: options.parameters, unsafe: options.unsafe, pid: options.pid, verboseErrors: options.verboseErrors, optimizes: options.optimizes,
  });
  if (!output) return { stdout: '', stderr: renderDiagnostics(diagnostics, { face: 'command' }), status: 1, lost: 0, diagnostics };
  const said = options.warnings === false ? '' : renderDiagnostics(diagnostics, { face: 'command' });
  if (options.run === false) return { stdout: said, stderr: '', status: 0, lost: 0, diagnostics, compiled: output };
  return { ...runCompiledInSim(output, target, options, said), diagnostics, compiled: output };
}

/** Runs what was compiled for `target`.
 * @param said  stands at the beginning of stdout
 * @throws SimFault */
export function runCompiledInSim(output: Compiled, target: Target, options: SimOptions = {}, said = ''): Omit<SimResult, 'diagnostics' | 'compiled'> {
  const out = new MemorySink();
  const errors = new MemorySink();
  out.write(said);
  const machine = new Machine(withRing(output.object), { cpus: target.cpuCount, ...options.environment });
  const { manifest } = output;
  const kernel = new SimKernel(machine, manifest, { ...defaultStartValues, ...options.startValues }, ownTask);
  const rendering: Rendering = { ...plainRendering, ...options.rendering };
  const writer = createWriter(options.format ?? 'text', { out, errors, rendering }, manifest);
  const services = new ScriptServices({
    manifest, writer, rendering, cpuCount: kernel.cpuCount, warnings: options.warnings,
    map: (name) => kernel.map(name),
    exit: (status) => session.exit(status),
  });
  const session = new Session(kernel, manifest, { handlers: eventHandlers(services), onLost: (lost) => writer.emit(lostEvent(lost)), warnings: services.warnings });

  options.prepare?.(machine, output);
  session.begin();
  if (session.handleEvents()) fireAll(session, machine, manifest.programs, options.fire ?? []);
  session.finish();
  emitEnd(services, writer, session.lostTotal);
  return { stdout: out.text, stderr: errors.text, status: session.status, lost: session.lostTotal, machine };
}

/** stdout of a script that must compile and run without a word on stderr, without the two newlines before the maps. */
export function outputOf(script: string, options: SimOptions = {}): string {
  const { stdout, stderr } = runInSim(script, options);
  if (stderr !== '') throw new Error(`stderr is not empty:\n${stderr}`);
  return stdout.replace(/\n\n(?=@|$)/, '');
}

/** What the compiler says of a script, as the command prints it. */
export function complaintsOf(script: string, options: SimOptions = {}): string {
  const { diagnostics } = runInSim(script, { ...options, run: false });
  return renderDiagnostics(diagnostics, { face: 'command' });
}

const defaultStartValues: StartValues = { cpid: 0n, has_cpid: 0n, start_ns: 0n, tai_offset: 0n };
const RING_BYTES = 1 << 20;

/** The runtime sets the size of the ring buffer when it loads an object. */
function withRing(object: Compiled['object']): Compiled['object'] {
  return { ...object, maps: object.maps.map((map) => (map.type === 'ringbuf' ? { ...map, maxEntries: RING_BYTES } : map)) };
}

function fireAll(session: Session, machine: Machine, programs: readonly ManifestProgram[], firings: readonly (Firing | string)[]): void {
  for (const firing of firings) {
    const { probe = 0, times = 1, ...how } = typeof firing === 'string' ? { probe: firing } : firing;
    const program = findProgram(programs, probe);
    const siblings = programs.filter(({ name }) => name === program.name);
    const cookie = BigInt(siblings.indexOf(program));
    for (let i = 0; i < times; i++) {
      machine.run(functionOf(program), { cookie, isReturn: program.within !== undefined, ...how });
      if (!session.handleEvents()) return;
    }
  }
}

function findProgram(programs: readonly ManifestProgram[], probe: string | number): ManifestProgram {
  const attached = programs.filter(({ attach }) => !['begin', 'end', 'signal'].includes(attach.kind));
  const found = typeof probe === 'number' ? attached[probe] : programs.find((program) => program.probe === probe || program.name === probe);
  if (!found) throw new RangeError(`the script has no probe ${probe}; it has ${programs.map((program) => program.probe).join(', ')}`);
  return found;
}

export function configOf(settings: Readonly<Record<string, string | number | boolean>>): Config {
  const config = new Config();
  for (const [key, value] of Object.entries(settings)) {
    const { error } = config.set(key, typeof value === 'number' ? BigInt(value) : value, 'environment');
    if (error !== undefined) throw new RangeError(error.text);
  }
  return config;
}
