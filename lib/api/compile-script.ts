// compile(): from a script to a Program, off the event loop.

import { FactsTarget, isFacts } from '../model/target/facts.js';
import { filesOf } from '../trace/files.js';
import { compileHere, programFrom } from './compile-here.js';
import { compileNow } from './compile-now.js';
import type { CompileOptions } from './compile-options.js';
import { compileAside } from './compiler-thread.js';
import { openMachine } from './machine.js';
import { checkCompileOptions } from './options.js';
import type { Program } from './program.js';
import { sourceOf, type Script } from './script.js';
import type { ScriptTypes, UnknownTypes } from './script-types.js';

/** Compiles a script without running it. For the running machine that is done in a thread of its own, for recorded facts at once.
 * @throws CompileError  `.diagnostics` say what is wrong, with places
 * @throws OptionError; TbpfError  the script's file cannot be read */
export async function compile<S extends ScriptTypes = UnknownTypes>(script: Script, options: CompileOptions = {}): Promise<Program<S>> {
  const { machine, compiling } = checkCompileOptions(options);
  const source = sourceOf(script);
  const program = isFacts(machine) ? programFrom(compileHere(source, new FactsTarget(machine), compiling, filesOf(source.name, [], compiling.include)))
    : compiling.blocking ? compileNow(source, machine ?? openMachine(), compiling) : await compileAside(source, machine, compiling);
  return program as Program<S>;
}
