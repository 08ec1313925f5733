// A compiled script from loading to its end, for every face: the command, the library, tests.
//
//   order  load, start (begin probes, attach, judge what failed, pin), follow (run, end probes, maps, losses): language.md 3.5, 6.4
//   idea   everything that is to be read goes to the writer as an event. Where too little is live to go on, the runner throws: the face decides
//          how to print the error, and what becomes of the process
//   owners the runner owns what is in the kernel until close()

import type { Compiled } from '../compile.js';
import { AttachError, fieldsOf, LoadError, NotSupportedError, TbpfError } from '../model/diagnostics/errors.js';
import type { Diagnostic } from '../model/diagnostics/diagnostic.js';
import type { Manifest, ManifestProgram } from '../model/layout/manifest.js';
import { type CgroupFilter, Cgroups, type RunningTarget } from '../runtime/discover/index.js';
import type { NativeAddon } from '../runtime/native/types.js';
import type { Writer } from '../runtime/output/index.js';
import type { AttachProgress, AttachReport } from '../runtime/session/kernel.js';
import type { LoadOptions } from '../runtime/session/native-kernel.js';
import { isRunByUs } from '../runtime/session/session.js';
import type { InsnPlaces } from './insn-places.js';
import { noUnwoundProcess } from '../language/diagnostics.js';
import { GroupsOfRun } from './groups-of-run.js';
import { FollowedProcesses } from './followed-processes.js';
import { namesAddresses } from './kernel-names.js';
import { describeLeftOut } from './left-out.js';
import { emitEnd, loadScript, loadScriptAside, countProbes, type LiveOptions, type LiveScript } from './live.js';
import { reportLoadError } from './load-report.js';
import { type OpenFacts, openValuesOf } from '../runtime/session/start-values.js';
import { machineRendering, startValuesNow, type MachineRendering } from './machine.js';
import { pinIterator } from './pin.js';
import { UnwoundProcesses } from './unwound-processes.js';
import { withDescendants } from '../runtime/discover/user/processes.js';
import { findUnsupported } from './unsupported.js';

export interface RunnerOptions extends Pick<LoadOptions, 'verifierLog' | 'libbpfLog'> {
  readonly native: NativeAddon;
  readonly target: Pick<RunningTarget, 'has' | 'kallsyms' | 'readKallsymsAhead' | 'debugFolders' | keyof OpenFacts>;
  readonly compiled: Pick<Compiled, 'elf' | 'manifest'>;
  /** places of the instructions in the script, for messages of the verifier */
  readonly places?: () => InsnPlaces;
  /** those the face wants; default: all */
  readonly programs?: readonly ManifestProgram[];
  /** makes the writer that gets the events */
  readonly writer: (rendering: MachineRendering) => Writer;
  /** called with warnings about the machine, not the script: a process whose symbols cannot be read */
  readonly warn: (text: string) => void;
  /** process of -p */
  readonly pid?: number;
  /** only tasks of these control groups count; the program was compiled for that (Manifest.cgroups) */
  readonly cgroups?: CgroupFilter;
  /** process of -c, whose symbols are those of one program */
  readonly childPid?: number;
  /** processes besides whose stacks are unwound (--dwarf-pid) */
  readonly unwoundPids?: readonly number[];
  /** false: --no-warnings */
  readonly warnings?: boolean;
  /** false: maps are not printed at the end. Default: as the config variable print_maps_on_exit says */
  readonly mapsAtEnd?: boolean;
}

/** A probe that is left out, and why. */
export interface Skipped {
  readonly probe: string;
  readonly error: TbpfError;
}

/** `code` of the AttachError that says that nothing is left to go on with */
export const NO_PROBES_LEFT = 'ERR_NO_PROBES';

/** The script has nothing that could run. */
export class NothingToRun extends TbpfError {
  constructor() {
    super('No probes to attach', { code: NO_PROBES_LEFT });
  }
}

/** The kernel has refused the script: the LoadError with its place in the script, and the diagnostic about it. */
export class ScriptRefused extends LoadError {
  constructor(
    error: LoadError,
    readonly diagnostic: Diagnostic,
  ) {
    const { log, program, map } = error;
    super(diagnostic.message, { ...fieldsOf(error), log, program, map, span: diagnostic.span, cause: error });
    this.name = 'LoadError';
  }
}

export class Runner {
  private report: AttachReport | undefined;
  /** resolves when the probes are detached; undefined: they are live */
  private pausing: Promise<void> | undefined;
  /** resolves when resume() has attached what it can */
  private resuming: Promise<AttachReport | undefined> = Promise.resolve(undefined);
  private isClosed = false;

  readonly writer: Writer;
  readonly rendering: MachineRendering;
  private readonly native: NativeAddon;
  private readonly target: RunnerOptions['target'];
  private readonly programs: readonly ManifestProgram[];
  private readonly missing: MissingProbes;
  private readonly mapsAtEnd: boolean;

  private readonly followed: FollowedProcesses | undefined;

  /** the process that is followed with its descendants */
  private readonly root: number | undefined;

  /** control groups whose tasks count */
  private readonly groups: GroupsOfRun | undefined;

  /** processes whose stacks are unwound, and what begins them */
  private readonly unwound: UnwoundProcesses | undefined;
  private readonly beginUnwinding: (() => void) | undefined;

  private constructor({ native, target, mapsAtEnd, warn, pid, childPid, cgroups, unwoundPids = [] }: RunnerOptions, { live, rendering, programs, missing }: Plan, readonly script: LiveScript) {
    this.writer = live.writer;
    this.rendering = rendering;
    this.native = native;
    this.target = target;
    this.programs = programs;
    this.missing = missing;
    this.mapsAtEnd = mapsAtEnd ?? true;
    if (script.session.manifest.started !== undefined) this.root = pid ?? childPid;
    if (script.session.manifest.unwind !== undefined) {
      const unwound = this.unwound = new UnwoundProcesses(native, script.kernel, warn);
      const given = pid === undefined ? [] : this.root === undefined ? [pid] : withDescendants(pid);
      this.beginUnwinding = () => unwound.begin([...given, ...unwoundPids], childPid);
    }
    if (cgroups !== undefined) this.groups = new GroupsOfRun(script.kernel, cgroups, warn);
    if (namesAddresses(script.session.manifest, 'user')) this.followed = new FollowedProcesses(native, rendering.symbols, warn);
  }

  /** Probes that are left out, matches of wildcards included. */
  get skipped(): readonly Skipped[] {
    return [...this.missing.skipped, ...(this.report?.leftOut ?? [])];
  }

  /** Nothing has run or been attached yet.
   * @throws NothingToRun, AttachError (all probes are left out), NotSupportedError, ScriptRefused, TbpfError */
  static load(options: RunnerOptions): Runner {
    const plan = planOf(options);
    try {
      return new Runner(options, plan, loadScript(plan.live));
    } catch (error) {
      throw explained(error, plan.programs, options);
    }
  }

  /** The same off the event loop. */
  static async loadAside(options: RunnerOptions): Promise<Runner> {
    const plan = planOf(options);
    try {
      return new Runner(options, plan, await loadScriptAside(plan.live));
    } catch (error) {
      throw explained(error, plan.programs, options);
    }
  }

  /** Runs the begin probes and attaches the others. @returns what is live, what tbpf runs itself included; undefined: the progress was cancelled
   * @throws AttachError, NotSupportedError  too little is live to go on */
  async start(progress?: AttachProgress): Promise<readonly ManifestProgram[] | undefined> {
    const { session, kernel } = this.script;
    this.groups?.begin();
    this.beginUnwinding?.();
    session.begin();
    const { root } = this;
    if (root !== undefined) kernel.follow([root]);
    this.report = await session.attach(this.programs, progress);
    // those that begin from now on the programs see themselves
    if (root !== undefined) kernel.follow(withDescendants(root));
    if (progress?.cancelled()) return undefined;
    const live = this.missing.judge(this.programs, this.report, this.target);
    const leftOut = describeLeftOut(this.report, session.manifest);
    if (leftOut.sentence !== undefined) this.writer.emit({ type: 'left_out', sentence: leftOut.sentence, names: leftOut.names });
    this.writer.emit({ type: 'attached', probes: countProbes(live) });
    return live;
  }

  /** Pins the script's iterator when it has a name for a file; then the run is over. @returns whether it was pinned
   * @throws TbpfError  the file cannot be made */
  pin(): boolean {
    const path = pinIterator(this.report!.attached, this.native, this.script.kernel);
    if (path !== undefined) this.writer.emit({ type: 'pinned', path });
    return path !== undefined;
  }

  /** Handles events until the end, then prints the maps. @returns the exit status
   * @param detachMs  how long it may wait for probes to be detached; default: until they are */
  async follow(detachMs?: number): Promise<number> {
    const { session, snapshots, services } = this.script;
    snapshots.start();
    try {
      await session.run(this.report!.attached);
    } finally {
      snapshots.stop();
      this.groups?.close();
    }
    await session.end(detachMs);
    for (const { beingTaken } of services.mapsByName) await beingTaken;
    if (this.mapsAtEnd) emitEnd(services, this.writer, session.lostTotal);
    return session.status;
  }

  /** Takes the probes out of the kernel until resume(). */
  async pause(): Promise<void> {
    this.pausing ??= this.resuming.then(() => this.script.kernel.detach());
    await this.pausing;
  }

  /** Does nothing when the script has ended meanwhile.
   * @throws AttachError  a probe that was live cannot be attached again */
  async resume(): Promise<void> {
    const { pausing } = this;
    if (!pausing) return;
    this.pausing = undefined;
    this.resuming = pausing.then(() => (this.isClosed ? undefined : this.script.session.attach(this.report!.attached)));
    const report = await this.resuming;
    const [first, ...others] = report?.failures ?? [];
    if (first) throw refusedAttach([first, ...others], this.target);
  }

  /** Resolves when the kernel has nothing of the script any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.groups?.close();
    // what is being attached again now is detached, too
    await this.resuming.catch(() => undefined);
    await this.script.kernel.release();
    this.script.kernel.close();
    this.script.packetFiles.close();
    this.followed?.close();
    this.unwound?.close();
  }
}

/** Everything that is to be loaded. */
interface Plan {
  readonly live: LiveOptions;
  readonly rendering: MachineRendering;
  readonly programs: readonly ManifestProgram[];
  readonly missing: MissingProbes;
}

/** @throws NothingToRun, AttachError (all probes are left out) */
function planOf(options: RunnerOptions): Plan {
  const { native, target, compiled, childPid } = options;
  const { manifest } = compiled;
  const wanted = options.programs ?? manifest.programs;
  if (wanted.length === 0) throw new NothingToRun();
  if (options.cgroups !== undefined) checkGroups(manifest, options.cgroups);
  if (manifest.unwind !== undefined && options.pid === undefined && childPid === undefined && (options.unwoundPids ?? []).length === 0) throw new TbpfError(noUnwoundProcess.with({}).text, { code: 'ERR_NO_UNWOUND_PROCESS' });
  if (namesAddresses(manifest, 'kernel')) target.readKallsymsAhead();
  const rendering = machineRendering({ native, manifest, kallsyms: () => target.kallsyms(), debugFolders: target.debugFolders, warn: options.warn, oneProgram: childPid !== undefined && manifest.started === undefined });
  const writer = options.writer(rendering);
  const missing = new MissingProbes(String(manifest.config['missing_probes']), writer);
  const programs = missing.leaveOutUnsupported(wanted, target);
  const live: LiveOptions = {
    ...options, programs, writer, rendering, symbols: rendering.symbols, startValues: startValuesNow(native, childPid, manifest.portable && openValuesOf(target, manifest.startValues, { pid: options.pid, byCgroup: options.cgroups !== undefined })),
    logBytes: Number(manifest.config['log_size']), btfPath: process.env['BPFTRACE_BTF'],
  };
  return { live, rendering, programs, missing };
}

/** @throws TbpfError  there is no such group, or the program cannot be asked for groups */
function checkGroups({ cgroups }: Manifest, filter: CgroupFilter): void {
  if (cgroups === undefined) throw new TbpfError('This program cannot be restricted to control groups: none of its probes fires in processes, or an older tbpf built it', { code: 'ERR_NO_CGROUP_FILTER' });
  new Cgroups().named(filter);
}

/** What becomes of probes that cannot be attached: the config variable missing_probes (language.md 3.5), wherever it is found out. */
class MissingProbes {
  readonly skipped: Skipped[] = [];

  constructor(
    /** error: a missing probe ends the run;  warn: each is reported;  ignore: none is */
    private readonly policy: string,
    private readonly writer: Writer,
  ) {}

  /** The programs that this kernel can load. Where a missing probe is an error all stay, and loading fails with the reason.
   * @throws AttachError  none is left */
  leaveOutUnsupported(programs: readonly ManifestProgram[], target: Pick<RunningTarget, 'has'>): readonly ManifestProgram[] {
    if (this.policy === 'error') return programs;
    const left = programs.filter((program) => {
      const unsupported = findUnsupported([program], target);
      if (unsupported) this.skip(program, sentenceOf(unsupported), unsupported);
      return !unsupported;
    });
    if (left.length === 0) throw allFailed(programs);
    return left;
  }

  /** @returns what is live. @throws AttachError, NotSupportedError */
  judge(programs: readonly ManifestProgram[], { attached, failures }: AttachReport, target: RunnerOptions['target']): readonly ManifestProgram[] {
    const live = [...programs.filter(isRunByUs), ...attached];
    const [first] = failures;
    if (first === undefined) return live;
    if (this.policy === 'error') throw refusedAttach(failures, target);
    for (const { program, error } of failures) this.skip(program, sentenceOf(error), error);
    if (live.length === 0) throw allFailed(failures.map(({ program }) => program), first.error);
    return live;
  }

  private skip({ probe }: ManifestProgram, reason: string, error: TbpfError): void {
    this.skipped.push({ probe, error });
    if (this.policy === 'warn') this.writer.emit({ type: 'skipped', probe, reason });
  }
}

/** Message and advice, as the command says them. */
export function sentenceOf(error: TbpfError): string {
  const { message } = error;
  const advice = error.adviceOf('command');
  return advice === undefined || advice === '' ? message : `${message}. ${advice}`;
}

/** The error about probes that are not attached: what the kernel lacks for the first, where that is the reason. */
function refusedAttach(failures: AttachReport['failures'], target: RunnerOptions['target']): AttachError | NotSupportedError {
  const { program, error } = failures[0]!;
  const refused = new AttachError(error.message, { ...fieldsOf(error), cause: error, attachPoint: program.probe, others: failures.length - 1 });
  if (error instanceof NotSupportedError) {
    const { message, feature, minimumKernel, syscall, adviceForAll } = error;
    return new NotSupportedError(message, { feature, minimumKernel, operation: syscall, advice: adviceForAll, cause: refused });
  }
  return findUnsupported([program], target, refused) ?? refused;
}

function allFailed([first]: readonly ManifestProgram[], cause?: TbpfError): AttachError {
  return new AttachError('Attachment failed for all probes.', { code: NO_PROBES_LEFT, cause, attachPoint: first?.probe ?? '' });
}

/** The error for people. When the kernel has no support for a probe kind of the script, that is the reason; else the place in the script is
 *  added. */
function explained(error: unknown, programs: readonly ManifestProgram[], { target, compiled, places }: RunnerOptions): unknown {
  if (!(error instanceof TbpfError)) return error;
  const unsupported = findUnsupported(programs, target, error);
  if (unsupported) return unsupported;
  return error instanceof LoadError ? new ScriptRefused(error, reportLoadError(error, compiled.manifest, places)) : error;
}
