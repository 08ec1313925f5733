// Names of addresses, and who finds them.
//
//   made by  runtime/symbolize;  read by  runtime/output
//   facts    offsets are bytes from the start of the function; user addresses belong to a process and, when that is gone, to the
//            binary of the probe that saw them (program: index into Manifest.programs)

import type { StackValue } from './value.js';

export interface SymbolName {
  /** demangled where asked for */
  readonly name: string;
  readonly offset: number;
  /** kernel module, or path of the mapped file */
  readonly module?: string;
}

/** One line of a stack. An inlined function stands before the one that it is inlined in, with the same address. */
export interface Frame {
  readonly address: bigint;
  /** undefined: nobody knows the address */
  readonly name?: string;
  readonly offset?: number;
  /** user frames: path of the mapped file */
  readonly module?: string;
  readonly source?: { readonly file: string; readonly line: number };
  readonly inlined?: boolean;
}

export interface Symbolizer {
  kernel(address: bigint): SymbolName | undefined;
  user(pid: number, program: number, address: bigint): SymbolName | undefined;
  /** The frames of a stack, innermost first; of the modes `raw` and `build_id` nobody asks for them. */
  frames(stack: StackValue, space: 'kernel' | 'user'): readonly Frame[];
}

/** Knows no name: addresses print as numbers. */
export const noSymbols: Symbolizer = {
  kernel: () => undefined,
  user: () => undefined,
  frames: (stack) => stack.addresses.map((address) => ({ address })),
};
