// Functions and values that bpftrace has and tbpf has not yet: a hint tells whoever uses one that the name is right.
//
//   facts  bpftrace after 0.26.1, its internal helpers left out; docs/language.md 10.1 lists the same names, its test asks for that

export const namesNotYet: ReadonlySet<string> = new Set<string>();

export const notYetHint = (name: string): string => `bpftrace has ${name}; tbpf does not have it yet.`;
