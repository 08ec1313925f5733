// Programs that are attached to nothing: tbpf runs them itself, by BPF_PROG_TEST_RUN.

import type { AttachSpec } from '../../../model/layout/manifest.js';

export const runByUs: ReadonlySet<AttachSpec['kind']> = new Set(['begin', 'end', 'signal', 'test', 'bench']);
