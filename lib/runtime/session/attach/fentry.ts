// Entry and return of kernel functions and of BPF programs through trampolines.

import { attachType } from '../../../model/bpf/uapi.js';
import { cookieOf, type Provider } from './place.js';

export const fentry: Provider<'fentry'> = {
  kind: 'fentry',
  prepare(handle, { function: name, return: atReturn }) {
    handle.setExpectedAttachType(atReturn ? attachType.trace_fexit : attachType.trace_fentry);
    handle.setAttachTarget(name);
  },
  places: (_, context) => [{ kind: 'trace', ...cookieOf(context) }],
};
