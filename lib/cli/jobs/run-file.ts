// `tbpf run FILE [params]`: runs what `tbpf build` wrote; and a script that an earlier start of the same command line compiled. No compiler is loaded.

import { decodeProgramFile, type ProgramFile } from '../../api/program-file.js';
import { parameterPieces } from '../../language/parameter-values.js';
import { OptionError, TbpfError } from '../../model/diagnostics/errors.js';
import { positionOf } from '../../model/layout/parameters.js';
import { patchRodata } from '../../runtime/session/start-values.js';
import { mayDiffer } from '../../trace/may-differ.js';
import { forRun } from '../../trace/for-run.js';
import { relocatedElsewhere, withoutRelocations } from '../../trace/relocations.js';
import type { CommandLine } from '../line/command-line.js';
import { keptProgram } from '../line/kept-program.js';
import { namedValues } from '../line/named-parameters.js';
import { readProgramFile } from '../line/program-file.js';
import { Failure, status } from '../output/failure.js';
import { runProgram, surroundingsOf } from './run-program.js';

/** @returns the exit status; never comes back when the process has to end at once */
export async function runFile(line: CommandLine): Promise<number> {
  const file = readProgramFile(line.file!);
  const { parsed: built, places } = file;
  if (built.unsafe && !line.unsafe) throw new Failure(`ERROR: ${line.file!} was built with --unsafe: it may change the system\nHINT: Run it with --unsafe to allow that.`, status.wrong);
  if (line.pid !== undefined && !built.portable) throw new Failure(`ERROR: ${line.file!} was compiled for ${built.pid === undefined ? 'all processes' : `process ${built.pid}`}: it takes no -p\nHINT: tbpf build makes a program for any process.`, status.wrong);
  const surroundings = surroundingsOf(line);
  const { target } = surroundings;
  const given = { elf: named(line, file), manifest: built };
  const here = mayDiffer(built, target) ? (await import('../../trace/fit.js')).fitToMachine(given, target, line.pid) : given;
  const { elf, manifest } = givenTo(line, { ...here, elf: relocatedElsewhere(here.elf, built.origin, target) }, (text) => surroundings.output.warn(text));
  return runProgram(line, { elf, manifest, places: () => places }, surroundings);
}

/** Of a script, what an earlier start compiled for this machine and this command line. */
export async function runKept(line: CommandLine): Promise<number> {
  const kept = keptProgram()!;
  let file: ProgramFile;
  try {
    file = decodeProgramFile(kept.program!, 'The program that was kept');
  } catch (error) {
    if (!(error instanceof TbpfError)) throw error;
    kept.compileInstead();
    return new Promise(() => undefined); // this job has no end: the other one ends the process
  }
  const elf = withoutRelocations(named(line, file));
  return runProgram(line, { elf, manifest: file.parsed, places: () => file.places }, surroundingsOf(line));
}

function givenTo({ pid, parameters }: CommandLine, program: Parameters<typeof forRun>[0], warn: (text: string) => void): ReturnType<typeof forRun> {
  try {
    return forRun(program, { pid: program.manifest.portable ? pid : program.manifest.pid, parameters, warn });
  } catch (error) {
    if (error instanceof OptionError) throw new Failure(`ERROR: ${error.message}`, status.wrong);
    throw error;
  }
}

/** The object with the values that the command line has for the script's named parameters. */
function named({ namedParameters }: CommandLine, { elf, parsed: { parameters = [] } }: ReturnType<typeof readProgramFile>): Uint8Array {
  if (namedParameters.length === 0) return elf;
  const given = namedValues(namedParameters, parameters.filter(({ name }) => !positionOf(name)));
  if ('complaint' in given) throw new Failure(given.complaint, status.wrong);
  return patchRodata(elf, parameterPieces(parameters, given.values));
}
