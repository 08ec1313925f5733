// The command of a trace while it runs: its process, and its streams where they are pipes.

import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

export interface RunningCommand {
  readonly pid: number;
  /** undefined: not a pipe (`stdio` of the command) */
  readonly stdin?: Writable;
  /** As with child_process: a pipe that nobody reads fills up, and the command waits. */
  readonly stdout?: Readable;
  readonly stderr?: Readable;
}

/** @param streams  descriptors of the pipes' ends, which belong to the streams from now on */
export function runningCommand(pid: number, streams: readonly [stdin: number, stdout: number, stderr: number] | undefined): RunningCommand {
  if (streams === undefined) return { pid };
  const [stdin, stdout, stderr] = streams;
  return { pid, stdin: new Socket({ fd: stdin, readable: false, writable: true }), stdout: new Socket({ fd: stdout, readable: true, writable: false }), stderr: new Socket({ fd: stderr, readable: true, writable: false }) };
}
