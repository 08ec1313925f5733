// The library: a script becomes a running trace, whose events are iterated and whose maps are read as values.
//
//     const reads = await trace('tracepoint:raw_syscalls:sys_enter { @[comm] = count(); } interval:s:1 { exit(); }');
//     for await (const event of reads) console.log(event.text);
//     for (const { key, value } of reads.maps.get('@')) console.log(key, value);
//
//   order  compile, load, begin, attach; then events; then end, maps (language.md 6.4)

import { getSystemErrorName } from 'node:util';
import { throwIfAborted } from './api/abort.js';
import { compileAside } from './api/compiler-thread.js';
import type { TraceEvent } from './api/event.js';
import { EventWriter } from './api/event-writer.js';
import { type Machine, openMachine } from './api/machine.js';
import { policyOf } from './api/compile-options.js';
import { runningTarget } from './api/running-target.js';
import { checkLoadOptions, checkTraceOptions, type LoadOptions, type Loading, type TraceOptions } from './api/options.js';
import { withParameters } from './api/named-parameters.js';
import { Program, programOf, type Compiled } from './api/program.js';
import { Readers } from './api/readers.js';
import { sourceOf, type Script } from './api/script.js';
import type { ScriptTypes, UnknownTypes } from './api/script-types.js';
import { Session } from './api/session.js';
import { onUsr1 } from './api/usr1.js';
import { OptionError } from './model/diagnostics/errors.js';
import type { Manifest } from './model/layout/manifest.js';
import { checkFollowable } from './runtime/discover/index.js';
import { loadNative } from './runtime/native/index.js';
import { mayDiffer } from './trace/may-differ.js';
import { forRun } from './trace/for-run.js';
import { relocatedElsewhere } from './trace/relocations.js';
import { checkMachine } from './trace/machine-checks.js';
import { Runner } from './trace/runner.js';
import { TracedProcess } from './trace/traced-process.js';

/** Compiles and loads a script, runs its begin probes and attaches the others.
 * @throws AbortError  the signal was aborted before all was attached
 * @throws CompileError, LoadError (`.span`, `.log`), AttachError (`.attachPoint`), NotSupportedError, PermissionError, OptionError, TbpfError */
export async function trace<S extends ScriptTypes = UnknownTypes>(script: Script, options: TraceOptions = {}): Promise<Session<S>> {
  const { machine = openMachine(), compiling, loading } = checkTraceOptions(options);
  throwIfAborted(loading.signal);
  const source = sourceOf(script);
  if (compiling.pid !== undefined) checkFollowable(runningTarget(machine), compiling.pid);
  const program = compiling.blocking ? (await import('./api/compile-now.js')).compileNow(source, machine, compiling) : await compileAside(source, options.machine && machine, compiling);
  throwIfAborted(loading.signal);
  return start(program, loading, machine) as unknown as Promise<Session<S>>;
}

/** Runs what compile() made, or the bytes of a file that Program.toBytes() or `tbpf build` wrote; the compiler is not needed.
 * @throws AbortError, LoadError, AttachError, NotSupportedError, PermissionError, OptionError, TbpfError */
export async function load<S extends ScriptTypes = UnknownTypes>(program: Program<S> | Compiled | Uint8Array, options: LoadOptions = {}): Promise<Session<S>> {
  const loading = checkLoadOptions(options);
  throwIfAborted(loading.signal);
  const machine = openMachine();
  return start(await forLoading(programOf(program), loading, machine), loading, machine) as unknown as Promise<Session<S>>;
}

/** @throws OptionError;  TbpfError  ERR_ELSEWHERE */
async function forLoading(program: Program, { pid, parameters, namedParameters }: Loading, machine: Machine): Promise<Program> {
  const { manifest: built, places } = Program.parsed(program as Program<never>);
  const target = runningTarget(machine);
  const asBuilt = { elf: program.elf, manifest: built };
  const { elf, manifest } = mayDiffer(built, target) ? (await import('./trace/fit.js')).fitToMachine(asBuilt, target, pid) : asBuilt;
  const run = forRun({ elf: relocatedElsewhere(withParameters(elf, manifest, namedParameters), built.origin, target), manifest }, { pid, parameters });
  return new Program({ elf: run.elf, manifest: program.manifest }, program.warnings, run.manifest, places);
}

async function start(program: Program, { pid, cgroups, command, signal, missing, queue }: Loading, machine: Machine): Promise<Session> {
  const { manifest, places } = Program.parsed(program as Program<never>);
  if (manifest.started !== undefined && pid === undefined && command === undefined) throw new OptionError('options.follow', 'options.follow needs a process to begin with: give options.pid or options.command', 'ERR_OPTION_VALUE');
  const native = loadNative();
  const readers = new Readers<TraceEvent>(queue);
  let failures = 0;
  const push = (event: TraceEvent): void => {
    if (event.type === 'runtime-error' || event.type === 'helper-error') failures += event.count;
    readers.push(event);
  };
  const warn = (text: string): void => readers.push({ type: 'warning', site: -1, text, count: 1 });
  checkMachine(native, warn);
  const undo: (() => void)[] = [];
  const traced = new TracedProcess(native, { command, pid });
  let runner: Runner | undefined;
  try {
    const target = runningTarget(machine);
    if (traced.pid !== undefined) checkFollowable(target, traced.pid);
    runner = await Runner.loadAside({
      native, target, places, pid, cgroups, childPid: traced.childPid, warn, mapsAtEnd: false,
      compiled: { elf: program.elf, manifest: missing === undefined ? manifest : withPolicy(manifest, missing) },
      writer: (rendering) => new EventWriter(push, rendering, manifest.events, getSystemErrorName),
    });
    throwIfAborted(signal);
    const { session } = runner.script;
    const live = await runner.start();
    throwIfAborted(signal);
    if (runner.pin()) session.stop();
    if (live!.some(({ attach }) => attach.kind === 'signal')) undo.push(onUsr1(() => session.signal('SIGUSR1')));
    traced.release(() => session.processEnded());
    const running = new Session({ program: program as Program<never>, runner, readers, live: live!, traced, failures: () => failures, undo });
    const abort = (): void => Session.abort(running);
    signal?.addEventListener('abort', abort, { once: true });
    undo.push(() => signal?.removeEventListener('abort', abort));
    return running;
  } catch (error) {
    undo.forEach((one) => one());
    await traced.finish();
    await runner?.close();
    throw error;
  }
}

function withPolicy(manifest: Manifest, missing: 'error' | 'skip'): Manifest {
  return { ...manifest, config: { ...manifest.config, missing_probes: policyOf(missing) } };
}
