// Names of code that a run-time compiler made: /tmp/perf-PID.map.
//
//   in     lines `START SIZE NAME`, numbers in hex; the name reaches to the end of the line (`node --perf-basic-prof`, Java agents)
//   idea   the compiler only appends: what is new since the last look is read and added. A later line replaces earlier ones that
//          it overlaps, since memory of dropped code is used again

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { lastAtOrBelow } from '../native/columns.js';
import type { Symbol } from './symbol-table.js';

export interface PerfMapEntry {
  readonly start: number;
  readonly size: number;
  readonly name: string;
}

/** Entries of complete lines; others are skipped. */
export function parsePerfMap(text: string): PerfMapEntry[] {
  const entries: PerfMapEntry[] = [];
  for (const line of text.split('\n')) {
    const parts = /^(?:0x)?([0-9a-f]+) (?:0x)?([0-9a-f]+) (.+)$/i.exec(line);
    if (parts !== null) entries.push({ start: parseInt(parts[1]!, 16), size: parseInt(parts[2]!, 16), name: parts[3]! });
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
  readonly #path: string;
  readonly #entries: PerfMapEntry[] = [];
  #sorted: PerfMapEntry[] = [];
  #starts: number[] = [];
  #bytesRead = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Looks again into the file when the address is not known. */
  find(address: number): Symbol | undefined {
    return this.#lookUp(address) ?? (this.#readMore() ? this.#lookUp(address) : undefined);
  }

  #lookUp(address: number): Symbol | undefined {
    const entry = this.#sorted[lastAtOrBelow(this.#starts, address)];
    return entry !== undefined && address < entry.start + entry.size ? { name: entry.name, offset: address - entry.start } : undefined;
  }

  /** False when there is nothing new. */
  #readMore(): boolean {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      // most processes have none; a file that cannot be read is as good as none
      return false;
    }
    try {
      const { size } = fstatSync(file);
      if (size <= this.#bytesRead) return false;
      const buffer = Buffer.alloc(size - this.#bytesRead);
      const bytes = readSync(file, buffer, 0, buffer.length, this.#bytesRead);
      this.#bytesRead += bytes;
      const text = this.#rest + buffer.toString('utf8', 0, bytes);
      const complete = text.lastIndexOf('\n') + 1;
      this.#rest = text.slice(complete);
      this.#entries.push(...parsePerfMap(text.slice(0, complete)));
    } finally {
      closeSync(file);
    }
    this.#sorted = layOut(this.#entries);
    this.#starts = this.#sorted.map((entry) => entry.start);
    return true;
  }
}
