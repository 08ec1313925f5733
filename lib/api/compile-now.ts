// Compiling for the running machine on this thread, for programs that have nothing else to do (CompileOptions.blocking).

import type { Source } from '../model/source/source.js';
import { filesOf } from '../trace/files.js';
import { compileHere, programFrom } from './compile-here.js';
import type { Compiling } from './compile-options.js';
import type { Machine } from './machine.js';
import type { Program } from './program.js';
import { runningTarget } from './running-target.js';

/** @throws CompileError */
export function compileNow(source: Source, machine: Machine, compiling: Compiling): Program {
  return programFrom(compileHere(source, runningTarget(machine), compiling, filesOf(source.name, [], compiling.include)));
}
