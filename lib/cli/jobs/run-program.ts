// A compiled program from the machine to its end, for `tbpf SCRIPT` and for `tbpf run FILE`.
//
//   order  check the machine, -p/-c; then, with the program: load, begin, attach, run, end, maps (language.md 8.3, 6.4)
//   idea   from loading on it is the runner (trace/runner.ts) that does it; here is what a command is besides: messages, statuses, signals.
//          The process ends as soon as everything is printed: a helper process waits for what the kernel takes long to detach

import { AttachError, LoadError, NotSupportedError, TbpfError } from '../../model/diagnostics/errors.js';
import type { Manifest, ManifestProgram } from '../../model/layout/manifest.js';
import type { OutputEvent } from '../../language/output-event.js';
import { checkFollowable, type RunningTarget } from '../../runtime/discover/index.js';
import { loadNative } from '../../runtime/native/index.js';
import type { NativeAddon } from '../../runtime/native/types.js';
import { outputFormats, type Rendering, type Writer } from '../../runtime/output/index.js';
import type { InsnPlaces } from '../../trace/insn-places.js';
import { checkMachine } from '../../trace/machine-checks.js';
import { NO_PROBES_LEFT, Runner, ScriptRefused, sentenceOf } from '../../trace/runner.js';
import { TracedProcess, type CommandOptions } from '../../trace/traced-process.js';
import { describeUnwindEnds, readUnwindEnds } from '../../trace/unwind-ends.js';
import { describeUnnamed } from '../../trace/unnamed.js';
import type { CommandLine } from '../line/command-line.js';
import { Failure, status } from '../output/failure.js';
import { openTarget } from '../line/given.js';
import { Output } from '../output/output.js';
import { Captured, nothingToRun, programsOf, runBenchmarks, runBenchmarksAsJson, runTests, runTestsAsJson } from './own-probes.js';
import { TerminalProgress } from '../output/progress.js';
import type { Watch } from '../watch/watch.js';
import { StopSignals } from './stop.js';

/** How long leaving waits for probes to be detached. */
const DETACH_MS = 200;
/** SIGPIPE's, as shells show it */
const READER_GONE = 141;

/** What is loaded. */
export interface LoadableProgram {
  readonly elf: Uint8Array;
  readonly manifest: Manifest;
  /** of its instructions in the script */
  readonly places: () => InsnPlaces;
}

export interface Surroundings {
  readonly native: NativeAddon;
  readonly target: RunningTarget;
  readonly output: Output;
  readonly traced: TracedProcess;
}

/** What a run stands on: the addon, where output goes, the traced process, the machine. */
export function surroundingsOf(line: CommandLine): Surroundings {
  const readerGone = (): never => process.exit(READER_GONE);
  const native = loadNative();
  const output = new Output(line, native, readerGone);
  // Node ignores it, and its default action cannot be had back
  process.on('SIGPIPE', readerGone);
  if (line.action !== 'compile' && line.action !== 'compiler bench') checkMachine(native, (text) => output.warn(text));
  const traced = new TracedProcess(native, {
    command: commandOf(line), pid: line.pid,
    ignoresHangup: process.listenerCount('SIGHUP') > 0, // bin/tbpf listens where SIGHUP was ignored
    say: (text) => line.verbose && output.message('info', text),
  });
  traced.ref(false);
  // a filter picks single probes by their names
  const target = openTarget(line, native, line.probeFilter !== undefined);
  if (traced.pid !== undefined) checkFollowable(target, traced.pid);
  return { native, target, output, traced };
}

/** Loads and runs a program. @returns the exit status; never comes back when the process has to end at once */
export async function runProgram(line: CommandLine, compiled: LoadableProgram, surroundings: Surroundings): Promise<number> {
  const { output } = surroundings;
  const chosen = programsOf(line.mode, compiled.manifest.programs);
  const programs = line.probeFilter ? chosen.filter((program) => isEdge(program) || line.probeFilter!.test(program.probe)) : chosen;
  if (programs.length === 0) {
    if (!line.quiet) output.inform(line.mode === 'trace' && chosen.length === 0 ? nothingToRun(compiled.manifest.programs) : 'No probes to attach');
    await output.drained();
    return status.wrong;
  }
  if (line.mode !== 'trace') return runOwnProbes(line, compiled, programs, surroundings);
  const makeWriter = await output.writerMaker(compiled.manifest);
  const draws = line.flame !== undefined || line.heatmap !== undefined || line.chart !== undefined;
  const pictures = draws ? (await import('../output/pictures.js')).openPictures(line, compiled.manifest, compiled.places().sources[0]!, (text) => line.quiet || output.say(text)) : undefined;
  const watch = line.watch === undefined || line.dryRun ? undefined : (await import('../watch/watch.js')).openWatch(line, compiled.manifest, compiled.places().sources[0]!, output, surroundings.native);
  const drawn = (rendering: Rendering): Writer => {
    const writer = pictures?.around(makeWriter(rendering), rendering) ?? makeWriter(rendering);
    return watch?.around(writer) ?? writer;
  };
  // up to here nothing is in the kernel: a signal may end the process at once
  const stop = new StopSignals((code) => endNow(code), () => output.blocked);
  const runner = await load(line, compiled, programs, surroundings, (rendering) => new CommandWriter(line, output, drawn(rendering)));
  pictures?.begin(runner);
  return trace(line, runner, programs, { ...surroundings, stop, watch });
}

async function load(line: CommandLine, compiled: LoadableProgram, programs: readonly ManifestProgram[], { native, target, output, traced }: Surroundings, writer: (rendering: Rendering) => Writer): Promise<Runner> {
  const verifierLog = line.stages.includes('verifier');
  try {
    const runner = Runner.load({
      native, target, compiled, programs, writer, verifierLog, places: compiled.places, pid: line.pid, unwoundPids: line.unwoundPids, cgroups: line.cgroups, childPid: traced.childPid, warnings: line.warnings,
      warn: (text) => output.warn(text),
      libbpfLog: line.stages.includes('libbpf') ? 'debug' : 'warn',
    });
    const { kernel } = runner.script;
    for (const { name, log } of kernel.verifierLogs()) output.print(`==> verifier: ${name}\n${log.trimEnd()}\n`);
    if (line.stages.includes('libbpf')) for (const text of kernel.object.takeLibbpfLog()) output.say(`[DEBUG] ${text}\n`);
    return runner;
  } catch (error) {
    reportRefusal(error, output);
    const refusal = error instanceof NotSupportedError ? error.cause : error;
    if (refusal instanceof LoadError && refusal.log !== '' && (line.verbose || verifierLog)) output.say(`Kernel error log: \n${refusal.log.trimEnd()}\n`);
    await output.drained();
    traced.end();
    return endNow(status.refused);
  }
}

/** The message for what the kernel refused.
 * @throws what is another kind of error */
function reportRefusal(thrown: unknown, output: Output): void {
  // bpftrace's sentence about a probe says which
  const error = thrown instanceof NotSupportedError && thrown.cause instanceof AttachError ? thrown.cause : thrown;
  if (error instanceof ScriptRefused) output.diagnostics([error.diagnostic]);
  else if (error instanceof NotSupportedError || (error instanceof AttachError && error.code === NO_PROBES_LEFT)) output.message('error', sentenceOf(error));
  else if (error instanceof AttachError) {
    const text = `Unable to attach probe: ${error.attachPoint}. If this is expected, set the 'missing_probes' config variable to 'warn'.`;
    output.message('error', text, sentenceOf(error));
    if (error.others > 0) output.message('error', `${error.others} more could not be attached either.`);
  } else throw error;
}

async function runOwnProbes(line: CommandLine, compiled: LoadableProgram, programs: readonly ManifestProgram[], surroundings: Surroundings): Promise<number> {
  const { output, traced } = surroundings;
  let captured: Captured | undefined;
  const { script } = await load(line, compiled, programs, surroundings, (rendering) => (captured = new Captured(rendering, line.warnings)));
  const { kernel, session } = script;
  const print = (text: string): void => output.results(text);
  try {
    const asJson = outputFormats[line.format] === 'objects';
    if (line.mode === 'test') return (asJson ? runTestsAsJson : runTests)(session, programs, captured!, print) ? status.ok : status.wrong;
    (asJson ? runBenchmarksAsJson : runBenchmarks)(session, programs, captured!, print);
    return status.ok;
  } finally {
    kernel.close();
    script.packetFiles.close();
    await output.drained();
    traced.end();
  }
}

async function trace(line: CommandLine, runner: Runner, programs: readonly ManifestProgram[], { native, output, stop, traced, watch }: Surroundings & { readonly stop: StopSignals; readonly watch: Watch | undefined }): Promise<number> {
  const { kernel, session } = runner.script;
  const leave = async (code: number): Promise<never> => {
    await output.drained();
    traced.end();
    return endNow(code, kernel.leftovers ? native : undefined);
  };
  process.on('SIGUSR1', () => void session.signal('SIGUSR1'));
  if (line.verbose) for (const { probe } of programs) output.message('info', `Attaching '${probe}' probe`);
  let live: readonly ManifestProgram[] | undefined;
  try {
    live = await runner.start(new TerminalProgress(output, () => stop.heard));
  } catch (error) {
    reportRefusal(error, output);
    return leave(status.refused);
  }
  if (live === undefined) return leave(status.refused);
  if (line.dryRun || pin(runner)) return leave(status.ok);
  output.onBlocked = (blocked) => (blocked ? session.hold() : session.release());
  output.onBlocked(output.blocked);
  stop.then(() => session.stop());
  const streams = traced.takeStreams();
  if (streams !== undefined) (await import('../watch/command-output.js')).showOutput(streams, output);
  watch?.enter(runner);
  let code: number;
  try {
    traced.release(() => session.processEnded());
    code = await runner.follow(DETACH_MS);
  } finally {
    watch?.leave();
  }
  if (line.verbose) for (const { probe, count } of session.lostByProbe) output.message('info', `Lost ${count} events of ${probe}`);
  if (line.verbose) for (const text of [...describeUnnamed(runner.rendering.symbols.unnamed), ...describeUnwindEnds(readUnwindEnds(kernel, session.manifest))]) output.message('info', text);
  return leave(code);
}

/** @throws Failure  the file of an iterator cannot be made */
function pin(runner: Runner): boolean {
  try {
    return runner.pin();
  } catch (error) {
    if (error instanceof TbpfError) throw new Failure(`ERROR: Failed to pin iter probe link: ${sentenceOf(error)}`, status.refused);
    throw error;
  }
}

/** What the command's options silence or add. */
class CommandWriter implements Writer {
  constructor(
    private readonly line: Pick<CommandLine, 'quiet' | 'verbose' | 'warnings'>,
    private readonly output: Output,
    private readonly writer: Writer,
  ) {}

  emit(event: OutputEvent): void {
    const { quiet, verbose, warnings } = this.line;
    if (event.type === 'left_out' && verbose) for (const name of event.names) this.output.message('info', `Left out ${name}`);
    if ((event.type === 'attached' && quiet) || (event.type === 'left_out' && !warnings)) return;
    this.writer.emit(event);
  }

  flush(): void {
    this.writer.flush();
  }
}

/** Under --watch its output is shown below the maps: it would write over them. */
function commandOf({ command, watch, dryRun }: CommandLine): CommandOptions | undefined {
  return command === undefined ? undefined : { argv: command.split(' ').filter((word) => word !== ''), ...(watch !== undefined && !dryRun && { stdio: 'pipe' }) };
}

/** begin and end are not filtered. */
function isEdge({ attach }: ManifestProgram): boolean {
  return attach.kind === 'begin' || attach.kind === 'end';
}

/** Ends the process. With `native`, a helper process keeps what is still open and closes it, so that the user does not wait for the kernel. */
function endNow(code: number, native?: NativeAddon): never {
  native?.deferClosing();
  process.exit(code);
}
