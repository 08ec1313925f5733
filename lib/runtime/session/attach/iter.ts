// Iterators: the kernel runs the program for each of its objects when somebody reads.

import { attachType } from '../../../model/bpf/uapi.js';
import type { Provider } from './place.js';

export const iter: Provider<'iter'> = {
  kind: 'iter',
  prepare(handle, { type }) {
    handle.setExpectedAttachType(attachType.trace_iter);
    handle.setAttachTarget(type);
  },
  places: ({ pid }) => [{ kind: 'iter', ...(pid === undefined ? {} : { pid }) }],
};
