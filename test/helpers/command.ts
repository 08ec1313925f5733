// Running the command as a user does: ./bin/tbpf in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

/** The package's folder, also when this file has been bundled elsewhere below it. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(from: string): string {
  const file = join(from, 'package.json');
  if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'tbpf') return from;
  return findRoot(dirname(from));
}

export const command = join(packageRoot, 'bin', 'tbpf');

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** null when a signal ended it */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  /** over the environment */
  readonly env?: NodeJS.ProcessEnv;
  /** killed after so long, default 30 s natively, 120 s in a guest: a failure, not a measure */
  readonly timeoutMs?: number;
  readonly program?: string;
}

const patience = process.env['TBPF_GUEST'] ? 120_000 : 30_000;

/** A running command; `ended` resolves when it has ended, whatever the way. */
export class Running {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  readonly process: ChildProcess;
  private readonly waiting = new Set<() => void>();

  constructor(args: readonly string[], options: RunOptions = {}) {
    // the test runner puts modules of its own into every Node process that is spawned: users have none
    this.process = spawn('env', ['-u', 'NODE_OPTIONS', options.program ?? command, ...args], { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => this.process.kill('SIGKILL'), options.timeoutMs ?? patience);
    this.process.stdout!.on('data', (data: Buffer) => this.note('stdout', data));
    this.process.stderr!.on('data', (data: Buffer) => this.note('stderr', data));
    this.process.stdin!.on('error', () => undefined);
    this.process.stdin!.end(options.input ?? '');
    this.ended = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', (status, signal) => {
        clearTimeout(timer);
        for (const check of this.waiting) check();
        resolve({ stdout: this.stdout, stderr: this.stderr, status, signal });
      });
    });
  }

  private note(stream: 'stdout' | 'stderr', data: Buffer): void {
    this[stream] += data.toString();
    for (const check of this.waiting) check();
  }

  /** Resolves when the pattern is there. @throws Error when the command ends without it */
  until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const ended = this.process.exitCode !== null || this.process.signalCode !== null;
        if (!pattern.test(this[stream]) && !ended) return;
        this.waiting.delete(check);
        if (pattern.test(this[stream])) resolve();
        else reject(new Error(`ended without ${pattern} on ${stream}:\n${this.stdout}${this.stderr}`));
      };
      this.waiting.add(check);
      check();
    });
  }

  attached(): Promise<void> {
    return this.until('stderr', /Attached \d+ probes?/);
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }
}

export function runCommand(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Running(args, options).ended;
}

/** One start of the command and what it says. stdout, stderr: text or pattern; default empty. status: default 0. */
export interface Row {
  readonly args: readonly string[];
  readonly stdout?: string | RegExp;
  readonly stderr?: string | RegExp;
  readonly status?: number;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A test for each row. */
export async function checkRows(t: Test, rows: readonly (readonly [title: string, row: Row])[]): Promise<void> {
  for (const [title, { args, stdout = '', stderr = '', status = 0, input, env, cwd }] of rows) {
    await t.test(title, async (t) => {
      const ended = await runCommand(args, { input, env, cwd });
      check(t, ended.stdout, stdout, 'stdout');
      check(t, ended.stderr, stderr, 'stderr');
      t.equal(ended.status, status);
    });
  }
}

function check(t: Test, text: string, want: string | RegExp, name: string): void {
  if (typeof want === 'string') t.equal(text, want, name);
  else t.match(text, want, name);
}
