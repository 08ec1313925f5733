#include "common.h"

struct event {
  char comm[TASK_COMM_LEN];
  char path[256];
};
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 18);
} events SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_access")
int on_access(struct trace_event_raw_sys_enter *ctx) {
  if (bpf_get_current_pid_tgid() >> 32 != 1) return 0;
  struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
  if (!event) {
    count_lost();
    return 0;
  }
  bpf_get_current_comm(&event->comm, sizeof(event->comm));
  bpf_probe_read_user_str(event->path, sizeof(event->path), (const void *)ctx->args[0]);
  bpf_ringbuf_submit(event, 0);
  return 0;
}
