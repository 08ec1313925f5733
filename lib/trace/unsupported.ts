// A kernel that refuses a program because it lacks the kind of probe: it says EPERM or EINVAL, which helps nobody.

import type { ManifestProgram } from '../model/layout/manifest.js';
import type { RunningTarget } from '../runtime/discover/index.js';

import { missingSurroundings } from '../runtime/discover/surroundings.js';

/** Feature that a kind of probe stands on, and how users call the kind. */
const needs: Readonly<Record<string, readonly [feature: string, name: string]>> = {
  tracepoint: ['tracepoint', 'tracepoint'],
  rawtracepoint: ['rawtracepoint', 'rawtracepoint'],
  kprobe: ['kprobe', 'kprobe'],
  kprobe_multi: ['kprobe', 'kprobe'],
  uprobe: ['uprobe', 'uprobe'],
  uprobe_multi: ['uprobe', 'uprobe'],
  usdt: ['uprobe', 'usdt'],
  fentry: ['fentry', 'fentry and fexit'],
  iter: ['iter', 'iter'],
  perf_event: ['perf_event', 'profile, interval, software and hardware'],
};

/** A kind of probe that there is not. */
export interface Unsupported {
  /** of Target.has() */
  readonly feature: string;
  /** a sentence */
  readonly text: string;
}

/** The first kind that this kernel, or who we are, does not allow; undefined when all are. Asking may take some ms. */
export function findUnsupported(programs: readonly ManifestProgram[], target: Pick<RunningTarget, 'has'>): Unsupported | undefined {
  for (const { attach: { kind } } of programs) {
    if ((kind === 'test' || kind === 'bench') && !target.has('cap:CAP_NET_ADMIN')) {
      return { feature: 'cap:CAP_NET_ADMIN', text: 'test and bench probes need CAP_NET_ADMIN too: the kernel repeats and measures only programs for packets. Run as root' };
    }
    const need = needs[kind];
    if (need !== undefined && !target.has(need[0])) return { feature: need[0], text: missingSurroundings() ?? `${need[1]} probes are not supported by this kernel. See what it supports: tbpf doctor` };
  }
  return undefined;
}
