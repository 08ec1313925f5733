// Entry and return of kernel functions and of BPF programs through trampolines.

import { attachType } from '../../../model/bpf/uapi.js';
import { cookieOf, type Provider } from './place.js';

export const fentry: Provider<'fentry'> = {
  kind: 'fentry',
  order: () => 'reverse',
  prepare(handle, { function: name, return: atReturn, programId }, native) {
    handle.setExpectedAttachType(atReturn ? attachType.trace_fexit : attachType.trace_fentry);
    if (programId === undefined) return handle.setAttachTarget(name);
    const program = native.openProgram({ id: programId });
    handle.setAttachTarget(name, program.fd);
    program.close();
  },
  places: (_, context) => [{ kind: 'trace', ...cookieOf(context) }],
};
