// What processes mapped while they lived, for those that are gone when their addresses are named.
//
//   in     what processes did, as ./task-records.ts reads it
//   out    the mapping that an address was in
//   idea   a process is a row of lives: each exec begins a new one. An address is looked for in the last life first; memory is laid out at random
//          for each, so that an address of one is hardly ever in another. A child begins with its parent's memory
//   why    limits: a machine that starts thousands of processes a second is traced for days. The processes that ended first are forgotten first

import type { Mapping } from '../../model/target/process-maps.js';

/** A mapping of a process that may be gone: the build id says which file it was. */
export interface NotedMapping extends Mapping {
  /** hex; undefined: the file has none */
  readonly buildId: string | undefined;
}

/** Where a mapping comes from; the same for all processes that map the file. */
export type NotedFile = Pick<NotedMapping, 'path' | 'buildId' | 'device' | 'inode' | 'deleted'>;

const MOST_PROCESSES = 1 << 14;
const MOST_MAPPINGS = 1 << 17;
/** of one process: others shall have room, too */
const MOST_OF_ONE = 1 << 12;
const MOST_LIVES = 8;
const MOST_ANCESTORS = 16;

interface Life {
  readonly sinceNs: bigint;
  readonly mappings: NotedMapping[];
}

interface NotedProcess {
  /** the last life first */
  readonly lives: Life[];
  /** whose memory it began with; undefined: it was there before, or its first life began with exec */
  readonly parent: number | undefined;
}

export class ProcessNotes {
  readonly #living = new Map<number, NotedProcess>();
  /** by the time of their end */
  readonly #ended = new Map<number, NotedProcess>();
  #mappings = 0;

  fork(pid: number, parent: number, atNs: bigint): void {
    this.#forget(pid);
    this.#living.set(pid, { parent, lives: [{ sinceNs: atNs, mappings: [] }] });
    this.#makeRoom();
  }

  exec(pid: number, atNs: bigint): void {
    const { lives } = this.#noted(pid);
    lives.unshift({ sinceNs: atNs, mappings: [] });
    if (lives.length > MOST_LIVES) this.#mappings -= lives.pop()!.mappings.length;
  }

  map(pid: number, mapping: NotedMapping, atNs: bigint): void {
    const { lives } = this.#noted(pid);
    const life = lives.find(({ sinceNs }) => sinceNs <= atNs) ?? lives.at(-1)!;
    life.mappings.push(mapping);
    this.#mappings++;
    if (life.mappings.length > MOST_OF_ONE) {
      life.mappings.shift();
      this.#mappings--;
    }
    this.#makeRoom();
  }

  exit(pid: number): void {
    const process = this.#living.get(pid);
    if (process === undefined) return;
    this.#living.delete(pid);
    this.#ended.set(pid, process);
  }

  /** Where the address was: in the process's own memory, or in what it had of its parents.
   * @param unnoted  asked for a parent whose beginning is not noted, since it was there before */
  find<T>(pid: number, address: bigint, unnoted: (pid: number) => T | undefined): NotedMapping | T | undefined {
    let at: number | undefined = pid;
    for (let depth = 0; at !== undefined && depth < MOST_ANCESTORS; depth++) {
      const process: NotedProcess | undefined = this.#living.get(at) ?? this.#ended.get(at);
      for (const { mappings } of process?.lives ?? []) {
        // what was mapped last lies over what was there before
        const found = mappings.findLast(({ start, end }) => address >= start && address < end);
        if (found !== undefined) return found;
      }
      if (at !== pid && (process === undefined || wasThere(process))) {
        const found = unnoted(at);
        if (found !== undefined) return found;
      }
      at = process?.parent;
    }
    return undefined;
  }

  /** Whether all that it mapped is noted: it began, or ran its program, under our eyes. */
  isComplete(pid: number): boolean {
    const process = this.#living.get(pid) ?? this.#ended.get(pid);
    return process !== undefined && (process.parent !== undefined || process.lives.length > 1);
  }

  #noted(pid: number): NotedProcess {
    const known = this.#living.get(pid);
    if (known !== undefined) return known;
    // a thread goes on under the number when its leader has ended, and it runs a program
    const process = this.#ended.get(pid) ?? { parent: undefined, lives: [{ sinceNs: 0n, mappings: [] }] };
    this.#ended.delete(pid);
    this.#living.set(pid, process);
    this.#makeRoom();
    return process;
  }

  #makeRoom(): void {
    while (this.#living.size + this.#ended.size > MOST_PROCESSES || this.#mappings > MOST_MAPPINGS) {
      const [oldest] = this.#ended.size > 0 ? this.#ended.keys() : this.#living.keys();
      this.#forget(oldest!);
    }
  }

  #forget(pid: number): void {
    for (const processes of [this.#living, this.#ended]) {
      for (const { mappings } of processes.get(pid)?.lives ?? []) this.#mappings -= mappings.length;
      processes.delete(pid);
    }
  }
}

/** Before anything was noted. */
function wasThere({ parent, lives }: NotedProcess): boolean {
  return parent === undefined && lives.at(-1)!.sinceNs === 0n;
}
