// The terminal of --watch: another screen without cursor, keys one by one, and everything as it was before on every way out.
//
//   owners the terminal's modes and screen, from enter() to leave()
//   facts  in raw mode ^C, ^\ and ^Z are keys: the signals that the terminal would have sent to its foreground processes are sent to the process
//          group, so that a command of -c gets them too. SIGHUP and SIGQUIT end the process as ever, once the screen is left. What ends it otherwise passes
//          process.exit(). SIGKILL alone leaves the screen as it is (`reset` mends it).
//          Modes: xterm's control sequences (1049 alternate screen, 25 cursor, 7 wrapping, 2026 frames that appear at once)

import { openSync, writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { tty } from '../../runtime/native/node-modules.js';
import { Sink, type SinkOptions } from '../../runtime/output/index.js';
import { isTerminal } from '../output/terminal.js';
import type { Line, Size } from './frame.js';

const STDIN = 0;
const STDOUT = 1;
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l';
const FRAME_BEGIN = '\x1b[?2026h\x1b[H';
const FRAME_END = '\x1b[J\x1b[?2026l';
const styles: Readonly<Record<NonNullable<Line['style']>, string>> = { bar: '\x1b[7m', title: '\x1b[1m', chosen: '\x1b[1;4m', head: '\x1b[2m', dim: '\x1b[2m' };
/** of a terminal that does not know it, as on a serial line */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };
/** end the process, and are raised again when the screen is left */
const ENDING = ['SIGHUP', 'SIGQUIT'] as const;

export interface TerminalEvents {
  /** name: as node:readline spells it: `up`, `pagedown`, `q` */
  readonly onKey: (name: string) => void;
  /** the size has changed, or the screen is ours again */
  readonly onResize: () => void;
  /** the process is about to end: called before what it says last */
  readonly onEnd: () => void;
}

export class Terminal {
  private readonly screen: WriteStream;
  private readonly frames: Sink;
  private isEntered = false;
  private readonly listeners: (readonly [event: string, listener: (...given: never[]) => void])[] = [];

  private constructor(
    private readonly input: ReadStream,
    send: NonNullable<SinkOptions['unblocked']>['send'],
    private readonly events: TerminalEvents,
  ) {
    this.screen = process.stdout as WriteStream;
    this.frames = new Sink(STDOUT, { buffering: 'full', dropsFailures: true, unblocked: { send, onChange: () => undefined } });
  }

  /** Why there can be no live view; undefined: there can. */
  static refusal(): string | undefined {
    if (!isTerminal(STDOUT)) return '--watch draws on a terminal, and standard output is none. Without --watch maps are printed when the trace ends';
    if (process.env['TERM'] === 'dumb') return '--watch draws on a terminal that can move its cursor, and TERM says that this one is dumb';
    if (!isTerminal(STDIN) && openTerminal() === undefined) return '--watch reads keys from a terminal, and there is none: neither standard input nor /dev/tty';
    return undefined;
  }

  /** Takes the screen. */
  static enter(send: NonNullable<SinkOptions['unblocked']>['send'], events: TerminalEvents): Terminal {
    const input = isTerminal(STDIN) ? process.stdin as ReadStream : new (tty().ReadStream)(openTerminal()!);
    const terminal = new Terminal(input, send, events);
    terminal.takeScreen();
    terminal.listen();
    return terminal;
  }

  get size(): Size {
    const { columns, rows } = this.screen;
    return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
  }

  /** Nothing is drawn while the terminal takes nothing. */
  draw(lines: readonly Line[]): void {
    if (!this.isEntered || this.frames.blocked) return;
    const text = lines.map(({ text: shown, style }) => (style === undefined ? shown : `${styles[style]}${shown}\x1b[0m`)).join('\x1b[K\r\n');
    this.frames.write(`${FRAME_BEGIN}${text}\x1b[K${FRAME_END}`);
    this.frames.flush();
  }

  /** Gives the screen back, and everything else as it was. */
  leave(): void {
    for (const [event, listener] of this.listeners.splice(0)) process.off(event, listener as () => void);
    this.giveScreenBack();
    this.input.destroy();
  }

  private listen(): void {
    emitKeypressEvents(this.input);
    this.input.on('keypress', (_text: string | undefined, key: { readonly name?: string; readonly sequence?: string; readonly ctrl?: boolean }) => this.press(key));
    // the terminal is gone: SIGHUP says so, too
    this.input.on('error', () => undefined);
    this.input.unref();
    this.on('SIGWINCH', () => {
      // Node learns the size by the same signal, before or after us
      setImmediate(() => this.isEntered && this.events.onResize());
    });
    this.on('SIGTSTP', this.suspend);
    // it was stopped by SIGSTOP, which nobody hears of: a shell may have used the terminal
    this.on('SIGCONT', () => this.isEntered && this.resume());
    for (const signal of ENDING) {
      if (process.listenerCount(signal) > 0) continue; // it is ignored, as under nohup
      this.on(signal, () => {
        this.events.onEnd();
        process.kill(process.pid, signal);
      });
    }
    this.on('exit', () => this.events.onEnd());
    // before the message about it is written
    process.prependListener('uncaughtException', this.events.onEnd);
    this.listeners.push(['uncaughtException', this.events.onEnd]);
  }

  private on(event: string, listener: () => unknown): void {
    process.on(event, listener);
    this.listeners.push([event, listener]);
  }

  private press({ name, sequence, ctrl }: { readonly name?: string; readonly sequence?: string; readonly ctrl?: boolean }): void {
    const signal = ctrl ? ({ c: 'SIGINT', z: 'SIGTSTP' } as const)[name as 'c' | 'z'] : sequence === '\x1c' ? 'SIGQUIT' as const : undefined;
    if (signal !== undefined) process.kill(0, signal);
    else if (!ctrl) this.events.onKey(name ?? sequence ?? '');
  }

  /** Stops as every process does, and goes on when it is continued: kill() of oneself returns then. Without job control nothing stops. */
  private readonly suspend = (): void => {
    this.giveScreenBack();
    process.off('SIGTSTP', this.suspend);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', this.suspend);
    this.resume();
  };

  private resume(): void {
    this.takeScreen();
    this.events.onResize();
  }

  private takeScreen(): void {
    this.isEntered = true;
    this.input.setRawMode(true);
    this.input.resume();
    this.frames.write(ENTER);
    this.frames.flush();
  }

  private giveScreenBack(): void {
    if (!this.isEntered) return;
    this.isEntered = false;
    try {
      this.input.setRawMode(false);
      if (!this.frames.blocked) writeSync(STDOUT, LEAVE);
    } catch {
      // the terminal is gone
    }
  }
}

/** undefined: the process has no terminal */
function openTerminal(): number | undefined {
  try {
    return openSync('/dev/tty', 'r');
  } catch {
    return undefined;
  }
}
