// The eleven BPF registers as values, so that an operand says by its type whether it is a register or an immediate.
//
//   facts  r0 result, r1-r5 arguments (lost at calls), r6-r9 kept across calls, r10 frame pointer (read only);
//          Documentation/bpf/standardization/abi.rst

export class Register {
  private constructor(
    /** 0 to 10, as encoded in instructions */
    readonly number: number,
  ) {}

  /** r0 to r10, by number */
  static readonly all: readonly Register[] = Array.from({ length: 11 }, (_, number) => new Register(number));

  toString(): string {
    return `r${this.number}`;
  }
}

export const [R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10] = Register.all as [
  Register, Register, Register, Register, Register, Register, Register, Register, Register, Register, Register,
];
