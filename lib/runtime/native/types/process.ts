// Processes that are started for a trace or watched (addon/child.cc, pid_watch.cc).

export interface SpawnHeldOptions {
  /** default: the environment of this process; `NAME=value` strings */
  env?: readonly string[];
  cwd?: string;
  /** SIGHUP is ignored in the child, as under nohup; every other signal has its default action. Default: false */
  ignoresHangup?: boolean;
  /** user whom it runs as, with that user's groups. Default: this process's */
  uid?: number;
  /** its standard streams; pipe: `streams` of the handle has the other ends; stderr: stdout is stderr's, the others are inherited. Default: inherit */
  stdio?: 'inherit' | 'ignore' | 'pipe' | 'stderr';
}

export interface ExitStatus {
  /** exit code, undefined when killed by a signal */
  code: number | undefined;
  signal: number | undefined;
}

/** A child that waits, before exec, for resume(): probes can be attached to its pid first. It gets SIGTERM when the thread that made it dies. */
export interface ChildHandle {
  readonly pid: number;
  readonly closed: boolean;
  /** stdio 'pipe': descriptors of the other ends of stdin, stdout and stderr; whoever takes them closes them */
  readonly streams?: readonly [number, number, number];
  /** Lets it exec. @throws TbpfError ENOENT, EACCES … when exec fails; the child is then gone */
  resume(): void;
  /** Called once, also when it had already ended. Replaces an earlier callback. */
  onExit(callback: (status: ExitStatus) => void): void;
  /** @returns false when it had ended */
  kill(signal: number): boolean;
  ref(): void;
  unref(): void;
  /** Stops watching; a child not yet resumed is killed. A running one goes on. */
  close(): void;
}

/** Watches a process that is not ours through a pidfd (Linux 5.3). */
export interface PidWatchHandle {
  readonly pid: number;
  readonly closed: boolean;
  ref(): void;
  unref(): void;
  close(): void;
}
