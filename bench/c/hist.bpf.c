#include "common.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, HIST_ROWS);
  __type(key, __u32);
  __type(value, __u64);
} sizes SEC(".maps");

SEC("tracepoint/syscalls/sys_exit_read")
int on_read(struct trace_event_raw_sys_exit *ctx) {
  __u32 row = hist_row(ctx->ret);
  __u64 *n = bpf_map_lookup_elem(&sizes, &row);
  if (n) (*n)++;
  return 0;
}
