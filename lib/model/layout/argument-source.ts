// Where arguments of probes lie: what the compiler loads from, and what a kept program is compared by.

import type { UsdtOperand } from './usdt.js';

/** Where an argument of a probe lies in the context of its program. */
export type ArgumentSource =
  /** bytes of the context (tracepoints) at offset */
  | { readonly kind: 'context'; readonly offset: number; readonly size: number; readonly signed: boolean }
  /** u32 at offset of the context: low 16 bits say where in the record the data lie, high 16 bits their length */
  | { readonly kind: 'data_loc'; readonly offset: number; readonly relative: boolean;
    /** what lies there are characters up to a NUL */
    readonly isText: boolean }
  /** i-th u64 of the context (raw tracepoints, fentry). typed: the verifier takes it for a pointer to a struct of the kernel, through
   *  which programs may load; closed: the verifier lets no program load through it, for instance a pointer to a function */
  | { readonly kind: 'word'; readonly index: number; readonly access?: 'typed' | 'closed' }
  /** i-th argument of a system call, or its number, in a program that stands for the tracepoints of many calls */
  | { readonly kind: 'syscall'; readonly index: number }
  | { readonly kind: 'syscall number' }
  /** the lower bytes of a register of struct pt_regs, named as in language/registers.ts */
  | { readonly kind: 'register'; readonly register: string; readonly sizeBytes: 1 | 2 | 4 | 8; readonly signed: boolean }
  /** the operand of a USDT probe's note */
  | { readonly kind: 'usdt'; readonly operand: UsdtOperand; readonly sizeBytes: number; readonly signed: boolean };
