// Inside a guest: hands test files to two processes that run them (runner.ts), and leaves what they wrote on the share.
//
//   idea   tests write to memory, the whole goes to the share at the end of a file: a write to the share costs milliseconds. A process
//          that dies, or whose file takes too long, is replaced for the files that are left
//   in     a JSON file: the tests (name, module), the runner, where to put results, how many at once, seconds per file
//   out    for each process runner-N.tap and runner-N.stderr, files.json (FileResult[]), all of them as far as files have ended; a line per file on stdout

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileEnd, FileToRun } from './runner.js';

/** What the host asks for. */
export interface Plan {
  tests: { name: string; module: string }[];
  runner: string;
  results: string;
  jobs: number;
  timeoutSeconds: number;
}

/** How a test file ended. */
export interface FileResult {
  name: string;
  /** what went wrong with the process; undefined when it told how the file ended */
  lost: string | undefined;
  passed: boolean;
}

/** A file that says nothing so long after its time is up keeps its process busy: that is ended. */
const graceSeconds = 20;

const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Plan;
const waiting = [...plan.tests];
const results: FileResult[] = [];
const scratch = mkdtempSync('/run/test-');
let processes = 0;

async function work(): Promise<void> {
  while (waiting.length > 0) {
    const runner = new Runner(`runner-${++processes}`);
    for (let test = waiting.shift(); test; test = waiting.shift()) {
      const started = Date.now();
      const result = await runner.run({ ...test, timeoutSeconds: plan.timeoutSeconds });
      results.push(result);
      runner.save();
      writeFileSync(join(plan.results, 'files.json'), JSON.stringify(results));
      process.stdout.write(`${result.passed ? 'ok    ' : 'FAILED'} ${test.name} ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
      if (result.lost !== undefined) break;
    }
    await runner.end();
  }
}

class Runner {
  readonly #process: ChildProcess;
  readonly #files: number[];
  readonly #closed: Promise<string>;

  constructor(readonly name: string) {
    this.#files = ['tap', 'stderr'].map((part) => openSync(join(scratch, `${name}.${part}`), 'w'));
    // A group of its own, so that a test that hangs ends together with what it started. V8's compilers cost more in the emulator than their code saves:
    // a guest translates each piece of machine code anew.
    this.#process = spawn(process.execPath, ['--no-opt', '--no-sparkplug', plan.runner], { stdio: ['ignore', ...this.#files, 'ipc'], detached: true });
    this.#closed = new Promise((resolve) => {
      this.#process.on('error', (error) => resolve(String(error)));
      this.#process.on('exit', (status, signal) => resolve(`ended by ${signal ?? `status ${status}`}`));
    });
  }

  async run(file: FileToRun): Promise<FileResult> {
    this.#process.send(file);
    const timer = setTimeout(() => this.#kill(), (file.timeoutSeconds + graceSeconds) * 1000);
    const told = new Promise<FileEnd>((resolve) => {
      // tap has messages of its own
      this.#process.on('message', (message: Partial<FileEnd>) => message.name === file.name && resolve(message as FileEnd));
    });
    const end = await Promise.race([told, this.#closed]);
    clearTimeout(timer);
    this.#process.removeAllListeners('message');
    return typeof end === 'string' ? { name: file.name, lost: end, passed: false } : { name: file.name, lost: undefined, passed: end.passed };
  }

  /** Copies what it has written so far to the share: what a guest that is ended later has found out is not lost with it. */
  save(): void {
    for (const part of ['tap', 'stderr']) copyFileSync(join(scratch, `${this.name}.${part}`), join(plan.results, `${this.name}.${part}`));
  }

  /** Lets it end by itself, which completes what it wrote, and saves that. */
  async end(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.#kill(), graceSeconds * 1000);
    await this.#closed;
    clearTimeout(timer);
    for (const file of this.#files) closeSync(file);
    this.save();
  }

  #kill(): void {
    process.kill(-this.#process.pid!, 'SIGKILL');
  }
}

await Promise.all(Array.from({ length: plan.jobs }, () => work()));
