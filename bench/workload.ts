// The process that is traced: ./workload.c, driven line by line.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { type Interface, createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { buildTool, measuredCpu } from './place.js';

/** Its name, as `comm` shows it; the strncmp program looks for it. */
const NAME = 'reads';

export class Workload {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: Interface;

  constructor() {
    this.child = spawn(buildTool('workload.c', NAME), [String(measuredCpu)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface(this.child.stdout);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the workload did not start');
    return this.child.pid;
  }

  /** Makes `count` calls.
   * @returns how long they took, ns */
  run(call: 'read' | 'access', count: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`the workload ended with ${code}`));
      this.child.once('exit', onExit);
      this.lines.once('line', (line) => {
        this.child.off('exit', onExit);
        resolve(Number(line));
      });
      this.child.stdin.write(`${call} ${count}\n`);
    });
  }

  stop(): void {
    this.child.stdin.end();
  }
}
