#include "common.h"

struct key {
  char comm[TASK_COMM_LEN];
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, MAX_ENTRIES);
  __type(key, struct key);
  __type(value, __u64);
} reads SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_read")
int on_read(struct trace_event_raw_sys_enter *ctx) {
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  struct key key = {};
  BPF_CORE_READ_INTO(&key.comm, task, real_parent, comm);
  __u64 zero = 0;
  __u64 *n = lookup_or_init(&reads, &key, &zero);
  if (n) (*n)++;
  return 0;
}
