// Records of the tools, as programs get them and as `-o ndjson` prints them.
//
//   facts  integers that may be beyond 2^53 are bigint. A text that is not UTF-8 has lone surrogates, of which bytesOf() of the library makes the bytes

/** A program that was started, or not. */
export interface ExecRecord {
  /** when: ISO 8601 in UTC, to the nanosecond */
  readonly time: string;
  readonly uid: number;
  /** name of the process: the new one, after a failure the old one */
  readonly comm: string;
  readonly pid: number;
  /** name of the parent */
  readonly pcomm: string;
  /** process id of the parent; null: unknown */
  readonly ppid: number | null;
  /** number of the CPU */
  readonly cpu: number;
  /** 0, or the negative error number */
  readonly ret: number;
  /** with `duration`: from exec to the end of the process or its next exec, in ms; null: it still ran when the tool was stopped */
  readonly duration_ms?: number | null;
  /** with `duration`: exit status, name of the signal, or `exec`; null: it still ran */
  readonly exit?: string | null;
  /** with `cwd`: the working directory */
  readonly cwd?: string | null;
  /** with `env`: the value of the variable; null: there is none */
  readonly env?: string | null;
  /** name of the file, and the arguments behind argv[0] */
  readonly args: readonly string[];
  /** there were more arguments, or longer ones */
  readonly truncated: boolean;
  /** null: unknown, as that of a script */
  readonly argv0: string | null;
  /** the file that runs: the interpreter of a script; null after a failure */
  readonly interpreter: string | null;
}

/** A file that was opened, or not. */
export interface OpenRecord {
  /** when: ISO 8601 in UTC, to the nanosecond */
  readonly time: string;
  readonly uid: number;
  readonly pid: number;
  readonly tid: number;
  /** name of the thread */
  readonly comm: string;
  /** file descriptor, -1 after a failure; null: io_uring keeps the file without one */
  readonly fd: number | null;
  /** 0, or the positive error number */
  readonly err: number;
  /** flags of the call: O_CREAT … */
  readonly flags: number;
  /** mode for a new file; null: the call makes none */
  readonly mode: number | null;
  /** name of the file as the call has it, with `fullPath` a full path */
  readonly path: string;
  /** the name was longer than any can be */
  readonly truncated: boolean;
  /** with `callers`: functions that called for the open, the innermost first */
  readonly callers?: readonly string[];
}

/** How often a function was called since the last report. */
export interface CallsRecord {
  /** when the report was made: ISO 8601 in UTC */
  readonly time: string;
  /** function, category:event, or USDT probe */
  readonly func: string;
  /** with `by: 'pid'` */
  readonly pid?: string;
  /** with `by: 'comm'` */
  readonly comm?: string;
  /** with `by: 'cpu'` */
  readonly cpu?: string;
  /** with `by: 'cgroup'`: its id */
  readonly cgroup?: string;
  readonly count: bigint;
  /** with `rate`: calls per second */
  readonly rate?: number;
}

/** A hit of a function, tracepoint or USDT probe. */
export interface HitRecord {
  /** when: ISO 8601 in UTC, to the nanosecond */
  readonly time: string;
  /** number of the CPU */
  readonly cpu: number;
  readonly pid: number;
  readonly tid: number;
  /** name of the thread */
  readonly comm: string;
  readonly uid: number;
  /** function, event or USDT probe */
  readonly func: string;
  /** what the probe's format makes of its values; empty without a format */
  readonly message: string;
  /** with `kernelStack`: frames, innermost first */
  readonly kernel_stack?: readonly string[] | null;
  /** with `userStack`: frames, innermost first */
  readonly user_stack?: readonly string[] | null;
}

/** A value and how often it was there since the last report, or a bucket of a histogram. */
export interface DistributionRecord {
  /** when the report was made: ISO 8601 in UTC */
  readonly time: string;
  /** label of the specifier, or what it asks for */
  readonly label: string;
  /** what was counted: expressions and their values; null: a bucket of a histogram */
  readonly event: string | null;
  /** with `@by`: what the histogram is kept by, with its value; null: nothing */
  readonly key?: string | null;
  /** least value of the bucket; null: open, or no histogram */
  readonly low: bigint | null;
  /** greatest value of the bucket; null: open, or no histogram */
  readonly high: bigint | null;
  readonly count: bigint;
}
