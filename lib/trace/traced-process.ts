// The process that is traced: a command, held until every probe is live, or a process that runs already (language.md 8.5).
//
//   facts  the end of the process is the end of the trace. When the trace ends first, a command is ended too, with SIGTERM when nothing else is
//          asked for. It gets SIGTERM anyhow when the thread that started it ends

import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { fieldsOf, TbpfError } from '../model/diagnostics/errors.js';
import { checkFollowed } from '../runtime/discover/user/processes.js';
import type { ChildHandle, ExitStatus, NativeAddon, PidWatchHandle } from '../runtime/native/types.js';

export interface CommandOptions {
  /** program and arguments */
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** what it gets when the trace ends first, default SIGTERM; false: nothing, it runs on */
  readonly killOnStop?: NodeJS.Signals | false;
  /** user whom it runs as */
  readonly uid?: number;
  /** default: inherit */
  readonly stdio?: 'inherit' | 'ignore' | 'pipe' | 'stderr';
}

export interface TracedProcessOptions {
  readonly command?: CommandOptions;
  readonly pid?: number;
  /** the command ignores SIGHUP, as under nohup */
  readonly ignoresHangup?: boolean;
  /** how the command ended, as a sentence */
  readonly say?: (text: string) => void;
}

/** How a command ended. Both null: another process has reaped it, and its status is unknown. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long a command may take to end after its signal. */
const PATIENCE_MS = 2000;

export class TracedProcess {
  private child: ChildHandle | undefined;
  private watch: PidWatchHandle | undefined;
  private readonly killOnStop: NodeJS.Signals | false;
  private childEnd: ChildEnd | undefined;
  private gone = false;
  /** pipes of the command that nobody has taken */
  private streams: ChildHandle['streams'];
  private onGone: (() => void) | undefined;

  /** @throws TbpfError  there is no such command or process */
  constructor(native: NativeAddon, { command, pid, ignoresHangup, say }: TracedProcessOptions) {
    this.killOnStop = command?.killOnStop ?? 'SIGTERM';
    if (command !== undefined) {
      const { argv, cwd, env, uid, stdio } = command;
      if (argv.length === 0) throw new TbpfError('Failed to fork child: the command is empty', { code: 'ERR_ARG' });
      this.child = attempt('Failed to fork child', () => native.spawnHeld(argv, { ignoresHangup, cwd, uid, stdio, env: env && Object.entries(env).map(([name, value]) => `${name}=${value}`) }));
      this.streams = this.child.streams;
      this.child.onExit((status) => {
        const { code, signal } = status;
        this.childEnd = endOf(status);
        say?.(code !== undefined ? `Child exited with status ${code}` : `Child was ended by signal ${signal}`);
        this.ended();
      });
    } else if (pid !== undefined) {
      this.watch = attempt('Failed to attach to pid', () => {
        checkFollowed(pid);
        return native.watchPid(pid, () => this.ended());
      });
    }
  }

  /** of the command */
  get childPid(): number | undefined {
    return this.child?.pid;
  }

  /** Descriptors of the command's pipes, for who closes them; undefined: it has none. */
  takeStreams(): ChildHandle['streams'] {
    const { streams } = this;
    this.streams = undefined;
    return streams;
  }

  /** of either */
  get pid(): number | undefined {
    return this.child?.pid ?? this.watch?.pid;
  }

  /** Whether the event loop waits for its end; it does at first. */
  ref(referenced: boolean): void {
    for (const handle of [this.child, this.watch]) {
      if (referenced) handle?.ref();
      else handle?.unref();
    }
  }

  /** Lets the command run; calls back when the process has ended.
   * @throws TbpfError  the command cannot be run after all */
  release(onGone: () => void): void {
    this.onGone = onGone;
    if (this.gone) onGone();
    else if (this.child) attempt('Failed to fork child', () => this.child!.resume());
  }

  /** Ends the command when it still runs, and stops watching; does not wait for its end. */
  end(): void {
    if (!this.gone && this.killOnStop !== false) this.child?.kill(constants.signals[this.killOnStop]);
    this.child?.close();
    this.watch?.close();
    for (const fd of this.takeStreams() ?? []) closeSync(fd);
  }

  /** The same, and waits a little for the end of the command. @returns how it ended; undefined: there was none, or it runs on */
  async finish(): Promise<ChildEnd | undefined> {
    const { child } = this;
    if (child && !this.gone && this.killOnStop === false) {
      // whoever reaps it is there when it ends
      this.onGone = () => child.close();
      child.unref();
      return undefined;
    }
    if (child && !this.gone && child.kill(constants.signals[this.killOnStop as NodeJS.Signals])) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.onGone = resolve;
        timer = setTimeout(resolve, PATIENCE_MS);
      });
      clearTimeout(timer);
    }
    this.end();
    return this.childEnd;
  }

  private ended(): void {
    this.gone = true;
    this.onGone?.();
  }
}

function endOf({ code, signal }: ExitStatus): ChildEnd {
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] as NodeJS.Signals | undefined;
  return { code: code ?? null, signal: name ?? null };
}

function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof TbpfError)) throw error;
    throw new TbpfError(`${what}: ${error.message}`, { ...fieldsOf(error), cause: error });
  }
}
