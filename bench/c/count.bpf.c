#include "common.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} reads SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_read")
int on_read(struct trace_event_raw_sys_enter *ctx) {
  __u32 zero = 0;
  __u64 *n = bpf_map_lookup_elem(&reads, &zero);
  if (n) (*n)++;
  return 0;
}
