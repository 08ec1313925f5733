// The kernel's numbers for helpers, map types, program types, attach types and flags.
//
//   in     uapi-header.generated.ts (from <linux/bpf.h>), uapi-newer.ts (by hand)
//   facts  keys are the kernel's names in lower case without prefix: BPF_MAP_TYPE_PERCPU_HASH is `mapType.percpu_hash`,
//          bpf_get_current_pid_tgid() is `helper.get_current_pid_tgid`; flags keep their full name

import { headerAttachTypes, headerFlags, headerHelpers, headerMapTypes, headerProgramTypes } from './uapi-header.generated.js';
import { newerAttachTypes, newerFlags, newerHelpers, newerMapTypes, newerProgramTypes } from './uapi-newer.js';

/** helper name → number, the imm of a call instruction */
export const helper = joined(headerHelpers, newerHelpers);
export const mapType = joined(headerMapTypes, newerMapTypes);
export const programType = joined(headerProgramTypes, newerProgramTypes);
export const attachType = joined(headerAttachTypes, newerAttachTypes);
/** BPF_F_*, BPF_ANY/NOEXIST/EXIST, BPF_RB_*, BPF_PSEUDO_*, lengths; values are below 2^53, BPF_F_CURRENT_CPU is 0xffffffff */
export const flag = joined(headerFlags, newerFlags);

export type HelperName = keyof typeof helper;
export type ProgramTypeName = keyof typeof programType;
export type AttachTypeName = keyof typeof attachType;

/** An object without a prototype is a hash table to V8. With one, V8 makes a hidden class for each of its hundreds of names. */
function joined<A extends object, B extends object>(older: A, newer: B): Readonly<A & B> {
  return Object.assign(Object.create(null) as object, older, newer);
}

function invert<K extends string>(table: Readonly<Record<K, number>>): ReadonlyMap<number, K> {
  return new Map((Object.entries(table) as [K, number][]).map(([name, number]) => [number, name]));
}

let helperNames: ReadonlyMap<number, HelperName> | undefined;

/** Name of a helper by its number; undefined for numbers that no kernel has given out. */
export function helperName(number: number): HelperName | undefined {
  helperNames ??= invert(helper);
  return helperNames.get(number);
}
