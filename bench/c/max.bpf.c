#include "common.h"

struct max {
  __s64 value;
  __u64 is_set;
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct max);
} sizes SEC(".maps");

SEC("tracepoint/syscalls/sys_exit_read")
int on_read(struct trace_event_raw_sys_exit *ctx) {
  __u32 zero = 0;
  __s64 ret = ctx->ret;
  struct max *max = bpf_map_lookup_elem(&sizes, &zero);
  if (!max) return 0;
  if (!max->is_set || max->value < ret) {
    max->value = ret;
    max->is_set = 1;
  }
  return 0;
}
