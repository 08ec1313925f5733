// A kernel that refuses a program because it lacks the kind of probe: it says EPERM or EINVAL, which helps nobody.

import type { ManifestProgram } from '../model/layout/manifest.js';
import type { RunningTarget } from '../runtime/discover/index.js';

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

/** The sentence about the first kind that this kernel lacks; undefined when it has them all. Asking may take some ms. */
export function unsupportedKind(programs: readonly ManifestProgram[], target: RunningTarget): string | undefined {
  for (const { attach } of programs) {
    const need = needs[attach.kind];
    if (need !== undefined && !target.has(need[0])) return `${need[1]} probes are not supported by this kernel. See what it supports: tbpf doctor`;
  }
  return undefined;
}
