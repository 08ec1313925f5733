// Matches of a wildcard that cannot be probed: the others are attached without them.
//
//   idea   a wildcard means those of its matches that can be probed. A block of which no match can be probed has failed

import type { TbpfError } from '../../model/diagnostics/errors.js';
import type { ManifestProgram } from '../../model/layout/manifest.js';
import type { AttachFailure, LeftOut } from './kernel.js';

/** Errors that are about a single place, not about privileges or limits. */
const aboutPlace = new Set(['ENOTSUPP', 'ENOEXEC', 'EINVAL', 'EOPNOTSUPP', 'EADDRNOTAVAIL', 'EILSEQ', 'ENOENT']);

export function isAboutPlace({ code }: TbpfError): boolean {
  return aboutPlace.has(code);
}

/** One of several matches that are attached one by one. */
export function isOfPattern({ attach }: ManifestProgram): boolean {
  return 'ofPattern' in attach && attach.ofPattern === true;
}

export class LeftOutProbes {
  private readonly byProgram = new Map<ManifestProgram, LeftOut[]>();

  add(program: ManifestProgram, probe: string, error: TbpfError): void {
    const known = this.byProgram.get(program);
    if (known) known.push({ probe, error });
    else this.byProgram.set(program, [{ probe, error }]);
  }

  /** What is left out of the program of this name. */
  of(name: string): readonly LeftOut[] {
    return [...this.byProgram].find(([program]) => program.name === name)?.[1] ?? [];
  }

  /** The program as it is attached: it stands for fewer probes. */
  without(program: ManifestProgram): ManifestProgram {
    const left = this.byProgram.get(program);
    return left === undefined ? program : { ...program, probeCount: program.probeCount - left.length };
  }

  /** To be called when everything is attached: a block without any attached probe has failed. */
  judge(attached: readonly ManifestProgram[]): { readonly leftOut: readonly LeftOut[]; readonly failures: readonly AttachFailure[] } {
    const live = new Set(attached.map(({ block }) => block));
    const programs = [...this.byProgram];
    return {
      leftOut: programs.flatMap(([program, left]) => (live.has(program.block) ? left : [])),
      failures: programs.flatMap(([program, [first]]) => (live.has(program.block) ? [] : [{ program, error: first!.error }])),
    };
  }
}
