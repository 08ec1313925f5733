// Names of code that a run-time compiler made: /tmp/perf-PID.map.
//
//   in     lines `START SIZE NAME`, numbers in hex; the name reaches to the end of the line (`node --perf-basic-prof`, Java agents)
//   idea   the compiler only appends: what is new since the last look is read and added. A later line replaces earlier ones that
//          it overlaps, since memory of dropped code is used again. A file whose last read bytes changed was written anew (Java's
//          agents do that each time they are asked), and is read from its start
//   why    limits: everybody can write to /tmp, and make a file of any size there under any process's name

import { withForeignFile, type ForeignFile } from '../native/foreign-file.js';
import { lastAtOrBelow } from '../native/columns.js';
import type { Symbol } from './symbol-table.js';

export interface PerfMapEntry {
  readonly start: number;
  readonly size: number;
  readonly name: string;
}

/** Of one file. A Java server with ten thousands of methods writes some MB. */
const MOST_FILE_BYTES = 64 << 20;
const PIECE_BYTES = 1 << 20;
const MOST_LINE = 1 << 16;
/** A map with more is laid out anew in a noticeable time: the next look is then so many times further away than the last one took. */
const MANY_ENTRIES = 10_000;
const REST = 20;
/** A name is believed so long before the file is looked at again: its code may have been dropped, and the memory used again. */
const TRUST_MS = 10;
const TAIL_BYTES = 64;

/** What all perf maps of a session may still read and keep together. */
export interface PerfMapRoom {
  bytes: number;
  entries: number;
}

export function perfMapRoom(): PerfMapRoom {
  return { bytes: 512 << 20, entries: 1 << 21 };
}

/** Entries of complete lines, at most so many; other lines are skipped. */
export function parsePerfMap(text: string, most = Infinity): PerfMapEntry[] {
  const entries: PerfMapEntry[] = [];
  for (let at = 0; at < text.length && entries.length < most; ) {
    const end = text.indexOf('\n', at);
    const parts = /^(?:0x)?([0-9a-f]{1,16}) (?:0x)?([0-9a-f]{1,16}) (.+)$/i.exec(text.slice(at, end < 0 ? undefined : end));
    if (parts !== null) entries.push({ start: parseInt(parts[1]!, 16), size: parseInt(parts[2]!, 16), name: parts[3]! });
    if (end < 0) break;
    at = end + 1;
  }
  return entries;
}

/** Ascending, without overlaps: of two that overlap the later one stays. */
export function layOut(entries: readonly PerfMapEntry[]): PerfMapEntry[] {
  const order = entries.map((_, index) => index).sort((a, b) => entries[a]!.start - entries[b]!.start || a - b);
  const kept: number[] = [];
  for (const index of order) {
    const entry = entries[index]!;
    let hidden = false;
    while (kept.length > 0) {
      const last = kept.at(-1)!;
      const before = entries[last]!;
      if (before.start + before.size <= entry.start) break;
      if (last > index) {
        hidden = true;
        break;
      }
      kept.pop();
    }
    if (!hidden) kept.push(index);
  }
  return kept.map((index) => entries[index]!);
}

export class PerfMap {
  readonly #paths: readonly string[];
  readonly #owners: readonly number[];
  readonly #room: PerfMapRoom;
  /** the one of the paths with something in it */
  #path: string | undefined;
  #entries: PerfMapEntry[] = [];
  #sorted: PerfMapEntry[] = [];
  #starts: number[] = [];
  #bytesRead = 0;
  #rest = '';
  /** the last bytes that were read */
  #tail = Buffer.alloc(0);
  #notBeforeMs = 0;
  #lookedMs = -Infinity;

  /** @param paths   where the file may be, the best first
   *  @param owners  users whose file is believed */
  constructor(paths: readonly string[], owners: readonly number[], room: PerfMapRoom = perfMapRoom()) {
    this.#paths = paths;
    this.#owners = owners;
    this.#room = room;
  }

  /** Looks again into the file when the address is not known, or was looked up a while ago. */
  find(address: number): Symbol | undefined {
    if (performance.now() - this.#lookedMs > TRUST_MS) this.#lookAgain();
    return this.#lookUp(address) ?? (this.#lookAgain() ? this.#lookUp(address) : undefined);
  }

  /** Reads what there is now: the file may be gone later. */
  load(): void {
    this.#lookAgain();
  }

  /** No line of it was ever read. */
  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  #lookUp(address: number): Symbol | undefined {
    const entry = this.#sorted[lastAtOrBelow(this.#starts, address)];
    return entry !== undefined && address < entry.start + entry.size ? { name: entry.name, offset: address - entry.start } : undefined;
  }

  /** False when there is nothing new. */
  #lookAgain(): boolean {
    const before = performance.now();
    if (before < this.#notBeforeMs) return false;
    this.#lookedMs = before;
    let grew = false;
    for (const path of this.#path === undefined ? this.#paths : [this.#path]) {
      grew = this.#readMore(path);
      if (this.#path !== undefined) break;
    }
    if (grew && this.#entries.length > MANY_ENTRIES) this.#notBeforeMs = before + (performance.now() - before) * (REST + 1);
    return grew;
  }

  #readMore(path: string): boolean {
    let changed = false;
    try {
      withForeignFile(path, (file) => {
        const isNew = !this.#continues(file);
        if (isNew) this.#forget();
        const before = this.#bytesRead;
        this.#add(file);
        changed = isNew || this.#bytesRead > before;
      }, this.#owners);
      if (this.#bytesRead > 0) this.#path = path;
    } catch {
      // most processes have none; a file that cannot be read, or is none, is as good as none
    }
    if (!changed) return false;
    this.#sorted = layOut(this.#entries);
    this.#starts = this.#sorted.map((entry) => entry.start);
    return true;
  }

  #continues({ read }: ForeignFile): boolean {
    return this.#tail.length === 0 || read(this.#bytesRead - this.#tail.length, this.#tail.length).equals(this.#tail);
  }

  #forget(): void {
    this.#room.entries += this.#entries.length;
    this.#entries = [];
    this.#bytesRead = 0;
    this.#rest = '';
    this.#tail = Buffer.alloc(0);
  }

  /** Adds what is new, piece by piece: what has no lines is given up at the first. */
  #add({ stats, read }: ForeignFile): void {
    const room = this.#room;
    for (;;) {
      const bytes = read(this.#bytesRead, Math.min(PIECE_BYTES, room.bytes, Math.min(stats.size, MOST_FILE_BYTES) - this.#bytesRead));
      if (bytes.length === 0) return;
      this.#bytesRead += bytes.length;
      this.#tail = Buffer.from(bytes.subarray(-TAIL_BYTES));
      room.bytes -= bytes.length;
      const text = this.#rest + bytes.toString('latin1');
      const complete = text.lastIndexOf('\n') + 1;
      this.#rest = text.slice(complete);
      if (this.#rest.length > MOST_LINE) {
        this.#rest = '';
        this.#tail = Buffer.alloc(0);
        this.#bytesRead = MOST_FILE_BYTES;
      }
      for (const entry of parsePerfMap(text.slice(0, complete), room.entries)) {
        this.#entries.push({ ...entry, name: Buffer.from(entry.name, 'latin1').toString('utf8') });
        room.entries--;
      }
    }
  }
}
