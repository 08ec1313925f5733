// Programs that are attached to nothing: tbpf runs them itself, by BPF_PROG_TEST_RUN.

import type { AttachSpec } from '../../../model/layout/manifest.js';
import type { Needs } from './place.js';

const packetProgram: Needs = {
  feature: 'cap:CAP_NET_ADMIN',
  lack: 'test and bench probes need CAP_NET_ADMIN too: the kernel repeats and measures only programs for packets. Run as root',
};

export const runByUs: Readonly<Partial<Record<AttachSpec['kind'], { readonly needs?: Needs }>>> = {
  begin: {}, end: {}, signal: {}, test: { needs: packetProgram }, bench: { needs: packetProgram },
};
