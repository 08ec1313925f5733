// What the kernel allows one program.
//
//   facts  MAX_USED_MAPS in include/linux/bpf_verifier.h; MAX_CALL_FRAMES there counts the program itself

export const MOST_MAPS = 64;
export const MOST_FRAMES = 8;
