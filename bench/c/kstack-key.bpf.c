#include "common.h"

#define MAX_DEPTH 127
struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(max_entries, MAX_ENTRIES);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, MAX_DEPTH * sizeof(__u64));
} stacks SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, MAX_ENTRIES);
  __type(key, __u32);
  __type(value, __u64);
} reads SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_read")
int on_read(struct trace_event_raw_sys_enter *ctx) {
  __s32 id = bpf_get_stackid(ctx, &stacks, 0);
  if (id < 0) {
    count_lost();
    return 0;
  }
  __u64 zero = 0;
  __u64 *n = lookup_or_init(&reads, &id, &zero);
  if (n) (*n)++;
  return 0;
}
