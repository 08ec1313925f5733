#include "common.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, MAX_ENTRIES);
  __type(key, __u32);
  __type(value, __s64);
} bytes SEC(".maps");

SEC("tracepoint/syscalls/sys_exit_read")
int on_read(struct trace_event_raw_sys_exit *ctx) {
  __u32 pid = bpf_get_current_pid_tgid() >> 32;
  __s64 zero = 0;
  __s64 *total = lookup_or_init(&bytes, &pid, &zero);
  if (total) *total += ctx->ret;
  return 0;
}
