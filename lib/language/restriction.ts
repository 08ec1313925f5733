// Whose events a run is about, beyond one process (--follow): conditions in the language, which every probe tests that
// fires in some task, and the programs that keep what they ask.
//
//   idea   a condition is compiled like the script's own predicates, so that whatever kernel the script runs on reads it right
//   facts  sched_process_fork fires in the parent before the child runs its first instruction. sched_process_free fires when nothing of a thread is
//          left, after every probe that the thread can still meet, and before its number is given again

import type { ProbeRecord } from './record.js';

export interface Restriction {
  /** expressions; all must hold. Text of the language */
  readonly conditions: readonly string[];
  /** the process of -p or -c and its descendants instead of the process alone */
  readonly follows?: boolean;
}

/** Whether a probe of this kind fires in some task, whose it may be asked: begin, end, interval and self fire in tbpf itself, iterators in whoever reads them. */
export function firesInTasks({ pidFilter, alone }: Pick<ProbeRecord, 'pidFilter' | 'alone'>): boolean {
  return pidFilter !== 'none' && !alone;
}

/** Processes that were there when tracing began, by the number that `pid` shows; the session puts them in. The value is the kernel's number, once known. */
export const STARTED_MAP = '@tbpf_started';
/** All that were seen to begin, by the kernel's number; the value is the number that `pid` shows, where it is known. */
const BEGUN_MAP = '@tbpf_begun';

/** What tells of a process's beginning and end, by names of raw tracepoints. */
export const followingEvents = ['sched_process_fork', 'sched_process_exit', 'sched_process_free'];

const isFollowed = `(has_key(${STARTED_MAP}, (uint64)pid) || has_key(${BEGUN_MAP}, (uint64)curtask.tgid))`;

/** Where a map of the restriction is in place of one of the script: no script can spell such a name. */
export function ownMapName(name: string): string {
  return name.replace('@', '@.');
}

export function isOwnMap(name: string): boolean {
  return name.startsWith('@.');
}

/** The restriction as text of the language: what stands before the script's probes, what behind them, and what each tests. */
export function spellRestriction({ conditions, follows }: Restriction): { readonly programs: string; readonly condition: string } {
  const condition = [...(follows ? [isFollowed] : []), ...conditions].map((each) => `(${each})`).join(' && ');
  const programs = follows ? `
    rawtracepoint:sched_process_fork {
      if (${isFollowed}) {
        $child = (struct task_struct *)arg1;
        if ($child.tgid != curtask.tgid) { ${BEGUN_MAP}[(uint64)$child.tgid] = (uint64)0; }
      }
    }
    rawtracepoint:sched_process_exit {
      if (has_key(${STARTED_MAP}, (uint64)pid)) {
        ${STARTED_MAP}[(uint64)pid] = (uint64)curtask.tgid;
        ${BEGUN_MAP}[(uint64)curtask.tgid] = (uint64)pid;
      }
    }
    rawtracepoint:sched_process_free {
      $gone = (struct task_struct *)arg0;
      $tgid = (uint64)$gone.tgid;
      if ($gone.pid == $gone.tgid && has_key(${BEGUN_MAP}, $tgid)) {
        $started = ${BEGUN_MAP}[$tgid];
        if (has_key(${STARTED_MAP}, $started)) { delete(${STARTED_MAP}, $started); }
        delete(${BEGUN_MAP}, $tgid);
      }
    }` : '';
  return { programs, condition };
}
