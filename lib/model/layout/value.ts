// Decoded values, as the library hands them out.
//
//   facts  integers of at most 32 bits are numbers, of 64 bits bigints; a string that is not UTF-8 keeps its bytes as
//          syntax/text.ts describes (lone surrogates), so that writing it gives the same bytes again

import type { TimeFormat } from '../types/types.js';

export type Value = number | bigint | boolean | string | null | Uint8Array | readonly Value[] | StackValue | SymbolValue | TimestampValue | { readonly [field: string]: Value };

/** Unsymbolized stack: instruction pointers, innermost first. */
export interface StackValue { readonly $: 'stack'; readonly addresses: readonly bigint[]; /** user stacks: process; build ids where the mode has them */ readonly pid: number; readonly program: number; readonly buildIds?: readonly (string | undefined)[] }
/** Address to be named later. pid 0: kernel. */
export interface SymbolValue { readonly $: 'symbol'; readonly address: bigint; readonly pid: number; readonly program: number }
/** A time to be formatted later: ns since boot, or since the epoch where `clock` is `tai`; `format` as strftime() was given it. ns 0: never taken. */
export interface TimestampValue extends TimeFormat { readonly $: 'timestamp'; readonly ns: bigint }

// How values that are rendered later lie in memory (little endian); sizes are sizeOf's (types/size.ts).
//   timestamp    u64 ns, u64 number of the format in the type's `formats`
//   cgroup_path  u64 cgroup id, u64 0        username  u64 uid
//   usym, stack  symbolBytes, stackBytes (types/size.ts)
//   enum         u64, in structs and arrays as many bytes as C gives it

/** families of internet addresses (include/linux/socket.h) */
export const AF_INET = 2;
export const AF_INET6 = 10;

/** u32 address family (AF_INET: the first 4 bytes of the address count; AF_INET6: all 16), 4 bytes 0, address in network order */
export const inetBytes = { family: 0, address: 8 } as const;
