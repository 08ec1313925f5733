// The text of the script that the command line names.

import { Source } from '../../model/source/source.js';
import { readText } from '../../trace/files.js';
import type { Program } from './command-line.js';
import { readGiven } from './given-file.js';

const STDIN = 0;

/** @throws Failure  it cannot be read */
export function readProgram(program: Program): Source {
  if (program.kind === 'text') return new Source('stdin', program.text);
  const name = program.kind === 'stdin' ? 'stdin' : program.path;
  return new Source(name, readGiven(name, () => readText(program.kind === 'stdin' ? STDIN : program.path)));
}
