import t from 'tap';
import { attachType, flag, helper, helperName, mapType, programType } from '../../../../lib/model/bpf/uapi.js';

// Numbers are the kernel's promise to user space; these rows were read from <linux/bpf.h> by eye.
const helpers: [keyof typeof helper, number][] = [
  ['map_lookup_elem', 1], ['map_update_elem', 2], ['map_delete_elem', 3], ['probe_read', 4], ['ktime_get_ns', 5], ['get_prandom_u32', 7],
  ['get_smp_processor_id', 8], ['get_current_pid_tgid', 14], ['get_current_uid_gid', 15], ['get_current_comm', 16], ['perf_event_output', 25],
  ['get_stackid', 27], ['get_current_task', 35], ['get_current_cgroup_id', 80], ['probe_read_user', 112], ['probe_read_kernel', 113],
  ['probe_read_user_str', 114], ['probe_read_kernel_str', 115], ['get_ns_current_pid_tgid', 120], ['ktime_get_boot_ns', 125], ['ringbuf_output', 130],
  ['ringbuf_reserve', 131], ['ringbuf_submit', 132], ['ringbuf_discard', 133], ['for_each_map_elem', 164], ['get_func_ip', 173],
  ['get_attach_cookie', 174], ['loop', 181], ['strncmp', 182], ['map_lookup_percpu_elem', 195], ['ktime_get_tai_ns', 208], ['cgrp_storage_delete', 211],
];
t.test('helpers', async (t) => {
  for (const [name, number] of helpers) t.equal(helper[name], number, name);
  const numbers = Object.values(helper).sort((a, b) => a - b);
  t.same(numbers, Array.from({ length: 211 }, (_, i) => i + 1), 'numbered from 1 to 211 without a gap');
  for (const [name, number] of helpers) t.equal(helperName(number), name);
  t.equal(helperName(212), undefined);
});

t.test('types and flags', async (t) => {
  t.match(mapType, { hash: 1, array: 2, perf_event_array: 4, percpu_hash: 5, percpu_array: 6, stack_trace: 7, lru_hash: 9, lru_percpu_hash: 10, ringbuf: 27 });
  t.match(programType, { kprobe: 2, tracepoint: 5, perf_event: 7, raw_tracepoint: 17, tracing: 26 });
  t.match(attachType, { trace_raw_tp: 23, trace_fentry: 24, trace_fexit: 25, trace_iter: 28, trace_kprobe_multi: 42, trace_uprobe_multi: 48 });
  t.match(flag, { BPF_ANY: 0, BPF_NOEXIST: 1, BPF_EXIST: 2, BPF_F_NO_PREALLOC: 1, BPF_F_USER_STACK: 256, BPF_F_CURRENT_CPU: 0xffffffff, BPF_RB_NO_WAKEUP: 1 });
});
