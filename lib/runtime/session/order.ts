// The order in which probes are attached (language.md 3.5): so that several blocks on one event fire in source order.
//
//   facts  of the programs on one tracepoint or perf event the first attached runs first, of those on one function the last

import type { AttachSpec, ManifestProgram } from '../../model/layout/manifest.js';

export type AttachPhase = 'none' | 'forward' | 'reverse';

/** 'none': not attached to anything, tbpf runs it. */
export function attachPhase(attach: AttachSpec): AttachPhase {
  switch (attach.kind) {
    case 'begin': case 'end': case 'signal': case 'test': case 'bench': return 'none';
    case 'tracepoint': case 'rawtracepoint': case 'perf_event': return 'forward';
    case 'kprobe': case 'kprobe_multi': return attach.return ? 'forward' : 'reverse';
    case 'uprobe': case 'uprobe_multi': case 'usdt': case 'fentry': case 'iter': return 'reverse';
  }
}

/** Programs that have a place to be attached to, in attach order. */
export function attachOrder(programs: readonly ManifestProgram[]): ManifestProgram[] {
  const phase = (wanted: AttachPhase): ManifestProgram[] => programs.filter(({ attach }) => attachPhase(attach) === wanted);
  return [...phase('forward'), ...phase('reverse').reverse()];
}
