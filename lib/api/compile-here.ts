// From a script to what a Program is made of, on this thread. Needs no Node.

import { compile, type CompileOptions } from '../compile.js';
import { Config } from '../language/config.js';
import type { Diagnostic } from '../model/diagnostics/diagnostic.js';
import { errorAbout } from '../model/diagnostics/errors.js';
import { manifestToJson, type Manifest } from '../model/layout/manifest.js';
import type { Source } from '../model/source/source.js';
import type { Target } from '../model/target/target.js';
import { insnPlaces, type InsnPlaces } from '../trace/insn-places.js';
import type { Compiling } from './compile-options.js';
import { withParameters } from './named-parameters.js';
import { Program } from './program.js';

export interface CompiledHere {
  readonly diagnostics: readonly Diagnostic[];
  /** undefined: a diagnostic is an error */
  readonly output: { readonly elf: Uint8Array; readonly manifest: string; readonly parsed: Manifest; readonly places: () => InsnPlaces } | undefined;
}

/** @throws OptionError  the script has no such named parameter, or one of another type
 *  @param files  what the script imports and includes; who wants to see what the stages make */
export function compileHere(source: Source, target: Target, { settings, parameters, namedParameters, unsafe, pid, follow, byCgroup, portable, verboseErrors }: Compiling, files: Pick<CompileOptions, 'readImport' | 'readHeader' | 'includes' | 'dump'>): CompiledHere {
  const config = new Config();
  for (const [key, value] of Object.entries(settings)) config.set(key, value, 'environment');
  const { diagnostics, output } = compile(source, target, {
    parameters, unsafe, pid, byCgroup, portable, verboseErrors, config, ...(follow && { restriction: { conditions: [], follows: true } }), ...files,
  });
  if (output === undefined) return { diagnostics, output };
  const parsed: Manifest = { ...output.manifest, pid };
  return { diagnostics, output: { elf: withParameters(output.elf, parsed, namedParameters), manifest: manifestToJson(parsed), parsed, places: () => insnPlaces(output.object, source) } };
}

/** @throws CompileError */
export function programFrom({ diagnostics, output }: CompiledHere): Program {
  if (output === undefined) throw errorAbout(diagnostics);
  return new Program(output, diagnostics, output.parsed, output.places);
}
