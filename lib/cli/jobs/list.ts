// `-l`: probes that match a pattern, or those that a program would attach to (language.md 8.7).

import { existsSync, writeSync } from 'node:fs';
import { renderDiagnostics } from '../../model/diagnostics/render.js';
import { TbpfError } from '../../model/diagnostics/errors.js';
import type { RunningTarget } from '../../runtime/discover/index.js';
import { inChunks, listProbes as listPattern, missingFileWarning, probeArguments } from '../../runtime/discover/list/list.js';
import { loadNative } from '../../runtime/native/index.js';
import { escapeControls } from '../../runtime/output/rendering.js';
import { isRunByUs } from '../../runtime/session/session.js';
import { compileSource } from '../../trace/compile-source.js';
import { checkPrivileges } from '../../trace/machine-checks.js';
import { TracedProcess } from '../../trace/traced-process.js';
import type { CommandLine, Program } from '../line/command-line.js';
import { Failure, status } from '../output/failure.js';
import { configFromEnvironment, openTarget } from '../line/given.js';
import { readProgram } from '../line/program.js';
import { print } from '../output/standard.js';
import { isTerminal } from '../output/terminal.js';

const STDOUT = 1;
const STDERR = 2;
/** nothing is attached */
const NO_LIMIT = 0xffff_ffffn;

export function listProbes(line: CommandLine): number {
  const native = loadNative();
  checkPrivileges(native);
  // says when there is no such process
  new TracedProcess(native, { pid: line.pid }).ref(false);
  const target = openTarget(line, native, true);
  const warn = (text: string): void => {
    if (line.warnings) writeSync(STDERR, `WARNING: ${forPeople(STDERR, text)}\n`);
  };
  const program = programOf(line);
  if (program !== undefined) return listProgram(line, program, target, warn);
  const pattern = line.pattern!;
  const missing = missingFileWarning(pattern);
  if (missing !== undefined) warn(missing);
  const found = printLines(listPattern(target, pattern, { verbose: line.verbose, pid: line.pid, warn }));
  if (found === 0) warn(`No probes match '${pattern}'.`);
  return status.ok;
}

/** A pattern that is the name of a file means the program in it. */
function programOf({ program, pattern }: CommandLine): Program | undefined {
  if (program !== undefined) return program;
  return pattern !== undefined && existsSync(pattern) ? { kind: 'file', path: pattern } : undefined;
}

function listProgram(line: CommandLine, program: Program, target: RunningTarget, warn: (text: string) => void): number {
  const source = readProgram(program);
  const config = configFromEnvironment(warn);
  for (const limit of ['max_probes', 'max_bpf_progs']) config.set(limit, NO_LIMIT, 'environment');
  const { diagnostics, output } = compileSource(source, target, {
    config, parameters: line.parameters, unsafe: true, foldsSyscalls: false, pid: line.pid, includeDirectories: line.includeDirectories, includeFiles: line.includeFiles,
  });
  if (output === undefined) throw new Failure(renderDiagnostics(diagnostics, { face: 'command' }).trimEnd(), status.wrong);
  const probes = [...new Set(output.manifest.programs.filter((each) => !isRunByUs(each)).map(({ probe }) => probe))].sort();
  printLines(line.verbose ? probes.flatMap((probe) => withArguments(probe, target, warn)) : probes);
  return status.ok;
}

/** A probe and its arguments; only itself where the listing knows no such kind. */
function withArguments(probe: string, target: RunningTarget, warn: (text: string) => void): string[] {
  try {
    return [probe, ...probeArguments(target, probe, { warn }).map((argument) => `    ${argument}`)];
  } catch (error) {
    if (error instanceof TbpfError && error.code === 'ERR_PATTERN') return [probe];
    throw error;
  }
}

/** Anybody can name a symbol, a function or a file: a terminal gets nothing that it would obey. */
function forPeople(fd: number, text: string): string {
  return isTerminal(fd) ? escapeControls(text) : text;
}

/** As they are found; ends quietly when nobody reads any more. @returns how many characters there were */
function printLines(lines: Iterable<string>): number {
  let characters = 0;
  for (const chunk of inChunks(lines)) {
    characters += chunk.length;
    if (!print(forPeople(STDOUT, chunk))) break;
  }
  return characters;
}
