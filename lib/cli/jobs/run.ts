// `tbpf SCRIPT`: the script is compiled and run.
//
//   order  read, check the machine, -p/-c, compile; then run-program.ts
//   facts  what an earlier start of the same command line compiled is run by run-file.ts

import { writeFileSync } from 'node:fs';
import type { Compiled } from '../../compile.js';
import type { Source } from '../../model/source/source.js';
import { parameterPieces } from '../../language/parameter-values.js';
import type { RunningTarget } from '../../runtime/discover/index.js';
import { patchRodata } from '../../runtime/session/start-values.js';
import { type CompileSourceOptions, compileSource } from '../../trace/compile-source.js';
import { insnPlaces } from '../../trace/insn-places.js';
import type { CommandLine } from '../line/command-line.js';
import { dumpSections, Dumps } from '../output/dumps.js';
import { Failure, status } from '../output/failure.js';
import { configFromEnvironment } from '../line/given.js';
import type { Output } from '../output/output.js';
import { keepProgram } from './keep-program.js';
import { withLateMachineCode } from './machine-code.js';
import { namedValues } from '../line/named-parameters.js';
import { readProgram } from '../line/program.js';
import { runProgram, surroundingsOf } from './run-program.js';

/** @returns the exit status; never comes back when the process has to end at once */
export async function runScript(line: CommandLine): Promise<number> {
  const source = readProgram(line.program!);
  if (line.namedParameters.includes('--help') && (await import('./script-help.js')).showedHelp(line, source)) return status.ok;
  const surroundings = surroundingsOf(line);
  const { output, target } = surroundings;
  const compiled = compileFor(line, source, target, output);
  if (compiled !== undefined && line.action === 'compiler bench') output.print((await import('./compiler-bench.js')).benchmarkOf(() => compileSource(source, target, compilerOptions(line, () => undefined))));
  if (line.action !== 'run' || compiled === undefined) {
    await output.drained();
    return compiled === undefined ? status.wrong : status.ok;
  }
  const { object } = compiled;
  return runProgram(line, { ...compiled, places: () => insnPlaces(object) }, surroundings);
}

function compilerOptions(line: CommandLine, warn: (text: string) => void): CompileSourceOptions {
  const { parameters, unsafe, pid, command, cgroups, unwoundPids, verboseErrors, includeDirectories, includeFiles } = line;
  return {
    config: configFromEnvironment(warn), parameters, unsafe, pid, verboseErrors, includeDirectories, includeFiles,
    unwinds: pid !== undefined || command !== undefined || unwoundPids.length > 0, byCgroup: cgroups !== undefined, ...(line.follows && { restriction: { conditions: [], follows: true } }),
    foldsSyscalls: process.env['TBPF_NO_FOLD'] !== '1' && !line.probeFilter,
  };
}

function compileFor(line: CommandLine, source: Source, target: RunningTarget, output: Output): Compiled | undefined {
  const kept = keepProgram(line);
  const dumps = line.stages.length > 0 ? new Dumps(line.stages, (text) => output.print(text)) : undefined;
  const { diagnostics, output: compiled } = withLateMachineCode(source.text, () => compileSource(source, kept?.noting(target) ?? target, {
    ...compilerOptions(line, (text) => {
      kept?.warned();
      output.warn(text);
    }),
    onMissingHeader: line.verbose ? (name) => output.message('info', `There is no header ${name}: its types come from the kernel (BTF)`) : undefined,
    onFile: kept?.onFile,
    dump: dumps && ((stage, text) => dumps.add(stage, text)),
  }));
  output.diagnostics(diagnostics);
  if (compiled === undefined) return undefined;
  kept?.compiled(compiled, source, diagnostics);
  const elf = withParameters(line, compiled);
  dumps?.add('elf', dumpSections(elf));
  if (line.emitElf !== undefined) writeElf(line.emitElf, elf);
  return { ...compiled, elf };
}

/** The object with the values that the command line has for the script's named parameters.
 *  @throws Failure  the script has no such parameter, or it takes no such value */
function withParameters({ namedParameters }: CommandLine, { elf, manifest: { parameters = [] } }: Compiled): Uint8Array {
  if (namedParameters.length === 0) return elf;
  const given = namedValues(namedParameters, parameters);
  if ('complaint' in given) throw new Failure(given.complaint, status.wrong);
  return patchRodata(elf, parameterPieces(parameters, given.values));
}

function writeElf(path: string, elf: Uint8Array): void {
  try {
    writeFileSync(path, elf);
  } catch (error) {
    throw new Failure(`ERROR: Failed to write the object: "${path}": ${(error as Error).message}`, status.wrong);
  }
}
