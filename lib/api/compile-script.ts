// compile(): from a script to a Program, on this thread.

import { CompileError } from '../model/diagnostics/errors.js';
import { manifestToJson, type Manifest } from '../model/layout/manifest.js';
import { compileSource } from '../trace/compile-source.js';
import { insnPlaces } from '../trace/insn-places.js';
import { Machine, openMachine } from './machine.js';
import { checkCompileOptions, type CompileOptions, type Compiling } from './options.js';
import { Program } from './program.js';
import { sourceOf, type Script } from './script.js';
import type { AnyTypes, ScriptTypes } from './script-types.js';
import type { Source } from '../model/source/source.js';

/** Compiles a script without running it.
 * @throws CompileError  `.diagnostics` say what is wrong, with places
 * @throws OptionError; NodeJS.ErrnoException  the script's file cannot be read */
export function compile<S extends ScriptTypes = AnyTypes>(script: Script, options: CompileOptions = {}): Program<S> {
  return compileHere(sourceOf(script), checkCompileOptions(options)) as Program<S>;
}

export function compileHere(source: Source, { machine, pid, ...options }: Compiling): Program {
  const { diagnostics, output } = compileSource(source, Machine.target(machine ?? openMachine()), { ...options, pid });
  if (output === undefined) throw new CompileError(diagnostics);
  const manifest: Manifest = { ...output.manifest, pid };
  return new Program({ elf: output.elf, manifest: manifestToJson(manifest) }, diagnostics, manifest, () => insnPlaces(output.object));
}
