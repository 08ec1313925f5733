// What the programs share: the few kernel types they read (relocated by libbpf), and idioms that every tool has somewhere.
#pragma once
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define TASK_COMM_LEN 16
#define MAX_ENTRIES 4096

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct trace_entry {
  unsigned short type;
  unsigned char flags;
  unsigned char preempt_count;
  int pid;
};
struct trace_event_raw_sys_enter {
  struct trace_entry ent;
  long id;
  unsigned long args[6];
};
struct trace_event_raw_sys_exit {
  struct trace_entry ent;
  long id;
  long ret;
};
struct task_struct {
  struct task_struct *real_parent;
  char comm[TASK_COMM_LEN];
};
#pragma clang attribute pop

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} lost SEC(".maps");

// A number that could not be counted is counted here.
static __always_inline void count_lost(void) {
  __u32 zero = 0;
  __u64 *n = bpf_map_lookup_elem(&lost, &zero);
  if (n) (*n)++;
}

// The element of a key, made from `initial` when it is new.
static __always_inline void *lookup_or_init(void *map, const void *key, const void *initial) {
  void *value = bpf_map_lookup_elem(map, key);
  if (value) return value;
  bpf_map_update_elem(map, key, initial, BPF_NOEXIST);
  value = bpf_map_lookup_elem(map, key);
  if (!value) count_lost();
  return value;
}

// Position of the highest bit that is set.
static __always_inline __u32 log2_u32(__u32 v) {
  __u32 result, shift;
  result = (v > 0xffff) << 4;
  v >>= result;
  shift = (v > 0xff) << 3;
  v >>= shift;
  result |= shift;
  shift = (v > 0xf) << 2;
  v >>= shift;
  result |= shift;
  shift = (v > 0x3) << 1;
  v >>= shift;
  result |= shift;
  return result | (v >> 1);
}

static __always_inline __u32 log2_u64(__u64 v) {
  __u32 high = v >> 32;
  return high ? log2_u32(high) + 32 : log2_u32(v);
}

// Rows of a power-of-two histogram: negative numbers, 0, 1, [2, 4), [4, 8) …
#define HIST_ROWS 66
static __always_inline __u32 hist_row(__s64 v) { return v < 0 ? 0 : v == 0 ? 1 : log2_u64(v) + 2; }

char LICENSE[] SEC("license") = "GPL";
