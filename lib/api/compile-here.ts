// From a script to what a Program is made of, on this thread.

import { Config } from '../language/config.js';
import type { Diagnostic } from '../model/diagnostics/diagnostic.js';
import { manifestToJson, type Manifest } from '../model/layout/manifest.js';
import type { Source } from '../model/source/source.js';
import type { Target } from '../model/target/target.js';
import { compileSource } from '../trace/compile-source.js';
import { insnPlaces, type InsnPlaces } from '../trace/insn-places.js';
import type { Compiling } from './options.js';

export interface CompiledHere {
  readonly diagnostics: readonly Diagnostic[];
  /** undefined: a diagnostic is an error */
  readonly output: { readonly elf: Uint8Array; readonly manifest: string; readonly parsed: Manifest; readonly places: () => InsnPlaces } | undefined;
}

export function compileHere(source: Source, target: Target, { settings, ...options }: Omit<Compiling, 'machine'>): CompiledHere {
  const config = new Config();
  for (const [key, value] of Object.entries(settings)) config.set(key, value, 'environment');
  const { diagnostics, output } = compileSource(source, target, { ...options, config });
  if (output === undefined) return { diagnostics, output };
  const parsed: Manifest = { ...output.manifest, pid: options.pid };
  return { diagnostics, output: { elf: output.elf, manifest: manifestToJson(parsed), parsed, places: () => insnPlaces(output.object) } };
}
