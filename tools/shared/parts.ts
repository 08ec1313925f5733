// What does not fit into one record comes in parts before it: long argument blocks, the components of a path, the environment.
//
//   idea   a program sends the parts of an event and then the event itself; one ring buffer for all CPUs keeps that order. Parts carry the
//          address of the task, which one thread keeps for its life, and their number, so that a lost one is noticed
//   facts  the parts of an event whose last record was lost are dropped when the same task sends its next part, or when very many wait

import type { Value } from '../../lib/index.js';
import type { Fields } from './session.js';

/** Tasks whose parts may wait at once. */
const TASKS = 4096;

/** The parts of one kind, in order; undefined: lost. */
export type PartsOf = readonly (Value | undefined)[];

export class Parts {
  private readonly waiting = new Map<Value, Map<string, Value[]>>();

  /** Takes a record `part`: `of` names what it is part of, `task` and `index` say whose and which. */
  take({ of, task, index, value }: Fields): void {
    let kinds = this.waiting.get(task!);
    if (!kinds) {
      if (this.waiting.size >= TASKS) this.waiting.delete(this.waiting.keys().next().value!);
      this.waiting.set(task!, (kinds = new Map()));
    }
    const list = kinds.get(of as string);
    if (list && Number(index) > 0) list[Number(index)] = value!;
    else {
      const first: Value[] = [];
      first[Number(index)] = value!;
      kinds.set(of as string, first);
    }
  }

  /** The parts that came before an event of a task, by what they are part of; they are forgotten. A part that was lost is undefined. */
  of(task: Value): ReadonlyMap<string, PartsOf> {
    const kinds = this.waiting.get(task);
    this.waiting.delete(task);
    return kinds ?? none;
  }
}

const none: ReadonlyMap<string, readonly Value[]> = new Map();
