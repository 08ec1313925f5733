#include "common.h"

struct key {
  __u32 pid;
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
  struct key key;
  key.pid = bpf_get_current_pid_tgid() >> 32;
  bpf_get_current_comm(&key.comm, sizeof(key.comm));
  __u64 zero = 0;
  __u64 *n = lookup_or_init(&reads, &key, &zero);
  if (n) (*n)++;
  return 0;
}
