// Help of a script: what its named parameters (getopt) are. `tbpf script.bt --help`, `tbpf script.bt -- --help`.
//
//   idea   the script is read, not checked: its probes need not exist here, and no rights are needed

import { parametersOf } from '../../compile.js';
import { renderDiagnostics } from '../../model/diagnostics/render.js';
import type { NamedParameter } from '../../model/layout/parameters.js';
import type { Source } from '../../model/source/source.js';
import { loadNative } from '../../runtime/native/index.js';
import { filesOf } from '../../trace/files.js';
import type { CommandLine } from '../line/command-line.js';
import { configFromEnvironment, openTarget } from '../line/given.js';
import { readProgram } from '../line/program.js';
import { Failure, status } from '../output/failure.js';
import { print } from '../output/standard.js';

export function showScriptHelp(line: CommandLine): number {
  const source = readProgram(line.program!);
  print(helpText(line, source, readParameters(line, source)));
  return status.ok;
}

/** `--help` behind `--` asks for help, but for a script that has a parameter of that name. @returns whether help was shown
 *  @throws Failure  the script is wrong */
export function showedHelp(line: CommandLine, source: Source): boolean {
  const parameters = readParameters(line, source);
  if (parameters.some(({ name }) => name === 'help')) return false;
  print(helpText(line, source, parameters));
  return true;
}

/** @throws Failure  the script is wrong */
function readParameters(line: CommandLine, source: Source): readonly NamedParameter[] {
  const target = openTarget(line, loadNative(), false);
  const config = configFromEnvironment((text) => process.stderr.write(`WARNING: ${text}\n`));
  const { diagnostics, parameters } = parametersOf(source, target, { config, parameters: line.parameters, ...filesOf(source.name, line.includeDirectories, line.includeFiles) });
  if (!parameters) throw new Failure(renderDiagnostics(diagnostics, { face: 'command' }).trimEnd(), status.wrong);
  return parameters;
}

const placeholder = { bool: '', int64: '=NUMBER', uint64: '=NUMBER', string: '=TEXT' } as const;

function helpText({ program }: CommandLine, { name }: Source, parameters: readonly NamedParameter[]): string {
  const operand = program!.kind === 'text' ? "-e 'program'" : program!.kind === 'stdin' ? '-' : name;
  const end = '\nOptions of tbpf: tbpf -h\n';
  if (parameters.length === 0) return `USAGE:\n    tbpf [options] ${operand} [params]\n\nThe script has no options of its own: it calls no getopt().\n${end}`;
  const rows = parameters.map(({ name: option, type, defaultValue, description }) => {
    const shown = typeof defaultValue === 'string' ? JSON.stringify(defaultValue) : String(defaultValue);
    return { option: `--${option}${placeholder[type]}`, text: `${description ?? ''} [${shown}]`.trimStart() };
  });
  const width = Math.max(...rows.map(({ option }) => option.length));
  const list = rows.map(({ option, text }) => `    ${option.padEnd(width)}  ${text}\n`).join('');
  return `USAGE:\n    tbpf [options] ${operand} [params] -- [--name=value …]\n\nOPTIONS of the script (behind --; [default]):\n${list}${end}`;
}
