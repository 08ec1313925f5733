// The file that the command line gives to `tbpf run` and `tbpf inspect`.

import { type ProgramFile, decodeProgramFile } from '../../api/program-file.js';
import { strerror } from '../../language/strerror.js';
import { readForeignFile } from '../../runtime/native/foreign-file.js';
import { Failure, status } from '../output/failure.js';

/** far more than the largest script makes */
const MOST_BYTES = 1 << 30;

/** @throws Failure  it cannot be read;  TbpfError  ERR_PROGRAM_FILE: what is in it is no program of this version */
export function readProgramFile(path: string): ProgramFile {
  let bytes: Uint8Array;
  try {
    bytes = readForeignFile(path, MOST_BYTES);
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    throw new Failure(`ERROR: failed to open file '${path}': ${errno === undefined ? message : strerror(errno)}`, status.wrong);
  }
  return decodeProgramFile(bytes, path);
}
