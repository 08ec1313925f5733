// Kernel functions that programs of tbpf call, as the kernel declares them.
//
//   facts  kernel/bpf/helpers.c. libbpf compares these prototypes with those of the kernel's BTF

import type { Prototype, PrototypeType } from '../btf/prototype.js';

const task: PrototypeType = { kind: 'ptr', to: { kind: 'struct', name: 'task_struct' } };
const s32: PrototypeType = { kind: 'int', sizeBytes: 4, signed: true };

export const kfuncPrototypes: Readonly<Record<string, Prototype>> = {
  bpf_task_from_pid: { returns: task, parameters: [s32] },
  bpf_task_release: { returns: { kind: 'void' }, parameters: [task] },
};
