#include "common.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, MAX_ENTRIES);
  __type(key, __u32);
  __type(value, __u64);
} reads SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_read")
int on_read(struct trace_event_raw_sys_enter *ctx) {
  __u32 pid = bpf_get_current_pid_tgid() >> 32;
  __u64 zero = 0;
  __u64 *n = lookup_or_init(&reads, &pid, &zero);
  if (n) __sync_fetch_and_add(n, 1);
  return 0;
}
