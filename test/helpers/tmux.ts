// The command on a real terminal: a pane of tmux, whose keys are pressed and whose screen is read.
//
//   facts  tmux has a server of its own for each pane, so that tests do not meet. What runs is `sh`, which says how the command ended and in what state it left
//          the terminal, and stays

import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { command } from './command.js';

const run = promisify(execFile);
const PATIENCE_MS = 30_000;
const POLL_MS = 30;
let servers = 0;

export interface PaneOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** before the command, as a shell reads it: `TERM=dumb`, `cat x |` */
  readonly before?: string;
  /** behind it */
  readonly after?: string;
}

export class Pane {
  private readonly server = `tbpf-test-${process.pid}-${servers++}`;

  /** The command in a pane, which is closed when the test ends. Words are quoted for the shell. */
  static async open(t: Test, args: readonly string[], options: PaneOptions = {}): Promise<Pane> {
    const pane = new Pane();
    t.teardown(() => pane.tmux('kill-server').catch(() => undefined));
    await pane.start(args, options);
    return pane;
  }

  private async start(args: readonly string[], { columns = 100, rows = 30, before = '', after = '' }: PaneOptions): Promise<void> {
    const words = [command, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    // keys that send signals send them to the shell, too, which goes on;
    // a screen that is entered and left is not seen where the command ends at once: what it said stays
    const script = `trap : INT QUIT; unset NODE_OPTIONS; ${before} ${words} ${after}; echo "status $?"; stty -a | grep -o '[-]*icanon' ; stty -a | grep -o '[-]*echo '; echo over; while :; do sleep 100; done`;
    await run('tmux', ['-L', this.server, '-f', '/dev/null', 'set-option', '-g', 'history-limit', '20000', ';', 'new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh', '-c', script], { env: { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' } });
  }

  private async tmux(...words: readonly string[]): Promise<string> {
    return (await run('tmux', ['-L', this.server, ...words], { env: { ...process.env, LC_ALL: 'C.UTF-8' } })).stdout;
  }

  /** The lines on the screen, with those that have left it at its top where `history`. */
  screen(history = false): Promise<string> {
    return this.tmux('capture-pane', '-p', ...(history ? ['-S', '-'] : []));
  }

  /** Resolves with the screen when the pattern is on it. @throws Error  it does not come */
  async until(pattern: RegExp, history = false): Promise<string> {
    let shown = '';
    for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
      shown = await this.screen(history);
      if (pattern.test(shown)) return shown;
      await wait(POLL_MS);
    }
    throw new Error(`${pattern} did not come:\n${shown}`);
  }

  /** Presses keys, as tmux names them: `q`, `Down`, `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.tmux('send-keys', ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** `alternate cursor wrap`, each 0 or 1. */
  async state(): Promise<string> {
    return (await this.tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{wrap_flag}')).trim();
  }

  /** The process of the command: the youngest child of the shell. */
  async pid(): Promise<number> {
    const shell = (await this.tmux('display-message', '-p', '#{pane_pid}')).trim();
    return Number((await run('ps', ['-o', 'pid=', '--ppid', shell])).stdout.trim().split(/\s+/).at(-1));
  }

  /** Waits for the command's end. @returns its status, and what is on the ordinary screen; checks that the terminal is as it was before */
  async ended(t: Test): Promise<{ readonly status: number; readonly text: string }> {
    const text = await this.until(/^over$/m, true);
    t.equal(await this.state(), '0 1 1', 'no alternate screen, a cursor, lines wrap');
    t.match(text, /\nicanon\necho\nover/, 'the terminal reads lines and echoes them');
    return { status: Number(/^status (\d+)$/m.exec(text)![1]), text };
  }
}
