// The compiler in a thread of its own: while it works, the event loop goes on.
//
//   idea   one thread for the process, started by the first script. It ends some seconds after the last, unless a Machine lives that it has read
//   facts  the thread keeps what it has read of a Machine until nobody refers to the Machine any more. While it compiles, the process stays alive

import { join } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { errorAbout, TbpfError } from '../model/diagnostics/errors.js';
import { manifestFromJson } from '../model/layout/manifest.js';
import type { Source } from '../model/source/source.js';
import { packageRoot } from '../runtime/native/index.js';
import type { CompileAnswer, CompileRequest, ForgetRequest } from './compile-request.js';
import type { Machine } from './machine.js';
import type { Compiling } from './compile-options.js';
import { errorOf, Revival } from './plain.js';
import { Program } from './program.js';

const IDLE_MS = 5000;

interface Waiting {
  readonly resolve: (answer: CompileAnswer) => void;
  readonly reject: (error: unknown) => void;
}

class CompilerThread {
  readonly #waiting = new Map<number, Waiting>();
  readonly #machines = new WeakMap<Machine, number>();
  readonly #known = new Set<number>();
  readonly #forgotten = new FinalizationRegistry<number>((machine) => this.#forget(machine));
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last = 0;

  compile(source: Source, machine: Machine | undefined, compiling: Compiling): Promise<CompileAnswer> {
    const worker = (this.#worker ??= this.#start());
    clearTimeout(this.#idle);
    worker.ref();
    const request: CompileRequest = { id: ++this.#last, source: { name: source.name, text: source.text }, machine: machine && this.#numberOf(machine), compiling };
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      worker.postMessage(request);
    });
  }

  #start(): Worker {
    const worker = new Worker(join(packageRoot(), 'dist', 'cjs', 'compile-worker.cjs'), { env: SHARE_ENV, execArgv: [], name: 'tbpf compiler' });
    worker.on('message', (answer: CompileAnswer) => {
      this.#waiting.get(answer.id)!.resolve(answer);
      this.#answered(answer.id);
    });
    worker.on('error', (error) => this.#broke(worker, new TbpfError(`the compiler's thread broke: ${error.message}`, { code: 'ERR_THREAD', cause: error })));
    worker.on('exit', () => this.#broke(worker, new TbpfError("the compiler's thread has ended", { code: 'ERR_THREAD' })));
    return worker;
  }

  #answered(id: number): void {
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#rest();
  }

  /** Nothing is to be done: the thread keeps no process alive, and ends after a while. */
  #rest(): void {
    this.#worker?.unref();
    clearTimeout(this.#idle);
    if (this.#known.size === 0) this.#idle = setTimeout(() => this.#stop(), IDLE_MS).unref();
  }

  #stop(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }

  #broke(worker: Worker, error: TbpfError): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#known.clear();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #numberOf(machine: Machine): number {
    let number = this.#machines.get(machine);
    if (number === undefined) {
      number = ++this.#last;
      this.#machines.set(machine, number);
      this.#forgotten.register(machine, number);
    }
    this.#known.add(number);
    return number;
  }

  #forget(machine: number): void {
    this.#known.delete(machine);
    this.#worker?.postMessage({ forget: machine } satisfies ForgetRequest);
    if (this.#waiting.size === 0) this.#rest();
  }
}

const thread = new CompilerThread();

/** Compiles off the event loop.
 * @throws CompileError, TbpfError */
export async function compileAside(source: Source, machine: Machine | undefined, compiling: Compiling): Promise<Program> {
  const answer = await thread.compile(source, machine, compiling);
  if ('error' in answer) throw errorOf(answer.error);
  const revival = new Revival();
  const diagnostics = answer.diagnostics.map((each) => revival.diagnostic(each));
  if (answer.program === undefined) throw errorAbout(diagnostics);
  const { elf, manifest, places } = answer.program;
  return new Program({ elf, manifest }, diagnostics, manifestFromJson(manifest), () => ({ ...places, sources: places.sources.map((each) => revival.source(each)) }));
}
