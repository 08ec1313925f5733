// Raw tracepoints: with typed arguments where the program is a BTF tracing program, else by name.

import { attachType } from '../../../model/bpf/uapi.js';
import type { Provider } from './place.js';

export const rawtracepoint: Provider<'rawtracepoint'> = {
  kind: 'rawtracepoint',
  order: () => 'forward',
  prepare(handle, { event, btf }) {
    if (!btf) return;
    handle.setExpectedAttachType(attachType.trace_raw_tp);
    handle.setAttachTarget(event);
  },
  places: ({ event, btf }) => [btf ? { kind: 'trace' } : { kind: 'rawTracepoint', name: event }],
};
