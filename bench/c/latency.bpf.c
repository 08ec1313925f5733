#include "common.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, MAX_ENTRIES);
  __type(key, __u32);
  __type(value, __u64);
} starts SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, HIST_ROWS);
  __type(key, __u32);
  __type(value, __u64);
} latencies SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_read")
int on_enter(struct trace_event_raw_sys_enter *ctx) {
  __u32 tid = bpf_get_current_pid_tgid();
  __u64 start = bpf_ktime_get_boot_ns();
  if (bpf_map_update_elem(&starts, &tid, &start, BPF_ANY) != 0) count_lost();
  return 0;
}

SEC("tracepoint/syscalls/sys_exit_read")
int on_exit(struct trace_event_raw_sys_exit *ctx) {
  __u32 tid = bpf_get_current_pid_tgid();
  __u64 *start = bpf_map_lookup_elem(&starts, &tid);
  if (!start) return 0;
  __u32 row = hist_row((bpf_ktime_get_boot_ns() - *start) / 1000);
  __u64 *n = bpf_map_lookup_elem(&latencies, &row);
  if (n) (*n)++;
  bpf_map_delete_elem(&starts, &tid);
  return 0;
}
