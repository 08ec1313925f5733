// The processes whose stacks are unwound (dw_ustack): what they map, and the rows of those files, in the maps of the programs.
//
//   in     the processes of -p, -c and --dwarf-pid, and those that they start
//   out    ranges of each process, and the chunks of each file once, however many processes map it
//   idea   the kernel tells what processes map (PERF_RECORD_MMAP2, FORK, COMM, EXIT); a process that has done something is looked at again. It is asked every
//          FAST_MS while a process has just begun, for programs map their libraries then; later every SLOW_MS
//   lacks  a library's code is covered a few milliseconds after it was mapped, a child's after it began: stacks in between end early, or are empty

import { TbpfError } from '../model/diagnostics/errors.js';
import { chunksOf, rangesValue, unwindKey, unwindRanges, type UnwindRange, type UnwindRows } from '../model/layout/unwind.js';
import type { Mapping } from '../model/target/process-maps.js';
import { segmentFlag } from '../model/target/elf-layout.js';
import { errnoOf } from '../runtime/discover/errno.js';
import { readUnwindRows, unwindRowsOf } from '../runtime/discover/user/unwind-rows.js';
import type { ElfSegment, NativeAddon, TaskEventsHandle } from '../runtime/native/types.js';
import type { NativeKernel } from '../runtime/session/native-kernel.js';
import { ProcessSource } from '../runtime/symbolize/process-source.js';
import { TaskRecords } from '../runtime/symbolize/task-records.js';
import { readVdsoImage } from '../runtime/symbolize/vdso.js';

const RING_PAGES = 64;
const FAST_MS = 1;
const SLOW_MS = 20;
/** how long a process has just begun */
const BEGINNING_MS = 2000;
const VDSO = '[vdso]';

interface File {
  readonly segments: readonly ElfSegment[];
  readonly roots: readonly { readonly from: number; readonly chunk: number }[];
}

const nothing: File = { segments: [], roots: [] };

export class UnwoundProcesses {
  private readonly watched = new Set<number>();
  private readonly changed = new Set<number>();
  private readonly files = new Map<string, File>();
  private readonly said = new Set<string>();
  private nextChunk = 1;
  private records: TaskRecords | undefined;
  private events: TaskEventsHandle | undefined;
  private timer: NodeJS.Timeout | undefined;
  private fastUntil = 0;

  /** @param warn  told, once for each reason, what is not covered */
  constructor(
    private readonly native: NativeAddon,
    private readonly kernel: Pick<NativeKernel, 'putUnwind' | 'forgetRanges'>,
    private readonly warn: (text: string) => void,
  ) {}

  /** @param pids  processes that run.  @param child  a command that has not begun */
  begin(pids: readonly number[], child: number | undefined): void {
    const { native } = this;
    try {
      this.events = native.openTaskEvents(native.onlineCpus(), RING_PAGES);
      this.records = new TaskRecords({
        fork: (pid, parent) => {
          if (!this.watched.has(parent)) return;
          this.watched.add(pid);
          this.look(pid);
        },
        exec: (pid) => this.look(pid),
        map: (pid) => this.look(pid),
        exit: (pid) => {
          if (this.watched.delete(pid)) this.kernel.forgetRanges(unwindKey(pid));
          this.changed.delete(pid);
        },
      });
    } catch (error) {
      if (!(error instanceof TbpfError)) throw error;
      this.say(`What processes map from now on is not unwound: ${error.message}`);
    }
    for (const pid of pids) {
      this.watched.add(pid);
      this.update(pid);
    }
    if (child !== undefined) {
      this.watched.add(child);
      this.readAhead();
      this.fastUntil = Infinity;
    }
    if (this.events) this.schedule();
  }

  close(): void {
    clearTimeout(this.timer);
    this.events?.close();
    this.events = undefined;
  }

  private look(pid: number): void {
    if (!this.watched.has(pid)) return;
    this.changed.add(pid);
    this.fastUntil = performance.now() + BEGINNING_MS;
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      if (this.events === undefined) return;
      const lost = this.records!.note(this.events.drain());
      if (lost > 0) for (const pid of this.watched) this.changed.add(pid);
      for (const pid of this.changed) this.update(pid);
      this.changed.clear();
      this.schedule();
    }, performance.now() < this.fastUntil ? FAST_MS : SLOW_MS).unref();
  }

  /** Libraries that tbpf itself maps, most programs map. */
  private readAhead(): void {
    const source = ProcessSource.read(process.pid);
    for (const mapping of source?.mappings ?? []) if (mapping.path !== source!.program) this.fileOf(mapping, source!);
  }

  private update(pid: number): void {
    const source = ProcessSource.read(pid);
    if (source === undefined) return;
    const ranges: UnwindRange[] = [{ start: 0n, bias: 0n, chunk: 0 }];
    for (const mapping of source.mappings) this.addRanges(mapping, this.fileOf(mapping, source), ranges);
    if (ranges.length > unwindRanges.count) this.say(`Process ${pid} maps more code than is covered: stacks that lead through the rest end there.`);
    this.put('ranges', pid, rangesValue(ranges));
  }

  private addRanges({ start, end, fileOffset, path }: Mapping, { segments, roots }: File, ranges: UnwindRange[]): void {
    if (roots.length === 0) return;
    let bias = start;
    if (path !== VDSO) {
      const segment = segments.find((each) => (each.flags & segmentFlag.execute) !== 0 && fileOffset + (end - start) > BigInt(each.fileOffset) && fileOffset < BigInt(each.fileOffset + each.fileBytes));
      if (segment === undefined) return;
      bias = start - (fileOffset + BigInt(segment.address) - BigInt(segment.fileOffset));
    }
    if (ranges.at(-1)!.start === start) ranges.pop();
    roots.forEach(({ from, chunk }, i) => {
      const begin = max(bias + BigInt(from), start);
      const until = i + 1 < roots.length ? bias + BigInt(roots[i + 1]!.from) : end;
      if (begin < end && until > start) ranges.push({ start: begin, bias, chunk });
    });
    ranges.push({ start: end, bias: 0n, chunk: 0 });
  }

  /** What is known of a mapped file, whose chunks are then in the map. */
  private fileOf(mapping: Mapping, source: ProcessSource): File {
    const { path, device, inode } = mapping;
    if (inode === 0 && path !== VDSO) return nothing;
    const key = path === VDSO ? VDSO : `${device}:${inode}`;
    let file = this.files.get(key);
    if (file === undefined) this.files.set(key, file = this.read(mapping, source));
    return file;
  }

  private read(mapping: Mapping, source: ProcessSource): File {
    if (mapping.path === VDSO) {
      const image = readVdsoImage();
      return this.keep([], image && unwindRowsOf(image), VDSO);
    }
    let failure: unknown;
    for (const path of source.pathsOf(mapping)) {
      try {
        return this.keep(this.native.elfInfo(path).segments, readUnwindRows(path), mapping.path);
      } catch (error) {
        if (!(error instanceof TbpfError) && errnoOf(error) === undefined) throw error;
        failure = error;
      }
    }
    this.say(`Stacks that lead through ${mapping.path} end there: ${failure instanceof Error ? failure.message : 'it cannot be opened'}`);
    return nothing;
  }

  private keep(segments: readonly ElfSegment[], rows: UnwindRows | undefined, path: string): File {
    if (rows === undefined) return nothing;
    const { chunks, roots } = chunksOf(rows, this.nextChunk);
    this.nextChunk += chunks.length;
    for (const { number, bytes } of chunks) {
      if (!this.put('rules', number, bytes)) {
        this.say(`There is no room for the unwind data of ${path}: stacks that lead through it end there.`);
        return nothing;
      }
    }
    return { segments, roots };
  }

  private put(which: 'rules' | 'ranges', number: number, bytes: Uint8Array): boolean {
    try {
      this.kernel.putUnwind(which, unwindKey(number), bytes);
      return true;
    } catch (error) {
      if (!(error instanceof TbpfError)) throw error;
      if (which === 'ranges') this.say(`Stacks of process ${number} are not unwound: ${error.message}`);
      return false;
    }
  }

  private say(text: string): void {
    if (this.said.has(text)) return;
    this.said.add(text);
    this.warn(text);
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
