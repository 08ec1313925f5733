// Numbers that the kernel takes in 64 bits.

/** 64-bit argument. Numbers must be safe integers; a negative bigint down to -2^63 is taken as two's complement. */
export type U64 = bigint | number;
