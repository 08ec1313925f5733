// Where output goes: a file descriptor with a buffer before it.
//
//   idea   text is gathered and written in one call when the turn of the event loop that made it ends, or when much has come
//          together: on a flood thousands of lines share a write, and a single line still appears at once
//   facts  writing is synchronous, so that draining waits for a slow reader and memory stays bounded. A pipe that somebody made
//          non-blocking answers EAGAIN: the write is tried again. A reader that is gone (EPIPE) ends writing quietly.
//          What a write at the end of a turn fails with is thrown into the event loop: no caller is there to catch it

import { closeSync, openSync, writeSync } from 'node:fs';
import { strerror } from '../../language/strerror.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { TbpfError } from '../../model/diagnostics/errors.js';

/** line: at the end of the turn of the event loop;  full: when the buffer is full and at the end;  none: every text by itself */
export type Buffering = 'line' | 'full' | 'none';

export interface SinkOptions {
  readonly buffering?: Buffering;
  /** called once when the reader has gone; what is written afterwards is dropped */
  readonly onClosed?: () => void;
  /** what cannot be written is dropped: a message that nobody can read is no reason to end */
  readonly dropsFailures?: boolean;
}

const BUFFER_CHARACTERS = 64 * 1024;
const LONGEST_WAIT_MS = 20;

export class Sink {
  private pending = '';
  private scheduled = false;
  private gone = false;
  private readonly buffering: Buffering;

  constructor(
    readonly fd: number,
    private readonly options: SinkOptions = {},
    private readonly name = fd === 1 ? 'standard output' : fd === 2 ? 'standard error' : `file descriptor ${fd}`,
    private readonly owned = false,
  ) {
    this.buffering = options.buffering ?? 'line';
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
    if (this.pending === '' || this.gone) return;
    const bytes = bytesOfText(this.pending);
    this.pending = '';
    writeAll(bytes, (from) => this.writeSome(bytes, from));
  }

  close(): void {
    this.flush();
    if (this.owned && !this.gone) closeSync(this.fd);
    this.gone = true;
  }

  /** Bytes written; 0: try again later; undefined: the reader has gone, or the bytes are dropped. */
  private writeSome(bytes: Uint8Array, from: number): number | undefined {
    try {
      return writeSync(this.fd, bytes, from, bytes.length - from);
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
      Atomics.wait(sleeper, 0, 0, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      continue;
    }
    waitMs = 1;
    from += written;
  }
}

function cannotWrite(what: string, operation: string, cause: NodeJS.ErrnoException): TbpfError {
  const { code = 'EIO', errno, message } = cause;
  const known = errno === undefined ? undefined : -errno;
  return new TbpfError(`cannot write to ${what}: ${known === undefined ? message : strerror(known)}`, { code, errno: known, operation, cause });
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));
