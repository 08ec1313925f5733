// Names of numbers that C programs get from headers, and that neither types of the kernel nor the language have: errno, signals, flags of files and of
// allocations.
//
//   facts  Node knows those of its machine that libuv uses. The others here are the same on x86-64 and arm64, but for O_LARGEFILE
//          (include/uapi/asm-generic/errno.h and fcntl.h, arch/arm64/include/uapi/asm/fcntl.h). The bits of gfp_t have been where they are since before
//          Linux 6.1; GFP_ATOMIC lost a bit of its own with 6.3 (include/linux/gfp_types.h)

import { constants as fsConstants } from 'node:fs';
import { constants, release } from 'node:os';

/** Folder of openat() and its kin: the working directory. */
export const AT_FDCWD = -100;

const { O_DIRECTORY, O_NONBLOCK, O_SYNC } = fsConstants;

/** Flags of open(2). */
export const openFlags = {
  ...Object.fromEntries(Object.entries(fsConstants).filter(([name]) => name.startsWith('O_'))),
  O_ACCMODE: 3, O_ASYNC: 0o20000, O_CLOEXEC: 0o2000000, O_NDELAY: O_NONBLOCK, O_PATH: 0o10000000, O_RSYNC: O_SYNC, O_TMPFILE: 0o20000000 | O_DIRECTORY,
  // as the kernel has it; Node has the value of its libc: 0 on 64-bit Linux
  O_LARGEFILE: process.arch === 'arm64' ? 0o400000 : 0o100000,
};

/** The bits of gfp_t, lowest first; empty: no flag, or one that not every kernel has. */
const gfpBits = [
  '__GFP_DMA', '__GFP_HIGHMEM', '__GFP_DMA32', '__GFP_MOVABLE', '__GFP_RECLAIMABLE', '__GFP_HIGH', '__GFP_IO', '__GFP_FS', '__GFP_ZERO', '', '__GFP_DIRECT_RECLAIM', '__GFP_KSWAPD_RECLAIM',
  '__GFP_WRITE', '__GFP_NOWARN', '__GFP_RETRY_MAYFAIL', '__GFP_NOFAIL', '__GFP_NORETRY', '__GFP_MEMALLOC', '__GFP_COMP', '__GFP_NOMEMALLOC', '__GFP_HARDWALL', '__GFP_THISNODE', '__GFP_ACCOUNT',
];
const GFP_ATOMIC_WITH_BIT = 0xa20;
const GFP_ATOMIC = 0x820;

/** Flags of allocations on a release of Linux: what several bits together are called stands first, larger ones before their parts. */
export function gfpFlagsOf(kernel: string): readonly (readonly [name: string, number: number])[] {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  const hasAtomicBit = major < 6 || (major === 6 && minor < 3);
  return [
    ['GFP_HIGHUSER_MOVABLE', 0x100cca], ['GFP_HIGHUSER', 0x100cc2], ['GFP_USER', 0x100cc0], ['GFP_KERNEL_ACCOUNT', 0x400cc0], ['GFP_KERNEL', 0xcc0], ['GFP_NOFS', 0xc40],
    ['GFP_ATOMIC', hasAtomicBit ? GFP_ATOMIC_WITH_BIT : GFP_ATOMIC], ['GFP_NOIO', 0xc00],
    ...gfpBits.flatMap((name, bit) => (name === '' ? [] : [[name, 2 ** bit] as const])),
    ...(hasAtomicBit ? [['__GFP_ATOMIC', 0x200] as const] : []),
  ];
}

export const gfpFlags = gfpFlagsOf(release());

const otherErrors = {
  ENOTBLK: 15, ECHRNG: 44, EL2NSYNC: 45, EL3HLT: 46, EL3RST: 47, ELNRNG: 48, EUNATCH: 49, ENOCSI: 50, EL2HLT: 51, EBADE: 52, EBADR: 53, EXFULL: 54, ENOANO: 55, EBADRQC: 56, EBADSLT: 57,
  EBFONT: 59, ENONET: 64, ENOPKG: 65, EREMOTE: 66, EADV: 68, ESRMNT: 69, ECOMM: 70, EDOTDOT: 73, ENOTUNIQ: 76, EBADFD: 77, EREMCHG: 78, ELIBACC: 79, ELIBBAD: 80, ELIBSCN: 81, ELIBMAX: 82,
  ELIBEXEC: 83, ERESTART: 85, ESTRPIPE: 86, EUSERS: 87, ESOCKTNOSUPPORT: 94, EPFNOSUPPORT: 96, ESHUTDOWN: 108, ETOOMANYREFS: 109, EHOSTDOWN: 112, EUCLEAN: 117, ENOTNAM: 118, ENAVAIL: 119,
  EISNAM: 120, EREMOTEIO: 121, ENOMEDIUM: 123, EMEDIUMTYPE: 124, ENOKEY: 126, EKEYEXPIRED: 127, EKEYREVOKED: 128, EKEYREJECTED: 129, EOWNERDEAD: 130, ENOTRECOVERABLE: 131, ERFKILL: 132, EHWPOISON: 133,
};

const errors: readonly (readonly [name: string, number: number])[] = [...Object.entries(constants.errno), ...Object.entries(otherErrors)];

const byName = new Map<string, number>([
  ...errors,
  ...Object.entries(constants.signals),
  ...Object.entries(fsConstants).filter(([name]) => name.startsWith('S_')),
  ...Object.entries(openFlags),
  ...gfpFlags, ['__GFP_RECLAIM', 0xc00], ['GFP_DMA', 1], ['GFP_DMA32', 4],
  ...Object.entries({ AT_FDCWD, NULL: 0 }),
]);

export function constantNamed(name: string): number | undefined {
  return byName.get(name);
}

// of two names for a number the first counts: EAGAIN, not EWOULDBLOCK
const errorNames = new Map(errors.map(([name, number]) => [number, name] as const).reverse());

/** `ENOENT` of 2 and of -2; undefined: no such error. */
export function errorName(value: number | bigint): string | undefined {
  return errorNames.get(Math.abs(Number(value)));
}
