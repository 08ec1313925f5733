// The text of the script that the command line names.

import { Source } from '../../model/source/source.js';
import { strerror } from '../../language/strerror.js';
import { readText } from '../../trace/files.js';
import type { Program } from './command-line.js';
import { Failure, status } from '../output/failure.js';

const STDIN = 0;

/** @throws Failure  it cannot be read */
export function readProgram(program: Program): Source {
  if (program.kind === 'text') return new Source('stdin', program.text);
  const name = program.kind === 'stdin' ? 'stdin' : program.path;
  try {
    return new Source(name, readText(program.kind === 'stdin' ? STDIN : program.path));
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    throw new Failure(`ERROR: failed to open file '${name}': ${errno === undefined ? message : strerror(errno)}`, status.wrong);
  }
}
