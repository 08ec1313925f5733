// Readers: from the bytes of a type to its value.
//
//   in     a Type (and the layouts of model/layout)
//   out    (view, offset) => Value, built once per type, called per value
//   facts  integers of at most 32 bits are numbers, of 64 bits bigints; all is little endian

import { inetBytes, type StackValue, type Value } from '../../model/layout/value.js';
import { buildIdBytes, placeElements, sizeInC, stackBytes, stackPlaces, symbolBytes } from '../../model/types/size.js';
import { flatMembers, isSigned, type EnumType, type IntType, type StackType, type StructMember, type StructType, type Type } from '../../model/types/types.js';
import { bug } from '../../model/diagnostics/errors.js';
import { inetText } from './inet.js';
import { readFixedString } from './strings.js';

export type Reader = (view: DataView, offset: number) => Value;

export interface ReadOptions {
  /** added to strings that were cut (config str_trunc_trailer) */
  readonly truncationTrailer: string;
}

export const defaultReadOptions: ReadOptions = { truncationTrailer: '..' };


export function compileReader(type: Type, options: ReadOptions = defaultReadOptions): Reader {
  switch (type.kind) {
    case 'bool': return (view, at) => view.getUint8(at) !== 0;
    case 'int': return integerReader(type);
    case 'enum': return enumReader(type, 8);
    case 'pointer': return (view, at) => view.getBigUint64(at, true);
    case 'username': return (view, at) => view.getBigUint64(at, true);
    case 'string': return (view, at) => readFixedString(view, at, type.capacity, options.truncationTrailer);
    case 'buffer': return (view, at) => bytesAt(view, at + 4, Math.min(view.getUint32(at, true), type.capacity)).slice();
    case 'array': return arrayReader(type.of, type.count, options);
    case 'tuple': return tupleReader(type.elements, options);
    case 'record': {
      const read = tupleReader(type.fields.map((f) => f.type), options);
      return (view, at) => {
        const values = read(view, at);
        return Object.fromEntries(type.fields.map((field, i) => [field.name, values[i]!]));
      };
    }
    case 'struct': return structReader(type, options);
    case 'stack': return stackReader(type);
    case 'ksym': return (view, at) => ({ $: 'symbol', address: view.getBigUint64(at, true), pid: 0, program: 0 });
    case 'usym':
      return (view, at) => ({ $: 'symbol', address: view.getBigUint64(at + symbolBytes.address, true), pid: view.getUint32(at + symbolBytes.pid, true), program: view.getUint32(at + symbolBytes.program, true) });
    case 'timestamp': return (view, at) => ({ $: 'timestamp', ns: view.getBigUint64(at, true), ...type.formats[view.getUint32(at + 8, true)]! });
    case 'cgroup_path': return (view, at) => view.getBigUint64(at, true);
    case 'inet': return (view, at) => inetText(view.getUint32(at + inetBytes.family, true), bytesAt(view, at + inetBytes.address, 16));
    case 'mac': return (view, at) => [...bytesAt(view, at, 6)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
    case 'void': case 'none': return () => null;
    case 'aggregate': case 'context': return bug('collect', `a value of type ${type.kind} has no bytes to read`);
  }
}

export function integerReader({ bits, signed }: IntType): (view: DataView, offset: number) => number | bigint {
  switch (bits) {
    case 8: return signed ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at);
    case 16: return signed ? (view, at) => view.getInt16(at, true) : (view, at) => view.getUint16(at, true);
    case 32: return signed ? (view, at) => view.getInt32(at, true) : (view, at) => view.getUint32(at, true);
    case 64: return signed ? (view, at) => view.getBigInt64(at, true) : (view, at) => view.getBigUint64(at, true);
  }
}

function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

/** In C's places an enum has the width C gives it. */
function memberReader(type: Type, options: ReadOptions): Reader {
  if (type.kind === 'enum') return enumReader(type, type.bytes);
  // an array of characters needs no NUL, and nothing was cut off where there is none
  if (type.kind === 'string') return (view, at) => readFixedString(view, at, sizeInC(type), '');
  return compileReader(type, options);
}

function enumReader(type: EnumType, bytes: number): Reader {
  const read = integerReader({ kind: 'int', bits: (bytes * 8) as 8 | 16 | 32 | 64, signed: isSigned(type) });
  return (view, at) => BigInt(read(view, at));
}

function arrayReader(of: Type, count: number, options: ReadOptions): Reader {
  const read = memberReader(of, options);
  const stride = sizeInC(of);
  return (view, at) => Array.from({ length: count }, (_, i) => read(view, at + i * stride));
}

function tupleReader(types: readonly Type[], options: ReadOptions): (view: DataView, offset: number) => Value[] {
  const { offsets } = placeElements(types);
  const readers = types.map((type) => compileReader(type, options));
  return (view, at) => readers.map((read, i) => read(view, at + offsets[i]!));
}

/** Members of anonymous structs and unions are the struct's own, as in C. */
function structReader(type: StructType, options: ReadOptions): Reader {
  const members = flatMembers(type).map((member) => ({ name: member.name, offset: member.offset, read: fieldReader(member, options) }));
  return (view, at) => {
    const value: Record<string, Value> = {};
    for (const { name, offset, read } of members) value[name] = read(view, at + offset);
    return value;
  };
}

function fieldReader(member: StructMember, options: ReadOptions): Reader {
  const { type, bitfield } = member;
  if (!bitfield) return memberReader(type, options);
  // those that hold the bits: the unit may end elsewhere in a packed struct
  const bytes = Math.ceil((bitfield.shift + bitfield.bits) / 8);
  const signed = isSigned(type);
  return (view, at) => {
    const shifted = readBytes(view, at, bytes) >> BigInt(bitfield.shift);
    const bits = signed ? BigInt.asIntN(bitfield.bits, shifted) : BigInt.asUintN(bitfield.bits, shifted);
    if (type.kind === 'bool') return bits !== 0n;
    return type.kind === 'int' && type.bits < 64 ? Number(bits) : bits;
  };
}

function readBytes(view: DataView, at: number, count: number): bigint {
  let word = 0n;
  for (let i = count - 1; i >= 0; i--) word = (word << 8n) | BigInt(view.getUint8(at + i));
  return word;
}

function stackReader(type: StackType): Reader {
  const user = type.space === 'user';
  const { entries, entryBytes } = stackPlaces(type);
  return (view, at): StackValue => {
    const length = Number(view.getBigInt64(at + stackBytes.length, true));
    const count = Math.max(0, Math.min(Math.floor(length / entryBytes), type.limit));
    const addresses: bigint[] = [];
    const buildIds: (string | undefined)[] = [];
    for (let i = 0; i < count; i++) {
      const entry = at + entries + i * entryBytes;
      if (type.mode !== 'build_id') {
        addresses.push(view.getBigUint64(entry, true));
        continue;
      }
      const status = view.getUint32(entry + buildIdBytes.status, true);
      if (status === 0) break;
      addresses.push(view.getBigUint64(entry + buildIdBytes.offset, true));
      buildIds.push(status === 1 ? Buffer.from(bytesAt(view, entry + buildIdBytes.id, buildIdBytes.idSize)).toString('hex') : undefined);
    }
    return {
      $: 'stack', addresses,
      pid: user ? view.getUint32(at + stackBytes.pid, true) : 0,
      program: user ? view.getUint32(at + stackBytes.program, true) : 0,
      ...(type.mode === 'build_id' ? { buildIds } : {}),
    };
  };
}
