// Where output goes: a file descriptor with a buffer before it.
//
//   idea   text is gathered and written in one call when the turn of the event loop that made it ends, or when much has come
//          together: on a flood thousands of lines share a write, and a single line still appears at once
//   facts  writing is synchronous, so that draining waits for a slow reader and memory stays bounded. A pipe that somebody made
//          non-blocking answers EAGAIN: the write is tried again. A reader that is gone (EPIPE) ends writing quietly.
//          A sink with `unblocked` does not wait for long: a pager or ^S may block output for good, and signals are heard only in the
//          event loop. What is not written is kept and tried again; whoever feeds the sink is asked to pause.
//          What a write at the end of a turn fails with is thrown into the event loop: no caller is there to catch it

import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { strerror } from '../../language/strerror.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { TbpfError } from '../../model/diagnostics/errors.js';

/** line: at the end of the turn of the event loop;  full: when the buffer is full and at the end;  none: every text by itself */
export type Buffering = 'line' | 'full' | 'none';

export interface SinkOptions {
  readonly buffering?: Buffering;
  /** called once when the reader has gone; what is written afterwards is dropped */
  readonly onClosed?: () => void;
  /** Given: the sink does not wait, where the kernel lets it. */
  readonly unblocked?: {
    /** writes what a socket, pipe or terminal takes now, 0 bytes when it takes none */
    readonly send: (fd: number, bytes: Uint8Array) => number;
    /** called when output begins to wait for its reader, and when it does so no more */
    readonly onChange: () => void;
  };
  /** what cannot be written is dropped: a message that nobody can read is no reason to end */
  readonly dropsFailures?: boolean;
}

const BUFFER_CHARACTERS = 64 * 1024;
const LONGEST_WAIT_MS = 20;
/** A reader that is only busy goes on within this time; a longer wait is one in the event loop. */
const PATIENCE_MS = 20;
const RETRY_MS = 10;

/** A clock for waiting. The global `performance` would be loaded for it, which takes milliseconds of every start. */
function nowMs(): number {
  const [seconds, ns] = process.hrtime();
  return seconds * 1000 + ns / 1_000_000;
}

export class Sink {
  private pending = '';
  private scheduled = false;
  private gone = false;
  private readonly buffering: Buffering;
  /** Bytes written at once. undefined: writing to the descriptor waits. */
  private readonly writeNow: ((bytes: Uint8Array) => number) | undefined;
  /** bytes that could not be written yet */
  private left: Uint8Array | undefined;
  /** set: text goes there instead */
  divert: ((text: string) => void) | undefined;

  constructor(
    readonly fd: number,
    private readonly options: SinkOptions = {},
    private readonly name = fd === 1 ? 'standard output' : fd === 2 ? 'standard error' : `file descriptor ${fd}`,
    private readonly owned = false,
  ) {
    this.buffering = options.buffering ?? 'line';
    this.writeNow = options.unblocked && writesNow(fd, options.unblocked.send);
  }

  /** @throws TbpfError when the file cannot be made */
  static openFile(path: string, options: SinkOptions = {}): Sink {
    try {
      return new Sink(openSync(path, 'w', 0o666), options, path, true);
    } catch (error) {
      throw cannotWrite(path, 'open', error as NodeJS.ErrnoException);
    }
  }

  /** The reader has gone; nothing more is written. */
  get closed(): boolean {
    return this.gone;
  }

  write(text: string): void {
    if (this.gone) return;
    if (this.divert !== undefined) return this.divert(text);
    this.pending += text;
    if (this.buffering === 'none' || this.pending.length >= BUFFER_CHARACTERS) this.flush();
    else if (this.buffering === 'line' && !this.scheduled) {
      this.scheduled = true;
      queueMicrotask(() => {
        this.scheduled = false;
        this.flush();
      });
    }
  }

  /** @throws TbpfError when the bytes cannot be written (ENOSPC …) */
  flush(): void {
    if (this.pending === '' || this.gone || this.left !== undefined) return;
    const bytes = bytesOfText(this.pending);
    this.pending = '';
    if (this.writeNow === undefined) writeAll(bytes, (from) => this.writeSome(bytes.subarray(from)));
    else this.writeWhatFits(bytes);
  }

  /** Output waits for its reader. */
  get blocked(): boolean {
    return this.left !== undefined;
  }

  /** Resolves when everything is written, or nobody reads any more.
   * @throws TbpfError  as flush() */
  async drained(): Promise<void> {
    for (this.flush(); !this.gone && this.blocked; this.flush()) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }

  private writeWhatFits(bytes: Uint8Array): void {
    const wasBlocked = this.blocked;
    const until = nowMs() + PATIENCE_MS;
    let done = 0;
    writeAll(bytes, (from) => {
      const written = this.writeSome(bytes.subarray(from));
      done = written === undefined ? bytes.length : from + written;
      return nowMs() > until ? undefined : written;
    });
    this.left = done < bytes.length ? bytes.subarray(done) : undefined;
    if (this.blocked) setTimeout(() => this.retry(), RETRY_MS);
    if (this.blocked !== wasBlocked) this.options.unblocked!.onChange();
  }

  private retry(): void {
    if (this.gone) return;
    this.writeWhatFits(this.left!);
    this.flush();
  }

  close(): void {
    this.flush();
    if (this.owned && !this.gone) closeSync(this.fd);
    this.gone = true;
  }

  /** Bytes written; 0: try again later; undefined: the reader has gone, or the bytes are dropped. */
  private writeSome(bytes: Uint8Array): number | undefined {
    try {
      return this.writeNow === undefined ? writeSync(this.fd, bytes) : this.writeNow(bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN' || code === 'EINTR') return 0;
      if (this.options.dropsFailures && code !== 'EPIPE') return undefined;
      this.gone = true;
      if (code === 'EPIPE') {
        this.options.onClosed?.();
        return undefined;
      }
      throw cannotWrite(this.name, 'write', error as NodeJS.ErrnoException);
    }
  }
}

/** Keeps what is written to it. */
export class MemorySink extends Sink {
  text = '';

  constructor() {
    super(-1);
  }

  override write(text: string): void {
    this.text += text;
  }

  override flush(): void {}

  override close(): void {}
}

/** Calls `writeSome` until everything is written or it answers undefined; sleeps while it answers 0. */
export function writeAll(bytes: Uint8Array, writeSome: (from: number) => number | undefined): void {
  let waitMs = 1;
  for (let from = 0; from < bytes.length; ) {
    const written = writeSome(from);
    if (written === undefined) return;
    if (written === 0) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      continue;
    }
    waitMs = 1;
    from += written;
  }
}

function cannotWrite(what: string, operation: string, cause: NodeJS.ErrnoException): TbpfError {
  const { code = 'EIO', errno, message } = cause;
  const known = errno === undefined ? undefined : Math.abs(errno);
  return new TbpfError(`cannot write to ${what}: ${known === undefined ? message : strerror(known)}`, { code, errno: known, operation, cause });
}

/** A pipe or terminal is opened once more: a flag of the description that we were given would be one for everybody who shares it.
 *  One of another user, or without /proc, cannot be opened: it is then asked for room before each write.
 *  undefined: writing never waits for a reader (a file). */
function writesNow(fd: number, send: (fd: number, bytes: Uint8Array) => number): ((bytes: Uint8Array) => number) | undefined {
  try {
    const stat = fstatSync(fd);
    if (!stat.isSocket() && !stat.isFIFO() && !stat.isCharacterDevice()) return undefined;
    if (stat.isSocket()) return (bytes) => send(fd, bytes);
  } catch {
    return undefined; // a closed descriptor: writing fails with the reason
  }
  try {
    const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    return (bytes) => writeSync(own, bytes);
  } catch {
    return (bytes) => send(fd, bytes);
  }
}
