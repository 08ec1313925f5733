// Names of numbers that C programs get from headers, and that types of the kernel do not have: errno, flags of files, families of addresses.

import { constants as fsConstants } from 'node:fs';
import { constants } from 'node:os';

const families = { AF_UNSPEC: 0, AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, AF_NETLINK: 16, AF_PACKET: 17 };

const byName = new Map<string, number>([
  ...Object.entries(constants.errno),
  ...Object.entries(constants.signals),
  ...Object.entries(fsConstants).filter(([name]) => /^[OS]_/.test(name)),
  // Node has the value that its libc uses: 0 on 64-bit Linux
  ['O_LARGEFILE', 0o100000],
  ['AT_FDCWD', -100],
  ['NULL', 0],
  ...Object.entries(families),
]);

export function constantNamed(name: string): number | undefined {
  return byName.get(name);
}

const errnoNames = new Map(Object.entries(constants.errno).reverse().map(([name, number]) => [number, name]));

/** `ENOENT` of 2 and of -2; undefined: no such error. */
export function errnoName(value: bigint): string | undefined {
  return errnoNames.get(Number(value < 0n ? -value : value));
}
