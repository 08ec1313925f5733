// What the command reads of its environment, besides the config variables.

export const environment: readonly { readonly name: string; readonly doc: string }[] = [
  { name: 'BPFTRACE_NAME', doc: 'sets the config variable NAME' },
  { name: 'BPFTRACE_BTF', doc: 'file with the types of the kernel (BTF), in place of /sys/kernel/btf/vmlinux' },
  { name: 'DEBUGINFO_PATH', doc: 'folders in which debug information of programs is looked for, with colons between them' },
];
