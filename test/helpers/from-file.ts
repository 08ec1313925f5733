// Compiles a script to the bytes of a file and reads the program back from them: what `tbpf build` and `tbpf run` do, without a file.
//
//   use    tests of test/kernel/from-file set TBPF_FROM_FILE=1: their scripts go this way, and print what compiling prints

import { decodeProgramFile, encodeProgramFile } from '../../lib/api/program-file.js';
import { compile, type Compiled, type CompileOptions } from '../../lib/compile.js';
import type { Diagnostic } from '../../lib/model/diagnostics/diagnostic.js';
import { OptionError } from '../../lib/model/diagnostics/errors.js';
import { type Manifest, manifestToJson } from '../../lib/model/layout/manifest.js';
import type { Source } from '../../lib/model/source/source.js';
import type { Target } from '../../lib/model/target/target.js';
import { fitToMachine } from '../../lib/trace/fit.js';
import { forRun } from '../../lib/trace/for-run.js';
import { insnPlaces } from '../../lib/trace/insn-places.js';

export interface RunnableResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly output?: { readonly elf: Uint8Array; readonly manifest: Manifest };
}

/** compile(); with TBPF_FROM_FILE=1 through a file. */
export function compileForRun(source: Source, target: Target, options: CompileOptions): RunnableResult {
  return process.env['TBPF_FROM_FILE'] === '1' ? compileThroughFile(source, target, options) : compile(source, target, options);
}

/** Parameters are given when the program is run, where the script can do without them until then. */
export function compileThroughFile(source: Source, target: Target, { parameters = [], pid, ...options }: CompileOptions): RunnableResult {
  const open = compile(source, target, { ...options, portable: true });
  const parsed = open.output && throughBytes(open.output, source, target, pid);
  try {
    if (parsed) return { diagnostics: open.diagnostics, output: forRun(parsed, { pid, parameters }) };
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
  }
  const { diagnostics, output } = compile(source, target, { ...options, parameters, portable: true });
  return { diagnostics, output: output && forRun(throughBytes(output, source, target, pid), { pid }) };
}

/** As on another build of the kernel: everything that the program depends on is held against the machine. */
function throughBytes({ elf, manifest, object }: Compiled, source: Source, target: Target, pid: number | undefined): { readonly elf: Uint8Array; readonly manifest: Manifest } {
  const file = decodeProgramFile(encodeProgramFile({ elf, manifest: manifestToJson(manifest), places: insnPlaces(object, source) }), 'the program');
  const { parsed } = file;
  return fitToMachine({ elf: file.elf, manifest: { ...parsed, origin: { ...parsed.origin!, kernelBuild: '' } } }, target, pid);
}
