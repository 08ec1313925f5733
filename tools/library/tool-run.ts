// A tool that runs for a program: its records, one after the other.
//
//   idea   a reader that is slow makes the tool wait, and the kernel's ring buffer fills: what does not fit is lost and counted, as for the command

import { Readable } from 'node:stream';

/** Records of a tool that runs. Leaving the loop stops the tool, and so does `await using`. */
export interface ToolRun<Row> extends AsyncIterable<Row>, AsyncDisposable {
  /** events that were lost so far, and hits that the kernel left out */
  readonly lost: number;
  /** Ends the tool, and resolves when nothing of it is in the kernel. Records that wait can still be read; what counts makes its last report.
   * @throws TbpfError  the tool broke, and no loop was told so */
  stop(): Promise<void>;
}

/** Records that may wait for the reader before the tool waits for it. */
const MOST_WAITING = 4096;

/** The side of the tool, and that of the program. */
export class Run<Row> {
  readonly #stopTool: () => void;
  readonly #rows = new Readable({ objectMode: true, highWaterMark: MOST_WAITING, read: () => this.#gotRoom() });
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #error: Error | undefined;
  #lost = 0;
  #isFull = false;
  #waits: (() => void) | undefined;

  constructor(stopTool: () => void) {
    this.#stopTool = stopTool;
    this.#ended = new Promise((resolve) => (this.#end = resolve));
  }

  // ---- for the tool

  push(row: Row): void {
    this.#isFull = !this.#rows.push(row);
  }

  addLost(count: number): void {
    this.#lost += count;
  }

  /** Resolves when the reader wants more. */
  room(): Promise<void> {
    return this.#isFull ? new Promise((resolve) => (this.#waits = resolve)) : Promise.resolve();
  }

  /** Nothing follows. error: why, when the tool broke */
  end(error?: Error): void {
    this.#error = error;
    this.#rows.push(null);
    this.#end();
  }

  // ---- for the program

  /** What the program holds: nothing of the tool's side. */
  get face(): ToolRun<Row> {
    const lost = (): number => this.#lost;
    return {
      get lost() {
        return lost();
      },
      stop: () => this.stop(),
      [Symbol.asyncIterator]: () => this.#read(),
      [Symbol.asyncDispose]: () => this.stop(),
    };
  }

  async *#read(): AsyncGenerator<Row, void, undefined> {
    try {
      for await (const row of this.#rows) yield row as Row;
    } finally {
      await this.stop();
    }
  }

  async stop(): Promise<void> {
    this.#stopTool();
    // what is in the kernel's buffer comes on top
    this.#gotRoom();
    await this.#ended;
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
  }

  #gotRoom(): void {
    this.#isFull = false;
    this.#waits?.();
    this.#waits = undefined;
  }
}
