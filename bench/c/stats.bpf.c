#include "common.h"

struct stats {
  __s64 total;
  __u64 count;
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, MAX_ENTRIES);
  __type(key, __u32);
  __type(value, struct stats);
} sizes SEC(".maps");

SEC("tracepoint/syscalls/sys_exit_read")
int on_read(struct trace_event_raw_sys_exit *ctx) {
  __u32 pid = bpf_get_current_pid_tgid() >> 32;
  struct stats zero = {};
  struct stats *stats = lookup_or_init(&sizes, &pid, &zero);
  if (!stats) return 0;
  stats->total += ctx->ret;
  stats->count++;
  return 0;
}
