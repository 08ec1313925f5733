#include "common.h"

struct key {
  char comm[TASK_COMM_LEN];
};
struct hist {
  __u64 rows[HIST_ROWS];
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, MAX_ENTRIES);
  __type(key, struct key);
  __type(value, struct hist);
} sizes SEC(".maps");

static const struct hist empty;

SEC("tracepoint/syscalls/sys_exit_read")
int on_read(struct trace_event_raw_sys_exit *ctx) {
  struct key key;
  bpf_get_current_comm(&key.comm, sizeof(key.comm));
  struct hist *hist = lookup_or_init(&sizes, &key, &empty);
  if (!hist) return 0;
  __u32 row = hist_row(ctx->ret);
  if (row < HIST_ROWS) hist->rows[row]++;
  return 0;
}
