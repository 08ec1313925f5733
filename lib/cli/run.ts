// From the command line to a running trace and its end: the main job of the command.
//
//   order  read, check the machine, -p/-c, compile, load, begin, attach, run, end, maps (language.md 8.3, 6.4)
//   idea   the process ends as soon as everything is printed: what the kernel takes long to detach is closed by somebody else

import { writeFileSync } from 'node:fs';
import { compile, type Compiled } from '../compile.js';
import { LoadError, TbpfError } from '../model/diagnostics/errors.js';
import type { Manifest, ManifestProgram } from '../model/layout/manifest.js';
import type { Source } from '../model/source/source.js';
import { checkFollowable, type RunningTarget } from '../runtime/discover/index.js';
import { loadNative } from '../runtime/native/index.js';
import type { NativeAddon } from '../runtime/native/types.js';
import type { Writer } from '../runtime/output/index.js';
import type { AttachReport } from '../runtime/session/kernel.js';
import type { NativeKernel } from '../runtime/session/native-kernel.js';
import { isRunByUs } from '../runtime/session/session.js';
import { headerReader, importReader } from '../trace/files.js';
import { namesKernelAddresses } from '../trace/kernel-names.js';
import { describeLeftOut } from '../trace/left-out.js';
import { countProbes, emitEnd, loadScript, type LiveScript } from '../trace/live.js';
import { reportLoadError } from '../trace/load-report.js';
import { machineRendering, startValuesNow, type MachineRendering } from '../trace/machine.js';
import { pinIterator } from '../trace/pin.js';
import { findUnsupported, leaveOutUnsupported } from '../trace/unsupported.js';
import type { CommandLine } from './command-line.js';
import { dumpSections, Dumps } from './dumps.js';
import { Failure, sentenceOf, status } from './failure.js';
import { configFromEnvironment, openTarget } from './given.js';
import { checkLockdown, checkPrivileges, raiseMemoryLimit } from './machine-checks.js';
import { Output } from './output.js';
import { Captured, nothingToRun, programsOf, runBenchmarks, runBenchmarksAsJson, runTests, runTestsAsJson } from './own-probes.js';
import { TracedProcess } from './process.js';
import { readProgram } from './program.js';
import { TerminalProgress } from './progress.js';
import { StopSignals } from './stop.js';

/** SIGPIPE's, as shells show it */
const READER_GONE = 141;

/** @returns the exit status; never comes back when the process has to end at once */
export async function runScript(line: CommandLine): Promise<number> {
  const source = readProgram(line.program!);
  // scripts that ask for named parameters (getopt) would know them
  if (line.namedParameters.length > 0) throw new Failure(`ERROR: unexpected program command line options: ${line.namedParameters.map((word) => word.replace(/=.*/s, '')).join(', ')}`, status.wrong);
  const readerGone = (): never => process.exit(READER_GONE);
  const output = new Output(line, readerGone);
  // Node ignores it, and its default action cannot be had back
  process.on('SIGPIPE', readerGone);
  const native = loadNative();
  if (line.action === 'run') {
    checkPrivileges(native);
    checkLockdown();
    raiseMemoryLimit(native, (text) => output.warn(text));
  }
  const traced = new TracedProcess(native, line, (text) => line.verbose && output.message(`${text}\n`));
  // a filter picks single probes by their names
  const target = openTarget(line, native, line.probeFilter !== undefined);
  if (traced.pid !== undefined) checkFollowable(target, traced.pid);
  const compiled = compileFor(line, source, target, output);
  if (line.action === 'compile' || compiled === undefined) {
    output.flush();
    return compiled === undefined ? status.wrong : status.ok;
  }
  const chosen = programsOf(line.mode, compiled.manifest.programs);
  const wanted = line.probeFilter ? chosen.filter((program) => isEdge(program) || line.probeFilter!.test(program.probe)) : chosen;
  const programs = leaveOutUnsupported(wanted, compiled.manifest, target, (program, reason) => tellSkipped(program, reason, output));
  if (programs.length === 0 && wanted.length > 0) throw new Failure('ERROR: Attachment failed for all probes.', status.refused);
  if (programs.length === 0) {
    if (!line.quiet) output.print(`${line.mode === 'trace' && chosen.length === 0 ? nothingToRun(compiled.manifest.programs) : 'No probes to attach'}\n`);
    output.flush();
    return status.wrong;
  }
  if (line.mode !== 'trace') return runOwnProbes(line, compiled, programs, { native, target, output, traced });
  if (namesKernelAddresses(compiled.manifest)) target.readKallsymsAhead();
  const surroundings = { native, target, output, traced };
  // up to here nothing is in the kernel: a signal may end the process at once
  const stop = new StopSignals((code) => endNow(code));
  const rendering = renderingOf(line, compiled, surroundings);
  const writer = output.writer(rendering);
  return trace(line, load(line, compiled, programs, surroundings, rendering, writer), programs, { ...surroundings, stop, writer });
}

function compileFor(line: CommandLine, source: Source, target: RunningTarget, output: Output): Compiled | undefined {
  const dumps = line.stages.length > 0 ? new Dumps(line.stages, (text) => output.print(text)) : undefined;
  const { diagnostics, output: compiled } = compile(source, target, {
    config: configFromEnvironment((text) => output.warn(text)),
    parameters: line.parameters, unsafe: line.unsafe, pid: line.pid, verboseErrors: line.verboseErrors, foldsSyscalls: process.env['TBPF_NO_FOLD'] !== '1' && !line.probeFilter,
    readImport: importReader(source.name), readHeader: headerReader(source.name, line.includeDirectories),
    dump: dumps && ((stage, text) => dumps.add(stage, text)),
  });
  output.diagnostics(diagnostics);
  if (compiled === undefined) return undefined;
  dumps?.add('elf', dumpSections(compiled.elf));
  if (line.emitElf !== undefined) writeElf(line.emitElf, compiled.elf);
  return compiled;
}

function writeElf(path: string, elf: Uint8Array): void {
  try {
    writeFileSync(path, elf);
  } catch (error) {
    throw new Failure(`ERROR: Failed to write the object: "${path}": ${(error as Error).message}`, status.wrong);
  }
}

interface Surroundings {
  readonly native: NativeAddon;
  readonly target: RunningTarget;
  readonly output: Output;
  readonly traced: TracedProcess;
}

function renderingOf(line: CommandLine, { manifest }: Compiled, { native, target, output }: Surroundings): MachineRendering {
  return machineRendering({ native, manifest, kallsyms: () => target.kallsyms(), warn: (text) => output.warn(text), oneProgram: line.command !== undefined });
}

function load(line: CommandLine, compiled: Compiled, programs: readonly ManifestProgram[], { native, target, output, traced }: Surroundings, rendering: MachineRendering, writer: Writer): LiveScript {
  const verifierLog = line.stages.includes('verifier');
  try {
    const script = loadScript({
      native, compiled, programs, rendering, writer,
      symbols: rendering.symbols, pid: line.pid, verifierLog, warnings: line.warnings,
      startValues: startValuesNow(native, traced.childPid),
      childPid: traced.childPid,
      logBytes: Number(compiled.manifest.config['log_size']),
      libbpfLog: line.stages.includes('libbpf') ? 'debug' : 'warn',
      btfPath: process.env['BPFTRACE_BTF'],
    });
    for (const { name, log } of script.kernel.verifierLogs()) output.print(`==> verifier: ${name}\n${log.trimEnd()}\n`);
    if (line.stages.includes('libbpf')) for (const text of script.kernel.object.takeLibbpfLog()) output.message(`[DEBUG] ${text}\n`);
    return script;
  } catch (error) {
    if (!(error instanceof TbpfError)) throw error;
    const unsupported = findUnsupported(programs, target);
    if (unsupported) output.message(`ERROR: ${unsupported.text}\n`);
    else if (!(error instanceof LoadError)) throw error;
    else output.diagnostics([reportLoadError(error, compiled)]);
    if (error instanceof LoadError && error.log !== '' && (line.verbose || verifierLog)) output.message(`Kernel error log: \n${error.log.trimEnd()}\n`);
    output.flush();
    traced.end();
    return endNow(status.refused);
  }
}

function runOwnProbes(line: CommandLine, compiled: Compiled, programs: readonly ManifestProgram[], surroundings: Surroundings): number {
  const { output, traced } = surroundings;
  const rendering = renderingOf(line, compiled, surroundings);
  const captured = new Captured(rendering, line.warnings);
  const { kernel, session } = load(line, compiled, programs, surroundings, rendering, captured);
  const print = (text: string): void => output.print(text);
  try {
    const asJson = line.format === 'json';
    if (line.mode === 'test') return (asJson ? runTestsAsJson : runTests)(session, programs, captured, print) ? status.ok : status.wrong;
    (asJson ? runBenchmarksAsJson : runBenchmarks)(session, programs, captured, print);
    return status.ok;
  } finally {
    kernel.close();
    output.flush();
    traced.end();
  }
}

async function trace(line: CommandLine, { kernel, session, services, snapshots }: LiveScript, programs: readonly ManifestProgram[], { native, output, stop, traced, writer }: Surroundings & { readonly stop: StopSignals; readonly writer: Writer }): Promise<number> {
  const leave = (code: number): never => {
    output.flush();
    traced.end();
    return endNow(code, kernel.leftovers ? native : undefined);
  };
  process.on('SIGUSR1', () => void session.signal('SIGUSR1'));
  if (line.verbose) for (const { probe } of programs) output.message(`Attaching '${probe}' probe\n`);
  session.begin();
  const report = await session.attach(programs, new TerminalProgress(output, () => stop.heard));
  if (stop.heard) return leave(status.refused);
  const attached = judge(session.manifest.config, programs, report, output);
  if (attached === undefined) return leave(status.refused);
  const leftOut = describeLeftOut(report, session.manifest);
  if (line.verbose) for (const name of leftOut.names) output.message(`Left out ${name}\n`);
  if (leftOut.sentence !== undefined) output.warn(leftOut.sentence);
  if (!line.quiet) writer.emit({ type: 'attached', probes: countProbes(attached) });
  if (line.dryRun) return leave(status.ok);
  if (pin(attached, native, kernel, writer)) return leave(status.ok);
  stop.then(() => session.stop());
  traced.release(() => session.processEnded());
  snapshots.start();
  await session.run(report.attached);
  snapshots.stop();
  await session.end();
  emitEnd(services, writer, session.lostTotal);
  if (line.verbose) for (const { probe, count } of session.lostByProbe) output.message(`Lost ${count} events of ${probe}\n`);
  return leave(session.status);
}

/** Tells what could not be attached (language.md 3.5). @returns all that is live; undefined: that is too little to go on */
function judge(config: Manifest['config'], programs: readonly ManifestProgram[], report: AttachReport, output: Output): readonly ManifestProgram[] | undefined {
  const missing = String(config['missing_probes']);
  // one is enough to end for; of thousands of a pattern the others say nothing new
  const told = missing === 'error' ? report.failures.slice(0, 1) : missing === 'warn' ? report.failures : [];
  for (const { program, error } of told) {
    if (missing === 'warn') tellSkipped(program, sentenceOf(error), output);
    else output.message(`${sentenceOf(error)}\nERROR: Unable to attach probe: ${program.probe}. If this is expected, set the 'missing_probes' config variable to 'warn'.\n`);
  }
  if (report.failures.length > 0 && missing === 'error') {
    if (report.failures.length > 1) output.message(`ERROR: ${report.failures.length - 1} more could not be attached either.\n`);
    return undefined;
  }
  const live = [...programs.filter(isRunByUs), ...report.attached];
  if (report.failures.length > 0 && live.length === 0) {
    output.message('ERROR: Attachment failed for all probes.\n');
    return undefined;
  }
  return live;
}

/** @throws Failure  the file of an iterator cannot be made */
function pin(attached: readonly ManifestProgram[], native: NativeAddon, kernel: NativeKernel, writer: Writer): boolean {
  try {
    const path = pinIterator(attached, native, kernel);
    if (path !== undefined) writer.emit({ type: 'pinned', path });
    return path !== undefined;
  } catch (error) {
    if (error instanceof TbpfError) throw new Failure(`ERROR: Failed to pin iter probe link: ${sentenceOf(error)}`, status.refused);
    throw error;
  }
}

function tellSkipped({ probe }: ManifestProgram, reason: string, output: Output): void {
  output.message(`${reason}\n`);
  output.warn(`Unable to attach probe: ${probe}. Skipping.`);
}

/** begin and end are not filtered. */
function isEdge({ attach }: ManifestProgram): boolean {
  return attach.kind === 'begin' || attach.kind === 'end';
}

/** Ends the process. With `native`, what is still open is closed by a process of its own that nobody waits for. */
function endNow(code: number, native?: NativeAddon): never {
  native?.deferClosing();
  process.exit(code);
}
