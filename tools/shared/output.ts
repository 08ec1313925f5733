// Where a tool prints: lines on stdout as bytes, complaints on stderr.
//
//   facts  text of the kernel and of processes is bytes; what is not UTF-8 goes out as it came in. On a terminal control characters are shown as
//          \x1b and the like, or a file name could command it. A reader that has gone away (`| head`) is no failure: the tool ends. One that reads nothing for a
//          while (a pager, ^S) is waited for in the event loop, where signals are heard

import { isatty } from 'node:tty';
import { escapeControls, sendNow, Sink } from '../../lib/index.js';
import type { Lines } from './records.js';

const STDOUT = 1;
const STDERR = 2;
const RETRY_MS = 10;

export interface ToolOutput extends Lines {
  /** A line for whoever looks after the tool, behind what was printed before. */
  complain(line: string): void;
  flush(): void;
}

export class Output implements ToolOutput {
  private readonly out: Sink;
  private readonly errors: Sink;
  private readonly terminal = isatty(STDOUT);

  /** @param onClosed  nobody reads any more */
  constructor(onClosed: () => void = () => undefined) {
    const unblocked = { send: sendNow, onChange: () => undefined };
    this.out = new Sink(STDOUT, { onClosed, unblocked });
    this.errors = new Sink(STDERR, { dropsFailures: true, unblocked });
  }

  /** Output waits for its reader. */
  get blocked(): boolean {
    return this.out.blocked || this.errors.blocked;
  }

  /** Resolves when output waits for nobody, or the tool is to end: what it has then is written before the process ends. */
  async room(stop: AbortSignal): Promise<void> {
    while (this.blocked && !stop.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }

  /** Resolves when everything is written, or nobody reads any more. */
  async drained(): Promise<void> {
    await this.out.drained();
    await this.errors.drained();
  }

  clean(text: string): string {
    return this.terminal ? escapeControls(text) : text;
  }

  write(text: string): void {
    this.out.write(text);
  }

  /** A line on stderr. */
  complain(line: string): void {
    this.out.flush();
    this.errors.write(`${isatty(STDERR) ? escapeControls(line) : line}\n`);
    this.errors.flush();
  }

  flush(): void {
    this.out.flush();
  }
}

/** Columns of the terminal, as Python's shutil.get_terminal_size() finds them. */
export function terminalColumns(): number {
  const wanted = Number(process.env['COLUMNS']);
  if (Number.isInteger(wanted) && wanted > 0) return wanted;
  return process.stdout.columns ?? 80;
}
