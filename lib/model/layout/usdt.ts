// What a program and the runtime must know of USDT probes: places in a file, and where arguments lie when one fires.
//
//   facts  registers are named as language/registers.ts names those of struct pt_regs

export interface UsdtPlace {
  readonly fileOffset: bigint;
  /** where the file has the probe's semaphore, which the kernel counts up while the probe is attached; undefined: it has none */
  readonly semaphoreOffset?: bigint;
  /** the probe that it is a place of, by its number in labels */
  readonly probe: number;
  /** usdtCookie, where the program asks for it; else 0 */
  readonly cookie: bigint;
}

/** The cookie of a place: in the lower half the number of its probe, in the upper half its row in the program's table of numbers. */
export const usdtCookie = { probeMask: 0xffff_ffff, rowShift: 32 } as const;

/** A register, all of it or its lower half, shifted left. */
export interface UsdtTerm {
  readonly register: string;
  readonly bits: 32 | 64;
  /** of a lower half: its sign is kept */
  readonly signed: boolean;
  readonly shift: number;
}

/** displacement + terms, of which the lower `bits` count. */
export interface UsdtSum {
  /** column: where places of a probe differ in it, it stands in the program's table of numbers */
  readonly displacement: bigint | { readonly column: number };
  readonly terms: readonly UsdtTerm[];
  readonly bits: 32 | 64;
}

export type UsdtOperand =
  /** `bits` of a register, from bit `shift` on */
  | { readonly kind: 'register'; readonly register: string; readonly shift: 0 | 8; readonly bits: 8 | 16 | 32 | 64 }
  /** the sum is the value: constants, addresses of symbols */
  | { readonly kind: 'value'; readonly sum: UsdtSum }
  /** the sum is the address of the value, in the memory of the process */
  | { readonly kind: 'memory'; readonly sum: UsdtSum };
