// Timers, counters and watchpoints: a perf event for each CPU, or for each thread of one process.
//
//   facts  man perf_event_open. An event of a process counts one thread; `inherit` adds the threads it starts later. A thread that
//          ended since it was listed answers ESRCH, a CPU that went offline ENODEV.
//          Events that software counts are put at the head of a list when they are scheduled (swevent_hlist in kernel/events/core.c), so
//          that the last made runs first; clocks, counters and breakpoints are looked after one by one

import { perfType, softwareClock } from '../../../model/bpf/perf-uapi.js';
import { readFileSync, readdirSync } from 'node:fs';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import type { PerfEventOptions, PerfEventSpec } from '../../native/types.js';
import { cookieOf, type Manifest, type Provider } from './place.js';

const clocks: readonly bigint[] = Object.values(softwareClock);
const RATE_LIMIT = '/proc/sys/kernel/perf_event_max_sample_rate';

export const perfEvent: Provider<'perf_event'> = {
  kind: 'perf_event',
  order: ({ type, config }) => (type === perfType.software && !clocks.includes(config) ? 'reverse' : 'forward'),
  places(attach, context) {
    const what = describe(attach);
    const pid = attach.pid ?? (attach.cpus === 'first' ? undefined : context.childPid);
    const open = (where: { pid: number; cpu: number; inherit?: boolean }): PerfEventSpec => ({
      kind: 'perfEvent', event: withinRate(attach.sampleFrequency, () => context.native.openPerfEvent({ ...what, ...where })), ...cookieOf(context),
    });
    if (pid !== undefined) {
      const events = threadsOf(pid).flatMap((thread) => openUnlessGone('ESRCH', () => open({ pid: thread, cpu: -1, inherit: true })));
      return events.length > 0 ? events : processGone(pid);
    }
    const cpus = context.native.onlineCpus();
    return attach.cpus === 'first' ? [open({ pid: -1, cpu: cpus[0]! })] : cpus.flatMap((cpu) => openUnlessGone('ENODEV', () => open({ pid: -1, cpu })));
  },
};

function describe({ type, config, samplePeriod, sampleFrequency, breakpoint }: Manifest<'perf_event'>): PerfEventOptions {
  const rate = samplePeriod !== undefined ? { samplePeriod } : { sampleFreq: sampleFrequency };
  if (type !== perfType.breakpoint || breakpoint === undefined) return { type, config, ...rate };
  return { type, config, ...rate, bpType: breakpoint.mode, bpAddr: breakpoint.address, bpLen: breakpoint.length };
}

/** The kernel says EINVAL to a rate above its limit, as to anything else. */
function withinRate<T>(frequency: bigint | undefined, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (frequency === undefined || !(error instanceof TbpfError) || error.code !== 'EINVAL') throw error;
    const most = readFileSync(RATE_LIMIT, 'utf8').trim();
    if (frequency <= BigInt(most)) throw error;
    throw new TbpfError(`this kernel samples at most ${most} times a second`, { code: 'EINVAL', operation: 'perf_event_open', advice: `Take a lower rate, or raise the limit in ${RATE_LIMIT}.`, cause: error });
  }
}

/** @param gone  what the kernel says of a thread or CPU that is no more */
function openUnlessGone(gone: 'ESRCH' | 'ENODEV', open: () => PerfEventSpec): PerfEventSpec[] {
  try {
    return [open()];
  } catch (error) {
    if (error instanceof TbpfError && error.code === gone) return [];
    throw error;
  }
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch (error) {
    return processGone(pid, error);
  }
}

function processGone(pid: number, cause?: unknown): never {
  throw new TbpfError(`there is no process ${pid} any more`, { code: 'ESRCH', operation: 'perf_event_open', cause });
}
