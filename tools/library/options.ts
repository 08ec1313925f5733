// Options of the tools for programs: those of the command line by their long names. What concerns text alone is left out.

/** Whose events count. */
export interface OwnerOptions {
  /** this cgroup (v2) and those below it: a path, or a pattern such as `system.slice/ssh*` */
  readonly cgroup?: string;
  /** the name of a container, or the start of its id */
  readonly container?: string;
  /** `NAMESPACE/NAME` */
  readonly pod?: string;
  /** the PID namespace of this process */
  readonly pidns?: number;
  /** the network namespace of this process */
  readonly netns?: number;
  /** the mount namespace of this process */
  readonly mntns?: number;
}

/** Of tools that take a process. */
export interface ProcessOptions {
  /** this process only; where functions of programs are traced the tool ends with it */
  readonly pid?: number;
  /** with `pid`: the process and all that descend from it, each from its first instruction on */
  readonly follow?: boolean;
}

/** What every tool takes. */
export interface RunOptions {
  /** stops the tool; aborted before everything is attached, runTool() rejects with AbortError */
  readonly signal?: AbortSignal;
  /** hears what the command says on stderr: losses, functions that were left out. Default: process.emitWarning() */
  readonly onWarning?: (text: string) => void;
}

/** Of `execsnoop`. */
export interface ExecsnoopOptions extends OwnerOptions, RunOptions {
  /** failed calls, too */
  readonly fails?: boolean;
  /** number or name of a user */
  readonly uid?: number | string;
  /** commands whose name matches */
  readonly name?: RegExp | string;
  /** commands whose arguments match, joined by blanks */
  readonly line?: RegExp | string;
  /** most arguments that are told, the file name included; default 20 */
  readonly maxArgs?: number;
  /** children of this process only */
  readonly ppid?: number;
  /** the working directory, as `cwd` */
  readonly cwd?: boolean;
  /** this variable of the environment, as `env` */
  readonly env?: string;
  /** tell of a command when it ends, with `duration_ms` and `exit` */
  readonly duration?: boolean;
}

/** Of `opensnoop`. */
export interface OpensnoopOptions extends OwnerOptions, ProcessOptions, RunOptions {
  /** failed opens only */
  readonly failed?: boolean;
  readonly tid?: number;
  readonly uid?: number;
  /** ends after so many seconds */
  readonly duration?: number;
  /** processes whose name contains this text */
  readonly name?: string;
  /** opens with one of these flags, such as `O_WRONLY` */
  readonly flagFilter?: readonly string[];
  /** opens with these flags and no others */
  readonly exactFlags?: readonly string[];
  /** opens that may change the file only */
  readonly write?: boolean;
  /** names that match this shell pattern */
  readonly path?: string;
  /** relative paths become full ones */
  readonly fullPath?: boolean;
  /** the functions that called for the open, as `callers` */
  readonly callers?: boolean;
  /** opens by io_uring, too; needs fexit probes */
  readonly all?: boolean;
  readonly source?: 'fexit' | 'tracepoint';
  /** runs this command, traces it, and ends with it */
  readonly exec?: readonly string[];
  /** size of the ring buffer in pages, a power of two */
  readonly bufferPages?: number;
}

/** Of `funccount`. */
export interface FunccountOptions extends OwnerOptions, ProcessOptions, RunOptions {
  /** functions, tracepoints, USDT probes: `vfs_*`, `c:str*`, `t:block:*`, `u:node:gc*` */
  readonly pattern: string | readonly string[];
  /** seconds between reports; default: one report, at the end */
  readonly interval?: number;
  /** ends after so many seconds */
  readonly duration?: number;
  /** patterns are regular expressions */
  readonly regexp?: boolean;
  /** this CPU only */
  readonly cpu?: number;
  /** patterns of what is left out */
  readonly exclude?: readonly string[];
  /** the highest counts only */
  readonly top?: number;
  readonly sort?: 'count' | 'name';
  /** calls per second, as `rate` */
  readonly rate?: boolean;
  /** counts for each process, name, CPU or cgroup */
  readonly by?: 'pid' | 'comm' | 'cpu' | 'cgroup';
  /** count what this process calls, too */
  readonly includeSelf?: boolean;
}

/** Of `trace`. */
export interface HitOptions extends OwnerOptions, ProcessOptions, RunOptions {
  /** probe texts: `c:open "%s", arg1` */
  readonly probes: string | readonly string[];
  readonly tid?: number;
  /** number or name of a user */
  readonly uid?: number | string;
  /** bytes that are read of a string; default 80 */
  readonly stringSize?: number;
  /** hits of this process, too */
  readonly includeSelf?: boolean;
  /** ends after so many records */
  readonly maxEvents?: number;
  /** processes whose name contains this text */
  readonly name?: string;
  /** records whose message contains this text */
  readonly msgFilter?: string;
  /** texts of STRCMP are lists of bytes */
  readonly binCmp?: boolean;
  readonly kernelStack?: boolean;
  readonly userStack?: boolean;
  /** frames have their addresses */
  readonly address?: boolean;
  /** files with structs that probes use */
  readonly include?: readonly string[];
  /** size of the ring buffer in pages for each CPU, a power of two */
  readonly bufferPages?: number;
}

/** Of `argdist`: one specifier at least. */
export interface ArgdistOptions extends OwnerOptions, ProcessOptions, RunOptions {
  /** specifiers of what is counted: `p:c:write(int fd):int:fd` */
  readonly count?: string | readonly string[];
  /** specifiers of histograms */
  readonly histogram?: string | readonly string[];
  readonly tid?: number;
  /** bytes that are read of a string; default 80 */
  readonly stringSize?: number;
  /** seconds between reports; default 1 */
  readonly interval?: number;
  /** ends after so many seconds */
  readonly duration?: number;
  /** ends after so many reports */
  readonly number?: number;
  /** reports hold all that was seen since the start */
  readonly cumulative?: boolean;
  /** the highest counts only */
  readonly top?: number;
  /** files with structs that specifiers use */
  readonly include?: readonly string[];
}
