// Addresses of networks: ntop, pton, macaddr.
//
//   idea   the program copies the bytes, in the order in which they travel; what prints the value makes the text
//   facts  inetBytes (model/layout/value.ts)

import { AF_INET, AF_INET6, inetBytes } from '../../model/layout/value.js';
import { sizeInC } from '../../model/types/size.js';
import { type Type, spellType, uint32, uint8 } from '../../model/types/types.js';
import type { Value } from '../../model/ir/ir.js';
import * as say from '../diagnostics.js';
import { parseInternetAddress } from '../internet-address.js';
import { argumentOf, defineFunction } from './define.js';
import { spaceOf } from './memory.js';

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const MAC_BYTES = 6;

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

export const pton = defineFunction({
  name: 'pton', mode: 'C', doc: 'The bytes of an internet address, in network order: uint8[4] or uint8[16].',
  params: [{ name: 'address', accepts: 'any', doc: 'IPv4 or IPv6 address, a literal' }],
  check(call, c) {
    const text = c.literal(call.args[0]!);
    if (typeof text !== 'string') c.report(say.noAddressLiteral.at(call.args[0]!.span, {}));
    const bytes = typeof text === 'string' ? parseInternetAddress(text) : undefined;
    if (typeof text === 'string' && bytes === undefined) c.report(say.badInternetAddress.at(call.args[0]!.span, { text }));
    return { kind: 'array', of: uint8, count: bytes?.length ?? IPV4_BYTES };
  },
  lowerInto: (call, l, to) => l.storeBytes(parseInternetAddress(String(l.literal(call.args[0]!)))!, to),
});

export const macaddr = defineFunction({
  name: 'macaddr', mode: 'R', doc: 'A hardware address as text: AA:BB:CC:DD:EE:FF.',
  params: [{ name: 'p', accepts: 'any', doc: 'pointer, array or string of 6 bytes; of a longer one the first 6' }],
  check(call, c) {
    const [address] = call.args;
    const type = c.typeOf(address!);
    const size = type.kind === 'pointer' ? MAC_BYTES : bytesOf(type);
    if (size === undefined && !(type.kind === 'none' && c.settling)) c.report(say.noHardwareAddress.at(address!.span, { type: spellType(type), isInteger: type.kind === 'int' }));
    // the length of a flexible array is not known
    if (size !== undefined && size < MAC_BYTES && !(type.kind === 'array' && type.count === 0)) c.report(say.hardwareAddressSize.at(address!.span, { size }));
    return { kind: 'mac' };
  },
  lowerInto(call, l, to) {
    const address = argumentOf(call, 0);
    const type = l.typeOf(address);
    if (type.kind === 'pointer') return l.probeRead(to, l.value(address), spaceOf(address, l), call.span);
    // of an array in traced memory no more than what is wanted is read
    if (type.kind === 'array' && !l.isDirect(address)) return l.probeRead(to, l.addressOf(address), spaceOf(address, l), call.span);
    const from = l.place(address);
    return l.b.copy(to.base, to.offset, from.base, from.offset, MAC_BYTES);
  },
});
