// The kernel's records of what processes do: bytes → notes.
//
//   in     records of all CPUs, one CPU after the other
//   idea   a process moves between CPUs: records are put in the order of their times first
//   facts  layouts: perf_event_open(2) and include/uapi/linux/perf_event.h. Every record ends with its time (sample_id_all). Numbers of processes
//          are those of the PID namespace of who reads them; 0 or -1: it is in none that is known here

import { viewOf } from '../../model/bytes/bytes.js';
import type { NotedFile, ProcessNotes } from './process-notes.js';

const type = { lost: 2, comm: 3, exit: 4, fork: 7, mmap2: 10 } as const;
const misc = { commExec: 1 << 13, buildId: 1 << 14 } as const;
const header = { type: 0, misc: 4, size: 6, bytes: 8 } as const;
const TIME_BYTES = 8;
const MOST_PID = 1 << 30;
const PROT_EXEC = 4;
const MOST_FILES = 1 << 15;
/** fields of PERF_RECORD_MMAP2 */
const mmap2 = { pid: 8, address: 16, length: 24, fileOffset: 32, major: 40, minor: 44, inode: 48, buildIdBytes: 40, buildId: 44, protection: 64, path: 72 } as const;

/** Hears what processes do. */
export type TaskListener = Pick<ProcessNotes, 'fork' | 'exec' | 'map' | 'exit'>;

export class TaskRecords {
  readonly #notes: TaskListener;
  readonly #files = new Map<string, NotedFile>();

  constructor(notes: TaskListener) {
    this.#notes = notes;
  }

  /** @returns how many records were lost */
  note(records: Buffer): number {
    const places: { readonly at: number; readonly size: number; readonly timeNs: bigint }[] = [];
    const view = viewOf(records);
    for (let at = 0; at + header.bytes <= records.length; ) {
      const size = view.getUint16(at + header.size, true);
      if (size < header.bytes + TIME_BYTES || at + size > records.length) break;
      places.push({ at, size, timeNs: view.getBigUint64(at + size - TIME_BYTES, true) });
      at += size;
    }
    places.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : a.at - b.at));
    let lost = 0;
    for (const { at, size, timeNs } of places) lost += this.#noteOne(records.subarray(at, at + size), timeNs);
    return lost;
  }

  #noteOne(record: Buffer, timeNs: bigint): number {
    const kind = record.readUInt32LE(header.type);
    if (kind === type.lost) return Number(record.readBigUInt64LE(16));
    const pid = record.readUInt32LE(8);
    if (pid === 0 || pid >= MOST_PID) return 0;
    const flags = record.readUInt16LE(header.misc);
    switch (kind) {
      case type.fork: {
        const parent = record.readUInt32LE(12);
        if (parent !== pid) this.#notes.fork(pid, parent, timeNs); // else a thread
        break;
      }
      // of a process its last thread's end counts, which is the leader's in all but rare cases
      case type.exit: if (pid === record.readUInt32LE(16)) this.#notes.exit(pid); break;
      case type.comm: if ((flags & misc.commExec) !== 0) this.#notes.exec(pid, timeNs); break;
      case type.mmap2: this.#noteMapping(record, pid, (flags & misc.buildId) !== 0, timeNs); break;
      default: // others are not asked for
    }
    return 0;
  }

  #noteMapping(record: Buffer, pid: number, hasBuildId: boolean, timeNs: bigint): void {
    if ((record.readUInt32LE(mmap2.protection) & PROT_EXEC) === 0) return;
    const start = record.readBigUInt64LE(mmap2.address);
    const mapping = { ...this.#file(record, hasBuildId), start, end: start + record.readBigUInt64LE(mmap2.length), fileOffset: record.readBigUInt64LE(mmap2.fileOffset), executable: true };
    this.#notes.map(pid, mapping, timeNs);
  }

  #file(record: Buffer, hasBuildId: boolean): NotedFile {
    const end = record.indexOf(0, mmap2.path);
    const text = record.subarray(mmap2.path, end < 0 ? record.length - TIME_BYTES : end);
    const key = record.toString('latin1', mmap2.buildIdBytes, mmap2.protection) + text.toString('latin1');
    let file = this.#files.get(key);
    if (file !== undefined) return file;
    if (this.#files.size >= MOST_FILES) this.#files.clear();
    const path = text.toString('utf8');
    const isFile = path.startsWith('/') && !path.startsWith('//anon');
    file = hasBuildId
      ? { path, buildId: record.toString('hex', mmap2.buildId, mmap2.buildId + Math.min(record[mmap2.buildIdBytes]!, 20)), device: '', inode: isFile ? -1 : 0, deleted: false }
      : { path, buildId: undefined, device: deviceOf(record), inode: isFile ? Number(record.readBigUInt64LE(mmap2.inode)) : 0, deleted: false };
    this.#files.set(key, file);
    return file;
  }
}

/** As /proc/PID/maps writes it. */
function deviceOf(record: Buffer): string {
  const two = (number: number): string => number.toString(16).padStart(2, '0');
  return `${two(record.readUInt32LE(mmap2.major))}:${two(record.readUInt32LE(mmap2.minor))}`;
}
