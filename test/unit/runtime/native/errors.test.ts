// Failures of the addon in words: one row per kind of failure.

import t from 'tap';
import { createNativeError } from '../../../../lib/runtime/native/errors.js';
import type { NativeErrorFields } from '../../../../lib/runtime/native/types.js';

const log = '0: R1=ctx() R10=fp0\n0: (79) r0 = *(u64 *)(r6 +0)\nR6 !read_ok\nprocessed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0\n';

const cases: [title: string, fields: Partial<NativeErrorFields>, want: object][] = [
  ['a refused program', { code: 'EACCES', errno: 13, operation: 'bpf_prog_load', detail: 'p', program: 'p', log },
    { name: 'LoadError', code: 'EACCES', errno: -13, message: 'the kernel refused program p: R6 !read_ok', program: 'p', log, advice: undefined }],
  ['a verifier that says EPERM', { code: 'EPERM', errno: 1, operation: 'bpf_prog_load', program: 'p', log }, { name: 'LoadError', message: /R6 !read_ok/ }],
  ['no privilege to load', { code: 'EPERM', errno: 1, operation: 'bpf_prog_load', detail: 'p', program: 'p' },
    { name: 'PermissionError', missing: ['CAP_BPF', 'CAP_PERFMON'], advice: /Run as root/ }],
  ['no privilege for perf events', { code: 'EACCES', errno: 13, operation: 'perf_event_open', detail: 'perf event' },
    { name: 'PermissionError', missing: ['CAP_PERFMON'], advice: /perf_event_paranoid/ }],
  ['a file that may not be read', { code: 'EACCES', errno: 13, operation: 'open', detail: '/proc/kallsyms' },
    { name: 'PermissionError', missing: ['read access to /proc/kallsyms'] }],
  ['a mount that is not allowed', { code: 'EPERM', errno: 1, operation: 'mount', detail: 'tracefs on /x' }, { name: 'PermissionError', missing: ['CAP_SYS_ADMIN'] }],
  ['a program too large', { code: 'E2BIG', errno: 7, operation: 'bpf_prog_load', detail: 'p', program: 'p' },
    { name: 'LoadError', message: 'program p is too large for the kernel', advice: /million/ }],
  ['what libbpf said', { code: 'ESRCH', errno: 3, operation: 'bpf_object__load', detail: 'tbpf', libbpf: 'first\nextern \'x\' not found' },
    { name: 'LoadError', message: /extern 'x' not found$/, log: '' }],
  ['a full map', { code: 'E2BIG', errno: 7, operation: 'bpf_map_update_elem', detail: '@x' }, { name: 'TbpfError', message: 'map @x is full', advice: /max_map_keys/ }],
  ['a map too large', { code: 'E2BIG', errno: 7, operation: 'bpf_map_create', detail: '@x' }, { name: 'LoadError', message: 'map @x is too large', map: '@x' }],
  ['no slot for a watchpoint', { code: 'ENOSPC', errno: 28, operation: 'perf_event_open', detail: 'perf event' }, { message: 'no hardware slot is free for perf event' }],
  ['a counter that the machine lacks', { code: 'ENOENT', errno: 2, operation: 'perf_event_open', detail: 'perf event' },
    { message: 'perf event does not exist on this machine', advice: 'Virtual machines often have no hardware counters.' }],
  ['in use', { code: 'EBUSY', errno: 16, operation: 'bpf_link_create', detail: 'program f' }, { message: /another tracer is there/ }],
  ['a name with $& in it', { code: 'ENOENT', errno: 2, operation: 'open', detail: '/a$&b' }, { message: '/a$&b does not exist' }],
  ['an errno without words', { code: 'EXDEV', errno: 18, operation: 'bpf_link_create', detail: 'x' }, { message: 'bpf_link_create of x failed with EXDEV', syscall: 'bpf_link_create' }],
  ['a wrong argument', { code: 'ERR_ARG', detail: 'key must be 4 bytes long' }, { name: 'TbpfError', code: 'ERR_ARG', message: 'key must be 4 bytes long', errno: undefined, syscall: undefined }],
  ['not supported', { code: 'ERR_NOT_SUPPORTED', errno: 95, operation: 'bpf_link_create', detail: 'uprobe_multi is not supported by this kernel', feature: 'uprobe_multi', minimumKernel: '6.6' },
    { name: 'NotSupportedError', code: 'ERR_NOT_SUPPORTED', feature: 'uprobe_multi', minimumKernel: '6.6', message: /needs Linux 6\.6/, errno: -95 }],
];
for (const [title, fields, want] of cases) {
  t.test(title, async (t) => { t.match(createNativeError({ code: '', errno: 0, operation: '', detail: '', ...fields }), want); });
}
