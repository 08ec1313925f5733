// compile(): from a script to a Program, on this thread.

import { CompileError } from '../model/diagnostics/errors.js';
import { compileHere } from './compile-here.js';
import { Machine, openMachine } from './machine.js';
import { checkCompileOptions, type CompileOptions } from './options.js';
import { Program } from './program.js';
import { sourceOf, type Script } from './script.js';
import type { AnyTypes, ScriptTypes } from './script-types.js';

/** Compiles a script without running it.
 * @throws CompileError  `.diagnostics` say what is wrong, with places
 * @throws OptionError; NodeJS.ErrnoException  the script's file cannot be read */
export function compile<S extends ScriptTypes = AnyTypes>(script: Script, options: CompileOptions = {}): Program<S> {
  const { machine, ...compiling } = checkCompileOptions(options);
  const { diagnostics, output } = compileHere(sourceOf(script), Machine.target(machine ?? openMachine()), compiling);
  if (output === undefined) throw new CompileError(diagnostics);
  return new Program<S>(output, diagnostics, output.parsed, output.places);
}
