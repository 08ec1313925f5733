// Every probe kind, in the order of language.md 3.1.

import { hasWildcard, matcher } from '../../model/target/pattern.js';
import type { ProbeRecord } from '../record.js';
import { begin, end, self } from './special.js';
import { fentry, fexit } from './fentry.js';
import { iter } from './iter.js';
import { kprobe, kretprobe } from './kprobe.js';
import { hardware, interval, profile, software } from './perf.js';
import { rawtracepoint } from './rawtracepoint.js';
import { bench, test } from './test.js';
import { tracepoint } from './tracepoint.js';
import { uprobe, uretprobe } from './uprobe.js';
import { usdt } from './usdt.js';
import { watchpoint } from './watchpoint.js';

export const probeRecords: readonly ProbeRecord[] = [
  begin, end, self, test, bench, kprobe, kretprobe, uprobe, uretprobe, usdt, tracepoint, rawtracepoint, fentry, fexit, iter, profile, interval, software, hardware, watchpoint,
];

/** Records a provider text names: by name (any case), by alias (as written), or by a pattern with `*`. */
export function providersMatching(text: string): readonly ProbeRecord[] {
  const lower = text.toLowerCase();
  if (hasWildcard(text)) {
    const wanted = matcher(lower);
    return probeRecords.filter((r) => wanted(r.name));
  }
  return probeRecords.filter((r) => r.name === lower || r.aliases.includes(text));
}
