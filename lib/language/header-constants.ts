// Constants that scripts take from headers of the kernel and that its BTF does not have, because they are macros: with them
// `ntop(AF_INET, …)` needs no header to be installed.
//
//   facts  include/linux/socket.h; the numbers are the same on every architecture

import { AF_INET, AF_INET6 } from '../model/layout/value.js';

const byName: Readonly<Record<string, bigint>> = {
  AF_UNSPEC: 0n, AF_UNIX: 1n, AF_LOCAL: 1n, AF_INET: BigInt(AF_INET), AF_INET6: BigInt(AF_INET6), AF_KEY: 15n, AF_NETLINK: 16n, AF_PACKET: 17n, AF_CAN: 29n, AF_TIPC: 30n,
  AF_BLUETOOTH: 31n, AF_ALG: 38n, AF_VSOCK: 40n, AF_XDP: 44n,
};

export function headerConstant(name: string): bigint | undefined {
  return Object.hasOwn(byName, name) ? byName[name] : undefined;
}
