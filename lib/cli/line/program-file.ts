// The file that the command line gives to `tbpf run` and `tbpf inspect`.

import { type ProgramFile, decodeProgramFile } from '../../api/program-file.js';
import { readForeignFile } from '../../runtime/native/foreign-file.js';
import { readGiven } from './given-file.js';

/** far more than the largest script makes */
const MOST_BYTES = 1 << 30;

/** @throws Failure  it cannot be read;  TbpfError  ERR_PROGRAM_FILE: what is in it is no program of this version */
export function readProgramFile(path: string): ProgramFile {
  return decodeProgramFile(readGiven(path, () => readForeignFile(path, MOST_BYTES)), path);
}
