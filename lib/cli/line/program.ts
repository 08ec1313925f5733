// The text of the script that the command line names.

import { Source } from '../../model/source/source.js';
import { readText } from '../../trace/files.js';
import type { Program } from './command-line.js';
import { readGiven } from './given-file.js';
import { isSubcommand, subcommands, tools } from './subcommands.js';

const STDIN = 0;

/** @throws Failure  it cannot be read */
export function readProgram(program: Program): Source {
  if (program.kind === 'text') return new Source('stdin', program.text);
  const name = program.kind === 'stdin' ? 'stdin' : program.path;
  const hint = program.kind === 'file' && isWord(name) ? `HINT: ${isSubcommand(name) ? `tbpf -h shows what tbpf ${name} needs.` : `Commands are ${subcommands.map((each) => each.name).join(', ')}; tools are ${tools.join(', ')}.`}` : undefined;
  return new Source(name, readGiven(name, () => readText(program.kind === 'stdin' ? STDIN : program.path), hint));
}

/** A command, it seems, rather than the name of a file. */
const isWord = (name: string): boolean => /^[a-z]+$/.test(name);
