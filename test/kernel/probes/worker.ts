// Processes that probes watch: they wait for a line, then do what they were made for, and end.

import { type ChildProcess, spawn } from 'node:child_process';

export class Worker {
  readonly process: ChildProcess;
  readonly pid: number;
  private readonly ended: Promise<void>;

  /** resolves when it has started up and waits: what it does from now on is its work */
  readonly ready: Promise<void>;

  /** @param text  Perl */
  constructor(text: string) {
    this.process = spawn('perl', ['-e', `$| = 1; print "ready"; <STDIN>; ${text}`], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.pid = this.process.pid!;
    this.ready = new Promise((resolve) => this.process.stdout!.once('data', () => resolve()));
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

/** Opens files that are not there and one that is. */
export function opener(): Worker {
  return new Worker("for my $i (1 .. 5) { open my $f, '<', '/etc/hostname'; stat \"/etc/nonexistent-$$-$i\"; }");
}

/** Sends itself SIGUSR1 (10) seven times, by another name and on one CPU, then becomes /bin/true. */
export function signaller(cpu = 0): Worker {
  const setAffinity = process.arch === 'x64' ? 203 : 122;
  return new Worker(`my $mask = pack('Q', 1 << ${cpu}); syscall(${setAffinity}, 0, 8, $mask); $SIG{USR1} = sub {}; $0 = 'tbpf-named'; kill 'USR1', $$ for 1 .. 7; exec '/bin/true';`);
}

/** Keeps a CPU busy until it is killed, or the test is gone. */
export function spinner(): Worker {
  return new Worker(`1 while getppid() == ${process.pid};`);
}

/** Lines of a map's output, without order. */
export function mapLines(stdout: string): string[] {
  return stdout.split('\n').filter((line) => line.startsWith('@')).sort();
}
