// A portable program for one run: the process of -p, and what stands for `$1`, `$2` …
//
//   in     a program compiled with `portable`; what this run is given
//   out    the program as it is loaded
//   facts  language.md 1.15 (parameters), 3.5 (-p). The values lie in `.rodata`, so the kernel sees constants

import { parseInteger } from '../compiler/parse/literals.js';
import { parameterPieces, positionalValues } from '../language/parameter-values.js';
import { OptionError } from '../model/diagnostics/errors.js';
import type { AttachSpec, Manifest, ManifestProgram } from '../model/layout/manifest.js';
import type { ParameterValue } from '../model/layout/parameters.js';
import { patchRodata } from '../runtime/session/start-values.js';

export interface RunnableProgram {
  readonly elf: Uint8Array;
  readonly manifest: Manifest;
}

export interface RunOptions {
  readonly pid?: number;
  /** as typed, `$1` first */
  readonly parameters?: readonly string[];
  /** called for a parameter that the script uses and nobody gave: it is 0 or the empty text */
  readonly warn?: (text: string) => void;
}

/** @throws OptionError  the program takes no such pid or parameters */
export function forRun({ elf, manifest }: RunnableProgram, { pid, parameters = [], warn }: RunOptions): RunnableProgram {
  if (!manifest.portable) {
    if (pid !== manifest.pid) {
      throw new OptionError('options.pid', `options.pid is ${pid ?? 'not given'}, but the program was compiled for ${manifest.pid === undefined ? 'all processes' : `process ${manifest.pid}`}: give compile() the same pid`, 'ERR_OPTION_VALUE');
    }
    if (parameters.length > 0) throw noParameters();
    return { elf, manifest };
  }
  const known = manifest.parameters ?? [];
  if (parameters.length > 0 && manifest.parametersGiven) throw noParameters();
  const values = manifest.parametersGiven ? new Map<string, ParameterValue>() : positionalValues(known, parameters, parseInteger, warn);
  return {
    elf: patchRodata(elf, parameterPieces(known, values)),
    manifest: pid === undefined ? manifest : { ...manifest, pid, programs: manifest.programs.map((program) => ofProcess(program, pid)) },
  };
}

function noParameters(): OptionError {
  return new OptionError('options.parameters', 'The parameters of this program were given when it was compiled, and it takes no others', 'ERR_OPTION_VALUE');
}

/** A program whose probes the kernel itself filters by process. */
function ofProcess(program: ManifestProgram, pid: number): ManifestProgram {
  return program.filtered ? { ...program, attach: { ...program.attach, pid } as AttachSpec } : program;
}
