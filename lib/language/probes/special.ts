// begin, end, self: run by tbpf itself through BPF_PROG_TEST_RUN of a raw tracepoint program.

import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { AttachSpec } from '../../model/layout/manifest.js';
import { matcher } from '../../model/target/pattern.js';
import type { ProbeRecord, ResolveContext, ResolvedProbe } from '../record.js';
import { edgeWithTarget, expectParts, refuse, unknownSignal, unknownTrigger } from './diagnostics.js';

const common = {
  programKind: 'raw_tracepoint', addressSpace: 'none', pidFilter: 'none', registers: false, returnValue: 0, typeName: 'special', inOwnProcess: true,
} as const;

function one(record: ProbeRecord, point: AttachPoint, probe: string, attach: AttachSpec): readonly ResolvedProbe[] {
  return [{ record, point, section: 'raw_tp', matches: [{ probe: point.label ?? probe, attach }] }];
}

function edge(name: 'begin' | 'end', doc: string): ProbeRecord {
  const record: ProbeRecord = {
    ...common, name, aliases: [], doc, syntax: name,
    resolve(point: AttachPoint, c: ResolveContext) {
      if (point.parts.length > 1) return refuse(c, point, edgeWithTarget.with({}));
      return one(record, point, name, { kind: name });
    },
  };
  return record;
}

export const begin = edge('begin', 'Runs once, before anything else is attached.');
export const end = edge('end', 'Runs once, after everything is detached, before maps are printed.');

export const self: ProbeRecord = {
  ...common, name: 'self', aliases: [], doc: 'Runs when tbpf receives the signal.', syntax: 'self:signal:SIGUSR1',
  listing: {
    scope: 'explicit',
    list: ([trigger = '', signal = '*', ...more]) => (more.length > 0 ? undefined : matcher(trigger)('signal') && matcher(signal)('SIGUSR1') ? [{ line: 'self:signal:SIGUSR1' }] : []),
  },
  resolve(point, c) {
    if (!expectParts(c, point, self, [2])) return [];
    const [, trigger, signal] = point.parts as [string, string, string];
    if (trigger !== 'signal') return refuse(c, point, unknownTrigger.with({ trigger, syntax: self.syntax }));
    if (signal !== 'SIGUSR1') return refuse(c, point, unknownSignal.with({ signal, syntax: self.syntax }));
    return one(self, point, 'self:signal:SIGUSR1', { kind: 'signal', signal: 'SIGUSR1' });
  },
};
