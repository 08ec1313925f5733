// What must hold of the machine before anything is compiled for it (language.md 8.3).

import { release } from 'node:os';
import { hasCapability } from '../runtime/discover/kernel/features.js';
import { missingSurroundings } from '../runtime/discover/kernel/surroundings.js';
import { readLockdown } from '../runtime/discover/kernel/lockdown.js';
import type { NativeAddon } from '../runtime/native/types.js';
import { NotSupportedError, PermissionError } from '../model/diagnostics/errors.js';

/** NotSupportedError.feature of a machine that is locked down */
export const LOCKDOWN = 'lockdown';
/** Linux 5.11 counts the memory of maps in the cgroup, not against RLIMIT_MEMLOCK. */
const MEMLOCK_UNUSED_SINCE = [5, 11] as const;

/** All of it, in this order.
 * @throws PermissionError, NotSupportedError */
export function checkMachine(native: NativeAddon, warn: (text: string) => void): void {
  checkPrivileges(native);
  checkSurroundings();
  checkLockdown();
  raiseMemoryLimit(native, warn);
}

/** Root is believed to have what it needs; if a container took it away, the first refused call says so.
 * @throws PermissionError */
export function checkPrivileges(native: NativeAddon): void {
  if (process.geteuid?.() === 0) return;
  const have = native.capabilities();
  if (hasCapability(have, 'CAP_SYS_ADMIN')) return;
  const missing = ['CAP_BPF', 'CAP_PERFMON'].filter((name) => !hasCapability(have, name));
  if (missing.length > 0) throw new PermissionError(`Missing ${missing[0]} capability, please run tbpf as the root user.`, { code: 'EPERM', missing });
}

/** Whatever the script is: without them loading fails with a reason that names none of them. */
function checkSurroundings(): void {
  const around = missingSurroundings();
  if (around !== undefined) throw new NotSupportedError(around, { feature: 'surroundings' });
}

function checkLockdown(): void {
  if (readLockdown() !== 'confidentiality') return;
  throw new NotSupportedError([
    "Kernel lockdown is enabled and set to 'confidentiality'.",
    'Lockdown mode blocks parts of BPF which makes it impossible for tbpf to function.',
    'Set lockdown to integrity (kernel parameter lockdown=integrity) or switch it off to use tbpf.',
    'If the machine has Secure Boot, that switches lockdown on.',
  ].join('\n'), { feature: LOCKDOWN });
}

/** Only where the kernel needs it. */
function raiseMemoryLimit(native: NativeAddon, warn: (text: string) => void): void {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const [neededMajor, neededMinor] = MEMLOCK_UNUSED_SINCE;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  if (native.raiseMemlock() !== 0) {
    warn('couldn\'t set RLIMIT_MEMLOCK for tbpf. If your program is not loading, you can try "ulimit -l 8192" to fix the problem');
  }
}
