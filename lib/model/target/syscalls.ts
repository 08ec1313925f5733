// System calls of the native table, by name and number.
//
//   in     syscalls.generated.ts (from the kernel's headers), what is newer by hand
//   facts  a tracepoint sys_enter_X is named after the kernel's function, a number after the call: sys_enter_newfstat is fstat.
//          Both spellings are known here. New calls have one number on every architecture since 5.1

import type { Arch } from './target.js';
import { headerArm64, headerX86_64 } from './syscalls.generated.js';

const newer: Readonly<Record<string, number>> = {
  cachestat: 451, fchmodat2: 452, map_shadow_stack: 453, futex_wake: 454, futex_wait: 455, futex_requeue: 456, statmount: 457,
  listmount: 458, lsm_get_self_attr: 459, lsm_set_self_attr: 460, lsm_list_modules: 461, mseal: 462, setxattrat: 463, getxattrat: 464,
  listxattrat: 465, removexattrat: 466, open_tree_attr: 467, file_getattr: 468, file_setattr: 469, listns: 470,
};

const newerByArch: Readonly<Record<Arch, Readonly<Record<string, number>>>> = {
  x86_64: { ...newer, uretprobe: 335, uprobe: 336 },
  arm64: newer,
};

/** Name in tracepoints → name of the call, where they differ. */
const tracepointNames: Readonly<Record<string, string>> = {
  newstat: 'stat', newfstat: 'fstat', newlstat: 'lstat', newuname: 'uname', sendfile64: 'sendfile', umount: 'umount2',
};

const headerByArch: Readonly<Record<Arch, Readonly<Record<string, number>>>> = { x86_64: headerX86_64, arm64: headerArm64 };
const nameByNumber = new Map<Arch, ReadonlyMap<number, string>>();

/** @param name  of the call (`fstat`) or as tracepoints have it (`newfstat`) */
export function syscallNumber(arch: Arch, name: string): number | undefined {
  const find = (call: string): number | undefined => own(headerByArch[arch], call) ?? own(newerByArch[arch], call);
  return find(name) ?? find(own(tracepointNames, name) ?? '');
}

export function syscallName(arch: Arch, number: number): string | undefined {
  let names = nameByNumber.get(arch);
  if (names === undefined) {
    names = new Map([...Object.entries(newerByArch[arch]), ...Object.entries(headerByArch[arch])].map(([name, n]) => [n, name]));
    nameByNumber.set(arch, names);
  }
  return names.get(number);
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
