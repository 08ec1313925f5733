// Kernel lockdown: how far even root is kept from the kernel's memory.

import { readIfOpen } from '../files.js';

export type Lockdown = 'none' | 'integrity' | 'confidentiality';

/** `none [integrity] confidentiality`: the mode in brackets is on. */
export function parseLockdown(text: string): Lockdown | undefined {
  return /\[(none|integrity|confidentiality)\]/.exec(text)?.[1] as Lockdown | undefined;
}

/** undefined where it cannot be known: no such security module, or securityfs is not mounted. */
export function readLockdown(): Lockdown | undefined {
  return parseLockdown(readIfOpen('/sys/kernel/security/lockdown') ?? '');
}
