// Constants that <linux/bpf.h> of Linux 6.1 (Debian 12), from which uapi-header.generated.ts is made, does not have yet.
//
//   facts  <linux/bpf.h> of Linux 6.18; helper numbers end at 211 for good: newer kernel functions are kfuncs, called by BTF id

export const newerHelpers = {
  cgrp_storage_get: 210,
  cgrp_storage_delete: 211,
} as const;

export const newerMapTypes = {
  cgrp_storage: 32,
  arena: 33,
} as const;

export const newerProgramTypes = {
  netfilter: 32,
} as const;

export const newerAttachTypes = {
  struct_ops: 44,
  netfilter: 45,
  tcx_ingress: 46,
  tcx_egress: 47,
  trace_uprobe_multi: 48,
  cgroup_unix_connect: 49,
  cgroup_unix_sendmsg: 50,
  cgroup_unix_recvmsg: 51,
  cgroup_unix_getpeername: 52,
  cgroup_unix_getsockname: 53,
  netkit_primary: 54,
  netkit_peer: 55,
  trace_kprobe_session: 56,
  trace_uprobe_session: 57,
} as const;

export const newerFlags = {
  BPF_F_UPROBE_MULTI_RETURN: 1,
  BPF_F_PATH_FD: 16384,
  BPF_F_SEGV_ON_FAULT: 131072,
  BPF_F_NO_USER_CONV: 262144,
} as const;
