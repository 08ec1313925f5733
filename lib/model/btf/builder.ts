// Writes BTF: types in the order of the calls, strings once each.
//
//   in     one call per type; answers the new type's id
//   out    finish(): the blob, header first
//   facts  <linux/btf.h>; ids may be used before their type is added, the kernel checks the whole at load

import { ByteWriter } from './byte-writer.js';
import type { BtfKind, BtfParameter, FuncLinkage, TypeId, VarLinkage } from './types.js';
import { BTF_HEADER_BYTES, BTF_MAGIC, btfKinds } from './types.js';

const linkages: readonly (FuncLinkage | VarLinkage)[] = ['static', 'global', 'extern'];
const kindNumbers = new Map(btfKinds.map((kind, number) => [kind, number]));

export interface MemberInput {
  readonly name: string;
  readonly type: TypeId;
  readonly offsetBits: number;
  /** 0 or absent when it is no bit field */
  readonly bitfieldSize?: number;
}

export class BtfBuilder {
  private readonly types = new ByteWriter(4096);
  private readonly strings = new ByteWriter(4096).u8(0);
  private readonly offsetByText = new Map<string, number>([['', 0]]);
  private readonly idByKey = new Map<string, TypeId>();
  private count = 0;

  /** Id that the next new type gets. */
  get nextId(): TypeId {
    return this.count + 1;
  }

  /** Offset of a text in the string section; any text will do, but names of types must be C identifiers for the kernel. */
  string(text: string): number {
    let offset = this.offsetByText.get(text);
    if (offset === undefined) {
      offset = this.strings.length;
      this.strings.text(text);
      this.offsetByText.set(text, offset);
    }
    return offset;
  }

  /** The same int is added once only. */
  int(name: string, sizeBytes: number, encoding: { signed?: boolean; char?: boolean; bool?: boolean; bits?: number; offsetBits?: number } = {}): TypeId {
    const flags = (encoding.signed ? 1 : 0) | (encoding.char ? 2 : 0) | (encoding.bool ? 4 : 0);
    const word = (flags << 24) | ((encoding.offsetBits ?? 0) << 16) | (encoding.bits ?? sizeBytes * 8);
    return this.once(`int ${name} ${sizeBytes} ${word}`, () => {
      const id = this.start('int', name, 0, sizeBytes);
      this.types.u32(word);
      return id;
    });
  }

  /** The same pointer is added once only. */
  ptr(type: TypeId): TypeId {
    return this.once(`ptr ${type}`, () => this.start('ptr', '', 0, type));
  }

  /** The same array is added once only. */
  array(type: TypeId, length: number, indexType: TypeId): TypeId {
    return this.once(`array ${type} ${length} ${indexType}`, () => {
      const id = this.start('array', '', 0, 0);
      this.types.u32(type).u32(indexType).u32(length);
      return id;
    });
  }

  struct(name: string, sizeBytes: number, members: readonly MemberInput[]): TypeId {
    return this.composite('struct', name, sizeBytes, members);
  }

  union(name: string, sizeBytes: number, members: readonly MemberInput[]): TypeId {
    return this.composite('union', name, sizeBytes, members);
  }

  enum(name: string, sizeBytes: number, values: readonly { readonly name: string; readonly value: bigint | number }[], signed = false): TypeId {
    const id = this.start('enum', name, values.length, sizeBytes, signed);
    for (const { name: valueName, value } of values) this.types.u32(this.string(valueName)).u32(Number(BigInt.asUintN(32, BigInt(value))));
    return id;
  }

  /** Enumeration of 64-bit values (kernel 6.0). */
  enum64(name: string, sizeBytes: number, values: readonly { readonly name: string; readonly value: bigint }[], signed = false): TypeId {
    const id = this.start('enum64', name, values.length, sizeBytes, signed);
    for (const { name: valueName, value } of values) {
      const bits = BigInt.asUintN(64, value);
      this.types.u32(this.string(valueName)).u32(Number(bits & 0xffffffffn)).u32(Number(bits >> 32n));
    }
    return id;
  }

  fwd(name: string, of: 'struct' | 'union'): TypeId {
    return this.start('fwd', name, 0, 0, of === 'union');
  }

  typedef(name: string, type: TypeId): TypeId {
    return this.start('typedef', name, 0, type);
  }

  /** `volatile`, `const`, `restrict`; each once only for a type. */
  qualified(kind: 'volatile' | 'const' | 'restrict', type: TypeId): TypeId {
    return this.once(`${kind} ${type}`, () => this.start(kind, '', 0, type));
  }

  typeTag(name: string, type: TypeId): TypeId {
    return this.start('type_tag', name, 0, type);
  }

  /** @param component  index of the member or parameter, -1 for the type itself */
  declTag(name: string, type: TypeId, component: number): TypeId {
    const id = this.start('decl_tag', name, 0, type);
    this.types.u32(component);
    return id;
  }

  float(name: string, sizeBytes: number): TypeId {
    return this.start('float', name, 0, sizeBytes);
  }

  funcProto(returns: TypeId, parameters: readonly BtfParameter[]): TypeId {
    const id = this.start('func_proto', '', parameters.length, returns);
    for (const { name, type } of parameters) this.types.u32(this.string(name)).u32(type);
    return id;
  }

  func(name: string, proto: TypeId, linkage: FuncLinkage): TypeId {
    return this.start('func', name, linkages.indexOf(linkage), proto);
  }

  var(name: string, type: TypeId, linkage: VarLinkage): TypeId {
    const id = this.start('var', name, 0, type);
    this.types.u32(linkages.indexOf(linkage));
    return id;
  }

  datasec(name: string, sizeBytes: number, variables: readonly { readonly type: TypeId; readonly offset: number; readonly sizeBytes: number }[]): TypeId {
    const id = this.start('datasec', name, variables.length, sizeBytes);
    for (const variable of variables) this.types.u32(variable.type).u32(variable.offset).u32(variable.sizeBytes);
    return id;
  }

  finish(): Uint8Array {
    const types = this.types.finish();
    const strings = this.strings.finish();
    return new ByteWriter(BTF_HEADER_BYTES + types.length + strings.length)
      .u16(BTF_MAGIC).u8(1).u8(0).u32(BTF_HEADER_BYTES)
      .u32(0).u32(types.length).u32(types.length).u32(strings.length)
      .raw(types).raw(strings).finish();
  }

  private composite(kind: 'struct' | 'union', name: string, sizeBytes: number, members: readonly MemberInput[]): TypeId {
    const bitfields = members.some((member) => member.bitfieldSize);
    const id = this.start(kind, name, members.length, sizeBytes, bitfields);
    for (const member of members) {
      const width = bitfields ? (member.bitfieldSize ?? 0) << 24 : 0;
      this.types.u32(this.string(member.name)).u32(member.type).u32(width | member.offsetBits);
    }
    return id;
  }

  private once(key: string, add: () => TypeId): TypeId {
    let id = this.idByKey.get(key);
    if (id === undefined) this.idByKey.set(key, (id = add()));
    return id;
  }

  /** The three words that every type has. */
  private start(kind: BtfKind, name: string, vlen: number, sizeOrType: number, flag = false): TypeId {
    this.types.u32(this.string(name)).u32(((flag ? 0x80 : 0) | kindNumbers.get(kind)!) << 24 | vlen).u32(sizeOrType);
    return ++this.count;
  }
}
