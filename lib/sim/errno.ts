// The errnos that modelled maps and helpers answer, as the kernel does: negative.
//
//   facts  include/uapi/asm-generic/errno-base.h, errno.h

export const errno = {
  EPERM: 1, ENOENT: 2, E2BIG: 7, EAGAIN: 11, ENOMEM: 12, EFAULT: 14, EBUSY: 16, EEXIST: 17, EINVAL: 22, ENOSPC: 28, ERANGE: 34, ENAMETOOLONG: 36, EOPNOTSUPP: 95,
} as const;

export type ErrnoName = keyof typeof errno;

/** `-EINVAL` for -22, the number itself when it has no name here. */
export function errnoText(negative: number): string {
  for (const [name, value] of Object.entries(errno)) if (value === -negative) return `-${name}`;
  return String(negative);
}
