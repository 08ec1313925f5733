// The compiler thread: compiles what it is sent, one script after the other.
//
//   made by  compiler-thread.ts, from dist/cjs/compile-worker.cjs

import { parentPort } from 'node:worker_threads';
import { Source } from '../model/source/source.js';
import { compileHere } from './compile-here.js';
import type { CompileAnswer, CompileRequest, ForgetRequest } from './compile-request.js';
import { filesOf } from '../trace/files.js';
import { type Machine, openMachine } from './machine.js';
import { plainError } from './plain.js';
import { runningTarget } from './running-target.js';

const machines = new Map<number, Machine>();

parentPort!.on('message', (request: CompileRequest | ForgetRequest) => {
  if ('forget' in request) {
    machines.delete(request.forget);
    return;
  }
  const answer = answerTo(request);
  parentPort!.postMessage(answer, 'program' in answer && answer.program ? [answer.program.elf.buffer] : []);
});

function answerTo({ id, source: { name, text }, machine, compiling }: CompileRequest): CompileAnswer {
  try {
    const { diagnostics, output } = compileHere(new Source(name, text), runningTarget(machineOf(machine)), compiling, filesOf(name, [], compiling.include));
    return { id, diagnostics, program: output && { elf: Uint8Array.from(output.elf), manifest: output.manifest, places: output.places() } };
  } catch (error) {
    return { id, error: plainError(error) };
  }
}

function machineOf(number: number | undefined): Machine {
  const machine = (number !== undefined && machines.get(number)) || openMachine();
  if (number !== undefined) machines.set(number, machine);
  return machine;
}
