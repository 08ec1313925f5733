// The process that is traced: a command, held until every probe is live, or a process that runs already (language.md 8.5).
//
//   facts  the end of the process is the end of the trace. When the trace ends first, a command is ended too, with SIGTERM

import { fieldsOf, TbpfError } from '../model/diagnostics/errors.js';
import { checkFollowed } from '../runtime/discover/user/processes.js';
import type { ChildHandle, NativeAddon, PidWatchHandle } from '../runtime/native/types.js';

const SIGTERM = 15;

export interface TracedProcessOptions {
  /** program and arguments */
  readonly command?: readonly string[];
  readonly pid?: number;
  /** the command ignores SIGHUP, as under nohup */
  readonly ignoresHangup?: boolean;
  /** how the command ended, as a sentence */
  readonly say?: (text: string) => void;
}

export class TracedProcess {
  private child: ChildHandle | undefined;
  private watch: PidWatchHandle | undefined;
  private gone = false;
  private onGone: (() => void) | undefined;

  /** @throws TbpfError  there is no such command or process */
  constructor(native: NativeAddon, { command, pid, ignoresHangup, say }: TracedProcessOptions) {
    if (command !== undefined) {
      if (command.length === 0) throw new TbpfError('Failed to fork child: the command is empty', { code: 'ERR_ARG' });
      this.child = attempt('Failed to fork child', () => native.spawnHeld(command, { ignoresHangup }));
      this.child.onExit(({ code, signal }) => {
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

  /** of either */
  get pid(): number | undefined {
    return this.child?.pid ?? this.watch?.pid;
  }

  /** The event loop does not wait for its end. */
  unref(): void {
    this.child?.unref();
    this.watch?.unref();
  }

  /** Lets the command run; calls back when the process has ended.
   * @throws TbpfError  the command cannot be run after all */
  release(onGone: () => void): void {
    this.onGone = onGone;
    if (this.gone) onGone();
    else if (this.child) attempt('Failed to fork child', () => this.child!.resume());
  }

  /** Ends the command when it still runs, and stops watching. */
  end(): void {
    if (!this.gone) this.child?.kill(SIGTERM);
    this.child?.close();
    this.watch?.close();
  }

  private ended(): void {
    this.gone = true;
    this.onGone?.();
  }
}

function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof TbpfError)) throw error;
    throw new TbpfError(`${what}: ${error.message}`, { ...fieldsOf(error), cause: error });
  }
}
