// The process that is traced: the command of -c, held until every probe is live, or the process of -p.

import { TbpfError } from '../model/diagnostics/errors.js';
import { checkFollowed } from '../runtime/discover/processes.js';
import type { ChildHandle, NativeAddon, PidWatchHandle } from '../runtime/native/types.js';
import type { CommandLine } from './command-line.js';
import { Failure, sentenceOf, status } from './failure.js';

const SIGTERM = 15;

export class TracedProcess {
  private child: ChildHandle | undefined;
  private watch: PidWatchHandle | undefined;
  private gone = false;
  private onGone: (() => void) | undefined;

  /** @throws Failure  there is no such command or process */
  constructor(native: NativeAddon, line: Pick<CommandLine, 'command' | 'pid'>, say: (text: string) => void) {
    if (line.command !== undefined) {
      const words = line.command.split(' ').filter((word) => word !== '');
      if (words.length === 0) throw new Failure('ERROR: Failed to fork child: the command is empty', status.wrong);
      this.child = attempt('Failed to fork child', () => native.spawnHeld(words));
      this.child.onExit(({ code, signal }) => {
        say(code !== undefined ? `Child exited with status ${code}` : `Child was ended by signal ${signal}`);
        this.ended();
      });
      this.child.unref();
    } else if (line.pid !== undefined) {
      const { pid } = line;
      this.watch = attempt('Failed to attach to pid', () => {
        checkFollowed(pid);
        return native.watchPid(pid, () => this.ended());
      });
      this.watch.unref();
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

  /** Lets the command run; calls back when the process has ended.
   * @throws Failure  the command cannot be run after all */
  release(onGone: () => void): void {
    this.onGone = onGone;
    if (this.gone) onGone();
    else if (this.child) attempt('Failed to fork child', () => this.child!.resume());
  }

  /** Ends the command when it still runs. */
  end(): void {
    if (this.gone) return;
    this.child?.kill(SIGTERM);
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
    if (error instanceof TbpfError) throw new Failure(`ERROR: ${what}: ${sentenceOf(error)}`, status.wrong);
    throw error;
  }
}
