// Matches of a wildcard that cannot be probed: the others are attached without them.
//
//   idea   who writes a pattern means what can be probed of its matches. Where none of a block's can, nothing is left and all have failed

import type { TbpfError } from '../../model/diagnostics/errors.js';
import type { ManifestProgram } from '../../model/layout/manifest.js';
import type { AttachFailure, LeftOut } from './kernel.js';

/** What the kernel says of a single place, other than of who asks or of how much there is already. */
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

  /** The program as it is attached: it stands for fewer probes. */
  without(program: ManifestProgram): ManifestProgram {
    const left = this.byProgram.get(program);
    return left === undefined ? program : { ...program, probeCount: program.probeCount - left.length };
  }

  /** Once all is attached: a block of which nothing is there has failed. */
  judge(attached: readonly ManifestProgram[]): { readonly leftOut: readonly LeftOut[]; readonly failures: readonly AttachFailure[] } {
    const live = new Set(attached.map(({ block }) => block));
    const programs = [...this.byProgram];
    return {
      leftOut: programs.flatMap(([program, left]) => (live.has(program.block) ? left : [])),
      failures: programs.flatMap(([program, [first]]) => (live.has(program.block) ? [] : [{ program, error: first!.error }])),
    };
  }
}
