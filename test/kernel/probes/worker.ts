// Processes that probes watch: they wait for a line, then do what they were made for, and end.

import { type ChildProcess, spawn } from 'node:child_process';

export class Worker {
  readonly process: ChildProcess;
  readonly pid: number;
  private readonly ended: Promise<void>;

  /** @param text  Perl */
  constructor(text: string) {
    this.process = spawn('perl', ['-e', `<STDIN>; ${text}`], { stdio: ['pipe', 'ignore', 'inherit'] });
    this.pid = this.process.pid!;
    this.ended = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', () => resolve());
    });
  }

  /** Lets it work; resolves when it has ended. */
  readonly work = (): Promise<void> => {
    this.process.stdin!.end('\n');
    return this.ended;
  };
}

/** Reads 12345 bytes seven times. */
export function reader(): Worker {
  return new Worker("open my $zero, '<', '/dev/zero'; sysread $zero, my $x, 12345 for 1 .. 7;");
}

/** Lines of a map's output, without order. */
export function mapLines(stdout: string): string[] {
  return stdout.split('\n').filter((line) => line.startsWith('@')).sort();
}
