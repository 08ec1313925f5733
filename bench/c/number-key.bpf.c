#include "common.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, MAX_ENTRIES);
  __type(key, __u64);
  __type(value, __u64);
} calls SEC(".maps");

SEC("tracepoint/raw_syscalls/sys_enter")
int on_call(struct trace_event_raw_sys_enter *ctx) {
  __u64 number = ctx->id;
  __u64 zero = 0;
  __u64 *n = lookup_or_init(&calls, &number, &zero);
  if (n) (*n)++;
  return 0;
}
