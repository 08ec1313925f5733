// What lies where in one process: its executable mappings at one moment.
//
//   facts  paths are those of the process's mount namespace: they are opened below /proc/PID/root while it lives; a file that was
//          replaced or deleted is still there as /proc/PID/map_files/START-END

import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { parseMaps, type Mapping } from '../../model/target/process-maps.js';

export class ProcessSource {
  readonly pid: number;
  /** executable ones, ascending */
  readonly mappings: readonly Mapping[];
  /** the program it ran when this was read: another one means that all has changed */
  readonly program: string;
  /** its own number in its innermost PID namespace, by which run-time compilers name their files */
  readonly innerPid: number;

  private constructor(pid: number, mappings: readonly Mapping[], program: string, innerPid: number) {
    this.pid = pid;
    this.mappings = mappings;
    this.program = program;
    this.innerPid = innerPid;
  }

  /** undefined when the process has ended, or is closed to us. */
  static read(pid: number): ProcessSource | undefined {
    const program = programOf(pid);
    if (program === undefined) return undefined;
    try {
      const mappings = parseMaps(readFileSync(`/proc/${pid}/maps`, 'utf8')).filter((mapping) => mapping.executable);
      const inner = /^NSpid:.*?(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
      return mappings.length === 0 ? undefined : new ProcessSource(pid, mappings, program, inner === undefined ? pid : Number(inner));
    } catch {
      // it ended meanwhile
      return undefined;
    }
  }

  find(address: bigint): Mapping | undefined {
    return this.mappings.find((mapping) => address >= mapping.start && address < mapping.end);
  }

  /** Still the same program in the same process. */
  get isCurrent(): boolean {
    return programOf(this.pid) === this.program;
  }

  /** Places where the mapped file may be opened, the best first. */
  pathsOf(mapping: Mapping): string[] {
    const inside = `/proc/${this.pid}/root${mapping.path}`;
    const byRange = `/proc/${this.pid}/map_files/${mapping.start.toString(16)}-${mapping.end.toString(16)}`;
    return mapping.deleted ? [byRange] : inodeOf(inside) === mapping.inode ? [inside] : [byRange, inside, mapping.path];
  }

  /** Where a run-time compiler in the process writes its names. */
  get perfMapPaths(): string[] {
    return [`/proc/${this.pid}/root/tmp/perf-${this.innerPid}.map`, `/tmp/perf-${this.pid}.map`];
  }
}

/** What /proc/PID/exe points to; undefined when the process has ended or is closed to us. */
function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
