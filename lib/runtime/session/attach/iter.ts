// Iterators: reading the iterator runs the program for each object of its type.

import { attachType } from '../../../model/bpf/uapi.js';
import type { Provider } from './place.js';

/** BPF_CGROUP_ITER_DESCENDANTS_PRE: each group before those below it */
const DESCENDANTS_PRE = 2;

export const iter: Provider<'iter'> = {
  kind: 'iter',
  order: () => 'reverse',
  prepare(handle, { type }) {
    handle.setExpectedAttachType(attachType.trace_iter);
    handle.setAttachTarget(type);
  },
  places: ({ pid, type }) => [{ kind: 'iter', ...(pid === undefined ? {} : { pid }), ...(type === 'cgroup' ? { cgroupOrder: DESCENDANTS_PRE } : {}) }],
};
