// The order in which probes are attached (language.md 3.5): so that several blocks on one event fire in source order.
//
//   facts  of the programs on one tracepoint the first attached runs first, of those on one function the last. Perf events that
//          software counts are put at the head of a list when they are scheduled (swevent_hlist in kernel/events/core.c), so that the
//          last made runs first; clocks, counters and breakpoints are looked after one by one

import { perfType, softwareClock } from '../../model/bpf/perf-uapi.js';
import type { AttachSpec, ManifestProgram } from '../../model/layout/manifest.js';

const clocks: readonly bigint[] = Object.values(softwareClock);

export type AttachPhase = 'none' | 'forward' | 'reverse';

/** 'none': not attached to anything, tbpf runs it. */
export function attachPhase(attach: AttachSpec): AttachPhase {
  switch (attach.kind) {
    case 'begin': case 'end': case 'signal': case 'test': case 'bench': return 'none';
    case 'tracepoint': case 'rawtracepoint': return 'forward';
    case 'perf_event': return attach.type === perfType.software && !clocks.includes(attach.config) ? 'reverse' : 'forward';
    case 'kprobe': case 'kprobe_multi': return attach.return ? 'forward' : 'reverse';
    case 'uprobe': case 'uprobe_multi': case 'usdt': case 'fentry': case 'iter': return 'reverse';
  }
}

/** Programs that have a place to be attached to, in attach order. */
export function attachOrder(programs: readonly ManifestProgram[]): ManifestProgram[] {
  const phase = (wanted: AttachPhase): ManifestProgram[] => programs.filter(({ attach }) => attachPhase(attach) === wanted);
  return [...phase('forward'), ...phase('reverse').reverse()];
}
