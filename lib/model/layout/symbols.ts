// Names of addresses, and who finds them.
//
//   made by  runtime/symbolize;  read by  runtime/output
//   facts    user addresses belong to a process and, when that is gone, to the binary of the probe that saw them (program: number of the
//            first program with probes in that binary, in the order in which programs first appear in the manifest)

import type { StackValue } from './value.js';

/** Why an address of a process has no name.
 *  - `exited`: the process ended before what it mapped could be seen
 *  - `unmapped`: no code was there: the unwinder went astray, as it does in programs without frame pointers
 *  - `unreadable`: the file that was mapped there cannot be opened, or is another one by now
 *  - `stripped`: the file has no symbols of functions
 *  - `uncovered`: no symbol of the file, or line of the perf map, covers the address
 *  - `no_perf_map`: a run-time compiler made the code, and its process has no perf map */
export type Unnamed = 'exited' | 'unmapped' | 'unreadable' | 'stripped' | 'uncovered' | 'no_perf_map';

/** A symbolized address: one line of a stack. An inlined function stands before the one that it is inlined in, with the same address. */
export interface Frame {
  readonly address: bigint;
  /** demangled where asked for; undefined: no symbol holds the address */
  readonly name?: string;
  /** bytes past the start of the function */
  readonly offset?: bigint;
  /** kernel module, or path of the mapped file */
  readonly module?: string;
  /** with debug information */
  readonly source?: { readonly file: string; readonly line: number };
  readonly inlined?: boolean;
  /** without name: the reason, for addresses of processes */
  readonly unnamed?: Unnamed;
}

export interface SymbolSource {
  kernelFrame(address: bigint): Frame;
  userFrame(address: bigint, pid: number, program: number): Frame;
  /** The frames of a stack, innermost first. Not called for stacks of the modes `raw` and `build_id`, which print addresses. */
  frames(stack: StackValue, space: 'kernel' | 'user'): readonly Frame[];
}

/** Knows no name: addresses print as numbers. */
export const noSymbols: SymbolSource = {
  kernelFrame: (address) => ({ address }),
  userFrame: (address) => ({ address }),
  frames: (stack) => stack.addresses.map((address) => ({ address })),
};
