// Names of addresses, and who finds them.
//
//   made by  runtime/symbolize;  read by  runtime/output
//   facts    user addresses belong to a process and, when that is gone, to the binary of the probe that saw them (program: number of the
//            first program with probes in that binary, in the order in which programs first appear in the manifest)

import type { StackValue } from './value.js';

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
