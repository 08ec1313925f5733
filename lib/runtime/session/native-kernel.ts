// The running kernel as a session sees it: an object loaded through the addon, its links, its ring buffer.
//
//   in     ELF bytes, manifest, values that are known at start
//   out    SessionKernel; LoadError when the kernel refuses the object
//   owners closes everything it made, in close(). What takes long to detach goes on in a thread: see detach() and leftovers

import { existsSync, readFileSync } from 'node:fs';
import { bug, TbpfError } from '../../model/diagnostics/errors.js';
import { mapType, programType } from '../../model/bpf/uapi.js';
import { cgroupKey, cgroupSet } from '../../model/layout/cgroup-set.js';
import type { Manifest, ManifestProgram } from '../../model/layout/manifest.js';
import type { AttachItem, LinkHandle, MapHandle, NativeAddon, ObjectHandle, PerfBufferHandle, ProgramHandle, RingBufferHandle } from '../native/types.js';
import { attachInParts, eventsOf, placesInstead, placesOf, prepareProgram, type AttachContext } from './attach/index.js';
import { Instructions } from './attach/instructions.js';
import { isAboutPlace, isOfPattern, LeftOutProbes } from './left-out.js';
import type { AttachFailure, AttachProgress, AttachReport, RunResult, SessionKernel, SessionMap } from './kernel.js';
import { parseAvailableMemory, perfBufferPages, ringBytes } from './ring-size.js';
import { patchStartValues, type StartValues } from './start-values.js';

const PACKET_BYTES = 64;

export interface LoadOptions {
  readonly startValues: StartValues;
  /** load and attach only these; default: all */
  readonly programs?: readonly ManifestProgram[];
  /** process of -c */
  readonly childPid?: number;
  /** keep the verifier's log of accepted programs too */
  readonly verifierLog?: boolean;
  /** bytes kept of the verifier's log */
  readonly logBytes?: number;
  /** collect libbpf's own messages at this level */
  readonly libbpfLog?: 'warn' | 'info' | 'debug';
  readonly btfPath?: string;
}

/** What a program has cost; a program for several probes is told by the first. missed: it was running on that CPU already */
export interface ProgramStats {
  readonly probe: string;
  readonly runs: bigint;
  readonly ns: bigint;
  readonly missed: bigint;
}

interface Outcome {
  readonly results: readonly (LinkHandle | Error)[];
  /** the program with the count of probes it would stand for if all of its places were attached */
  readonly standsFor: ManifestProgram;
}

/** Up to so many attachments are made on this thread; more go to a thread of the pool and can be cancelled. */
const ATTACHED_HERE = 4;
const PROGRESS_MS = 50;
const VERIFIER_LOG_LEVEL = 1;

export class NativeKernel implements SessionKernel {
  readonly cpuCount: number;
  readonly ring: RingBufferHandle | undefined;
  readonly packets: PerfBufferHandle | undefined;
  private readonly links: LinkHandle[] = [];
  /** what links that are closed had missed, by the ids of programs */
  private readonly missedBefore = new Map<number, bigint>();
  /** jobs that take programs off, and jobs that close what is left of links: those that have not ended yet */
  private readonly stopping = new Set<Promise<void>>();
  private readonly closing = new Set<Promise<void>>();
  /** their programs are off, the events they hung on are not closed */
  private readonly detached: LinkHandle[] = [];
  private readonly instructions: Instructions;
  private knownSiblings: ReadonlyMap<string, ReadonlyMap<ManifestProgram, number>> | undefined;

  private constructor(
    private readonly native: NativeAddon,
    readonly object: ObjectHandle,
    private readonly manifest: Manifest,
    private readonly childPid: number | undefined,
    /** more are attached on a thread of the pool, and can be given up */
    private readonly attachedHere = ATTACHED_HERE,
  ) {
    this.cpuCount = native.possibleCpus();
    this.instructions = new Instructions(native);
    if (manifest.ringBuffer !== undefined) this.ring = native.openRingBuffer(this.mapHandle(manifest.ringBuffer));
    if (manifest.packets !== undefined) {
      const cpus = native.onlineCpus();
      this.packets = native.openPerfBuffer(this.mapHandle(manifest.packets), cpus, perfBufferPages(manifest, availableMemory(), cpus.length));
    }
  }

  /** @throws LoadError  the kernel refused a program or map */
  static load(native: NativeAddon, elf: Uint8Array, manifest: Manifest, options: LoadOptions): NativeKernel {
    const object = open(native, elf, manifest, options);
    try {
      object.load();
      return new NativeKernel(native, object, manifest, options.childPid);
    } catch (error) {
      object.close();
      throw error;
    }
  }

  /** The same on a thread of the pool; attach() then never works on this thread either. @throws LoadError */
  static async loadAside(native: NativeAddon, elf: Uint8Array, manifest: Manifest, options: LoadOptions): Promise<NativeKernel> {
    const object = open(native, elf, manifest, options);
    try {
      await object.loadAsync();
      return new NativeKernel(native, object, manifest, options.childPid, 0);
    } catch (error) {
      object.close();
      throw error;
    }
  }

  map(name: string): SessionMap {
    return sessionMap(this.mapHandle(name));
  }

  run(program: string, repeat = 1): RunResult {
    const handle = this.programHandle(program);
    // only programs on packets are measured and repeated; they want a packet
    return handle.type === programType.xdp ? handle.testRun({ dataIn: new Uint8Array(PACKET_BYTES), repeat }) : handle.testRun();
  }

  /** What the verifier said, by program; empty without LoadOptions.verifierLog. */
  verifierLogs(): { readonly name: string; readonly log: string }[] {
    return this.object.programs.map(({ name, log }) => ({ name, log })).filter(({ log }) => log !== '');
  }

  async attach(programs: readonly ManifestProgram[], progress?: AttachProgress): Promise<AttachReport> {
    const failures: AttachFailure[] = [];
    const leftOut = new LeftOutProbes();
    const wanted: { readonly program: ManifestProgram; readonly items: readonly AttachItem[] }[] = [];
    for (const program of programs) {
      if (program.within !== undefined) continue;
      try {
        wanted.push({ program, items: this.itemsOf(program, (probe, error) => leftOut.add(program, probe, error)) });
      } catch (error) {
        failures.push({ program, error: asTbpfError(error) });
      }
    }
    const items = wanted.flatMap((each) => each.items);
    const { results, cancelled } = items.length <= this.attachedHere ? { results: attachNow(items), cancelled: false } : await this.attachMany(items, progress);
    for (const item of items) if (item.kind === 'perfEvent') item.event.close();
    const attached: ManifestProgram[] = [];
    const late = new Set<string>();
    let at = 0;
    for (const { program, items: own } of wanted) {
      const first = anewAfter(late, program, own, results.slice(at, at += own.length));
      const { results: mine, standsFor } = this.orInstead(program, first, (probe, error) => leftOut.add(program, probe, error));
      if (mine !== first) for (const event of eventsOf(program)) late.add(event);
      const error = mine.find((result) => result instanceof Error);
      for (const link of mine) if (!(link instanceof Error)) this.keep(link, error === undefined);
      if (error === undefined) {
        if (mine.length > 0) attached.push(leftOut.without(standsFor));
      } else if (isOfPattern(program) && isAboutPlace(asTbpfError(error))) leftOut.add(program, program.probe, asTbpfError(error));
      else failures.push({ program, error: asTbpfError(error) });
    }
    for (const program of programs) {
      if (program.within === undefined) continue;
      const failed = failures.find((failure) => failure.program.name === program.within);
      if (failed) failures.push({ program, error: failed.error });
      for (const { probe, error } of leftOut.of(program.within)) leftOut.add(program, probe.replace(/^kprobe/, 'kretprobe'), error);
      if (attached.some(({ name }) => name === program.within)) attached.push(leftOut.without(program));
    }
    const told = leftOut.judge(attached);
    return { attached, failures: [...failures, ...told.failures], leftOut: told.leftOut, cancelled };
  }

  async *iterate(): AsyncGenerator<Uint8Array> {
    for (const link of this.links) if (link.kind === 'iter') yield await link.readIterAsync();
  }

  /** What the programs have cost; undefined: the kernel does not measure (sysctl kernel.bpf_stats_enabled). */
  programStats(): ProgramStats[] | undefined {
    if (readIfThere('/proc/sys/kernel/bpf_stats_enabled')?.trim() !== '1') return undefined;
    return this.ownPrograms().map(({ probe, program }) => {
      const { runCount, runTimeNs, recursionMisses } = program.info();
      return { probe, runs: runCount, ns: runTimeNs, missed: recursionMisses };
    });
  }

  /** Those that are loaded. */
  private ownPrograms(): readonly { readonly probe: string; readonly program: ProgramHandle }[] {
    const probes = new Map<string, string>();
    for (const { name, probe } of this.manifest.programs) if (!probes.has(name)) probes.set(name, probe);
    return this.object.programs.filter(({ fd, name }) => fd >= 0 && probes.has(name)).map((program) => ({ probe: probes.get(program.name)!, program }));
  }

  /** Hits for which the kernel ran no program, because it or another one was running on that CPU already: kprobes and multi links since Linux 6.7, fentry
   *  and raw tracepoints since 5.12. By probe, those with none left out. */
  missed(): readonly { readonly probe: string; readonly count: bigint }[] {
    const ofLinks = this.missedWith(this.links);
    return this.ownPrograms().flatMap(({ probe, program }) => {
      const { id, recursionMisses } = program.info();
      const count = recursionMisses + (ofLinks.get(id) ?? 0n);
      return count === 0n ? [] : [{ probe, count }];
    });
  }

  private missedWith(links: readonly LinkHandle[]): Map<number, bigint> {
    const sums = new Map(this.missedBefore);
    for (const link of links) {
      const missed = link.missed();
      if (missed !== undefined && missed.count > 0n) sums.set(missed.programId, (sums.get(missed.programId) ?? 0n) + missed.count);
    }
    return sums;
  }

  /** Pins an iterator as a file: reading the file runs it. */
  pinIterators(path: string): void {
    for (const link of this.links) if (link.kind === 'iter') link.pin(path);
  }

  async detach(limitMs?: number): Promise<void> {
    for (const link of this.links) link.disable();
    for (const [id, count] of this.missedWith(this.links)) this.missedBefore.set(id, count);
    const links = this.links.splice(0);
    if (links.length > 0) this.inBackground(this.stopping, this.native.detachMany(links).result.then(() => void this.detached.push(...links)));
    await within(Promise.all(this.stopping), limitMs);
    // whoever has a limit is about to leave, and the end of the process closes them
    if (limitMs === undefined) this.closeDetached();
  }

  async release(): Promise<void> {
    await this.detach();
    await Promise.all(this.closing);
  }

  /** Something is still attached, or hangs on events: ending the process would wait for the kernel to take it away. */
  get leftovers(): boolean {
    return this.stopping.size + this.closing.size + this.detached.length + this.links.length > 0;
  }

  close(): void {
    this.ring?.close();
    this.packets?.close();
    for (const link of this.links.splice(0)) link.close();
    this.closeDetached();
    if (!this.leftovers) this.object.close();
    else void this.release().then(() => this.object.close());
  }

  private closeDetached(): void {
    const links = this.detached.splice(0);
    if (links.length > 0) this.inBackground(this.closing, this.native.closeMany(links).result);
  }

  private inBackground(jobs: Set<Promise<void>>, work: Promise<void>): void {
    const job: Promise<void> = work.then(() => void jobs.delete(job));
    jobs.add(job);
  }

  /** Attach points that share a program, each with its number among them: there may be thousands. */
  private get siblings(): ReadonlyMap<string, ReadonlyMap<ManifestProgram, number>> {
    if (this.knownSiblings) return this.knownSiblings;
    const byName = new Map<string, Map<ManifestProgram, number>>();
    for (const program of this.manifest.programs) {
      const same = byName.get(program.name);
      if (same) same.set(program, same.size);
      else byName.set(program.name, new Map([[program, 0]]));
    }
    return (this.knownSiblings = byName);
  }

  /** Attaches a program. After a failure it tries other places, or parts of the places, where the provider knows some. */
  private orInstead(program: ManifestProgram, results: readonly (LinkHandle | Error)[], leaveOut: AttachContext['leaveOut']): Outcome {
    const [failed] = results;
    if (results.length !== 1 || !(failed instanceof TbpfError)) return { results, standsFor: program };
    const context = this.contextOf(program, leaveOut);
    const parts = orError(() => attachInParts(failed, program, context));
    if (parts !== undefined) return { results: parts, standsFor: program };
    const places = placesInstead(failed, program, context);
    if (places === undefined) return { results, standsFor: program };
    const others = attachNow(places.map((spec) => ({ program: context.handle, ...spec })));
    const live = others.filter((other): other is LinkHandle => !(other instanceof Error));
    if (live.length === 0) return { results: others, standsFor: program };
    for (const other of others) if (other instanceof Error) leaveOut(program.probe, asTbpfError(other));
    return { results: live, standsFor: { ...program, probeCount: live.length } };
  }

  private contextOf(program: ManifestProgram, leaveOut: AttachContext['leaveOut']): AttachContext {
    const handle = this.programHandle(program.name);
    const siblings = this.siblings.get(program.name)!;
    const cookie = siblings.size > 1 ? BigInt(siblings.get(program)!) : undefined;
    // who is followed the programs know themselves
    const childPid = this.manifest.started === undefined ? this.childPid : undefined;
    return { native: this.native, childPid, cookie, handle, instructions: this.instructions, leaveOut };
  }

  private itemsOf(program: ManifestProgram, leaveOut: AttachContext['leaveOut']): AttachItem[] {
    const context = this.contextOf(program, leaveOut);
    return placesOf(program, context).map((spec) => ({ program: context.handle, ...spec }));
  }

  private async attachMany(items: readonly AttachItem[], progress: AttachProgress | undefined): Promise<{ results: (LinkHandle | Error)[]; cancelled: boolean }> {
    const job = this.native.attachMany(items);
    let cancelled = false;
    const timer = setInterval(() => {
      progress?.update(job.done, job.total);
      if (cancelled || progress?.cancelled() !== true) return;
      cancelled = true;
      job.cancel();
    }, PROGRESS_MS);
    try {
      return { results: await job.result, cancelled };
    } finally {
      clearInterval(timer);
      progress?.update(job.total, job.total);
    }
  }

  /** Adds to the set of processes that are followed (Manifest.started). */
  follow(pids: readonly number[]): void {
    const map = this.mapHandle(this.manifest.started ?? bug('session', 'the program follows no processes'));
    for (const pid of pids) map.update(keyOf(pid), new Uint8Array(8));
  }

  /** Changes the set of control groups whose tasks count (Manifest.cgroups).
   * @throws TbpfError  E2BIG: there are more than the set has room for */
  changeCgroups(come: readonly bigint[], gone: readonly bigint[]): void {
    const map = this.mapHandle(this.manifest.cgroups ?? bug('session', 'the program asks for no control groups'));
    for (const id of gone) map.delete(cgroupKey(id));
    for (const id of come) map.update(cgroupKey(id), new Uint8Array(cgroupSet.valueBytes));
  }

  /** Puts an element into one of the maps of Manifest.unwind.
   * @throws TbpfError  E2BIG: it is full */
  putUnwind(which: 'rules' | 'ranges', key: Uint8Array, value: Uint8Array): void {
    this.unwindMap(which).update(key, value);
  }

  /** A process is gone. */
  forgetRanges(key: Uint8Array): void {
    this.unwindMap('ranges').delete(key);
  }

  private unwindMap(which: 'rules' | 'ranges'): MapHandle {
    return this.mapHandle(this.manifest.unwind?.[which] ?? bug('session', 'the program unwinds no stacks'));
  }

  /** A probe that is attached in part is not attached. */
  private keep(link: LinkHandle, complete: boolean): void {
    if (complete) this.links.push(link);
    else link.close();
  }

  private mapHandle(name: string): MapHandle {
    return this.object.map(name) ?? this.object.map(`.data.${name}`) ?? bug('session', `the object has no map ${name}`);
  }

  private programHandle(name: string): ProgramHandle {
    return this.object.program(name) ?? bug('session', `the object has no program ${name}`);
  }
}

function keyOf(pid: number): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigUint64(0, BigInt(pid), true);
  return key;
}

function open(native: NativeAddon, elf: Uint8Array, manifest: Manifest, options: LoadOptions): ObjectHandle {
  const object = native.openObject(patchStartValues(elf, manifest.startValues, options.startValues), { name: 'tbpf', btfPath: options.btfPath, libbpfLog: options.libbpfLog });
  try {
    prepare(native, object, manifest, options);
    return object;
  } catch (error) {
    object.close();
    throw error;
  }
}

function prepare(native: NativeAddon, object: ObjectHandle, manifest: Manifest, options: LoadOptions): void {
  const wanted = new Map<string, ManifestProgram>();
  for (const program of options.programs ?? manifest.programs) if (!wanted.has(program.name)) wanted.set(program.name, program);
  for (const handle of object.programs) {
    const program = wanted.get(handle.name);
    if (program === undefined) handle.setAutoload(false);
    else prepareProgram(handle, program, native);
    if (options.verifierLog) handle.setLog(VERIFIER_LOG_LEVEL, options.logBytes);
  }
  if (manifest.ringBuffer !== undefined) object.map(manifest.ringBuffer)?.setMaxEntries(ringBytes(manifest, availableMemory()));
}

/** @throws TbpfError  there is no /proc */
function availableMemory(): number {
  try {
    return parseAvailableMemory(readFileSync('/proc/meminfo', 'latin1'));
  } catch (cause) {
    throw new TbpfError('/proc is not mounted here, and tbpf needs it', { code: 'ENOENT', operation: 'open /proc/meminfo', advice: 'Mount it: mount -t proc proc /proc', cause });
  }
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'latin1') : undefined;
}

function attachNow(items: readonly AttachItem[]): (LinkHandle | Error)[] {
  return items.map(({ program, ...spec }) => {
    try {
      return program.attach(spec);
    } catch (error) {
      return asTbpfError(error);
    }
  });
}

/** Attaches a program anew when one before it on the same event was attached late, so that their order stays. */
function anewAfter(late: Set<string>, program: ManifestProgram, items: readonly AttachItem[], results: readonly (LinkHandle | Error)[]): readonly (LinkHandle | Error)[] {
  if (late.size === 0) return results;
  const events = eventsOf(program);
  if (!events.some((event) => late.has(event))) return results;
  for (const result of results) if (!(result instanceof Error)) result.close();
  for (const event of events) late.add(event);
  return attachNow(items);
}

function orError(attach: () => readonly LinkHandle[] | undefined): readonly (LinkHandle | Error)[] | undefined {
  try {
    return attach();
  } catch (error) {
    return [asTbpfError(error)];
  }
}

/** Puts a TbpfError into the report; any other error is thrown. */
function asTbpfError(error: unknown): TbpfError {
  if (error instanceof TbpfError) return error;
  throw error;
}

function sessionMap(map: MapHandle): SessionMap {
  const isArray = map.type === mapType.array || map.type === mapType.percpu_array;
  return {
    readAll: () => map.readAll(),
    deleteAll: () => void (isArray ? map.zeroAll() : map.deleteAll()),
    zeroAll: () => void map.zeroAll(),
    delete: (key) => map.delete(key),
    takeAll: (keepKeys) => map.takeAll(keepKeys),
    readAllAside: () => map.readAllAsync(),
    takeAllAside: () => map.takeAllAsync(),
    lookup: (key) => map.lookup(key),
    takeKey: (key) => map.lookupAndDelete(key),
  };
}

/** Waits for the work, but not longer. */
async function within(work: Promise<unknown>, limitMs: number | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await (limitMs === undefined ? work : Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, limitMs)))]));
  clearTimeout(timer);
}
