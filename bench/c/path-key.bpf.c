#include "common.h"

#define PATH_BYTES 1024  // as tbpf keeps it; aligned, so that clang clears it by words
struct key {
  char path[PATH_BYTES];
} __attribute__((aligned(8)));
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, MAX_ENTRIES);
  __type(key, struct key);
  __type(value, __u64);
} opens SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct key);
} scratch SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_access")
int on_access(struct trace_event_raw_sys_enter *ctx) {
  __u32 zero_index = 0;
  struct key *key = bpf_map_lookup_elem(&scratch, &zero_index);
  if (!key) return 0;
  __builtin_memset(key, 0, sizeof(*key));
  bpf_probe_read_user_str(key->path, sizeof(key->path), (const void *)ctx->args[0]);
  __u64 zero = 0;
  __u64 *n = lookup_or_init(&opens, key, &zero);
  if (n) (*n)++;
  return 0;
}
