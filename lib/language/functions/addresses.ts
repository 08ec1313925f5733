// Addresses of networks: ntop, pton, macaddr.
//
//   idea   the program copies the bytes, in the order in which they travel; what prints the value makes the text
//   facts  inetBytes (model/layout/value.ts)

import { inetBytes } from '../../model/layout/value.js';
import { sizeInC } from '../../model/types/size.js';
import { type Type, spellType, uint32 } from '../../model/types/types.js';
import type { Value } from '../../model/ir/ir.js';
import * as say from '../diagnostics.js';
import { argumentOf, defineFunction } from './define.js';

const AF_INET = 2;
const AF_INET6 = 10;
const IPV4_BYTES = 4;
const IPV6_BYTES = 16;

/** Bytes of an address in memory; undefined: it is no array and no string. */
function bytesOf(type: Type): number | undefined {
  return type.kind === 'array' || type.kind === 'string' ? sizeInC(type) : undefined;
}

export const ntop = defineFunction({
  name: 'ntop', mode: 'R', doc: 'An internet address as text: 10.0.0.1, fe80::1.',
  params: [
    { name: 'af', accepts: 'integer', optional: true, doc: 'AF_INET (2) or AF_INET6 (10); without it the size of the address decides' },
    { name: 'addr', accepts: 'any', doc: 'integer with an IPv4 address in network order, array or string of 4 or 16 bytes' },
  ],
  check(call, c) {
    const address = call.args.at(-1)!;
    const type = c.typeOf(address);
    const size = type.kind === 'int' ? IPV4_BYTES : bytesOf(type);
    if (size === undefined && !(type.kind === 'none' && c.settling)) c.report(say.noInternetAddress.at(address.span, { type: spellType(type), ofStruct: type.kind === 'struct' }));
    if (size !== undefined && size !== IPV4_BYTES && size !== IPV6_BYTES) c.report(say.internetAddressSize.at(address.span, { size }));
    const family = call.args.length > 1 ? c.literal(call.args[0]!) : undefined;
    if (typeof family === 'bigint' && family !== BigInt(AF_INET) && family !== BigInt(AF_INET6)) c.report(say.noSuchFamily.at(call.args[0]!.span, { family }));
    else if (family === BigInt(AF_INET6) && size === IPV4_BYTES) c.report(say.shortForFamily.at(address.span, {}));
    return { kind: 'inet' };
  },
  lowerInto(call, l, to) {
    const { b } = l;
    const address = argumentOf(call, call.args.length - 1);
    const type = l.typeOf(address);
    const size = bytesOf(type) ?? IPV4_BYTES;
    const family = call.args.length > 1 ? l.value(argumentOf(call, 0), uint32) : b.const(size === IPV6_BYTES ? AF_INET6 : AF_INET);
    const at = to.offset + inetBytes.address;
    const storeFamily = (): void => {
      b.store(to.base, to.offset + inetBytes.family, 4, family);
      b.store(to.base, to.offset + inetBytes.family + 4, 4, 0);
    };
    if (type.kind === 'int') {
      const bytes = l.value(address, uint32);
      storeFamily();
      b.store(to.base, at, 4, bytes);
    } else {
      const from = l.place(address);
      storeFamily();
      b.copy(to.base, at, from.base, from.offset, size);
    }
    const rest = IPV6_BYTES - IPV4_BYTES;
    if (size === IPV4_BYTES) b.zero(to.base, at + IPV4_BYTES, rest);
    // Keys with one text are one key: of an IPv4 address only four bytes count.
    else if (!isFamily(family, AF_INET6)) l.branch('eq', family, AF_INET, () => b.zero(to.base, at + IPV4_BYTES, rest));
  },
});

function isFamily(value: Value, family: number): boolean {
  return value.isConst && value.constant === BigInt(family);
}
