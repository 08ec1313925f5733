// Kernel types (BTF) as types of the language (language.md 1.13, 2.4).
//
//   facts  arrays of plain `char` are strings, other bytes are numbers; floats have no representation; a pointer's space is user when it carries the tag

import type { Btf } from '../model/btf/btf.js';
import { typeTags } from '../model/btf/fields.js';
import { type BtfMember, isModifier } from '../model/btf/types.js';
import { type AddressSpace, type StructMember, type StructType, type Type, bool, none, voidType } from '../model/types/types.js';

/** Types of one BTF, each converted once. `space` is where pointers point that say nothing else. */
export class BtfTypes {
  private readonly typeByKey = new Map<string, Type>();

  constructor(readonly btf: Btf) {}

  type(id: number, space: AddressSpace): Type {
    const key = `${id}:${space}`;
    const known = this.typeByKey.get(key);
    if (known) return known;
    const type = this.convert(id, space);
    this.typeByKey.set(key, type);
    return type;
  }

  private convert(id: number, space: AddressSpace): Type {
    const t = this.btf.resolve(id);
    switch (t.kind) {
      case 'void': return voidType;
      case 'int':
        if (t.bool) return bool;
        return t.sizeBytes <= 8 ? { kind: 'int', bits: (t.sizeBytes * 8) as 8 | 16 | 32 | 64, signed: t.signed } : none;
      case 'ptr': {
        const tags = typeTags(this.btf, id);
        const pointed: AddressSpace = tags.includes('user') ? 'user' : space;
        // what a pointer points at is converted when it is looked into, so that cycles end
        return lazyPointer(() => this.type(t.type, pointed), this.nameOfPointee(t.type), pointed);
      }
      case 'array': {
        const of = this.type(t.type, space);
        const element = this.btf.resolve(t.type);
        if (element.kind === 'int' && element.name === 'char') return { kind: 'string', capacity: t.length };
        return { kind: 'array', of, count: t.length };
      }
      case 'struct': case 'union': return this.struct(t.id, space);
      case 'enum': case 'enum64':
        return { kind: 'enum', name: t.name, bytes: t.sizeBytes as 1 | 2 | 4 | 8, members: t.values.map((v) => [v.name, v.value] as const) };
      case 'fwd': return { kind: 'struct', tag: t.of, name: t.name, size: 0 };
      case 'func_proto': case 'func': return voidType;
      default: return none;
    }
  }

  private nameOfPointee(id: number): Type | undefined {
    const t = this.btf.resolve(id);
    if (t.kind === 'struct' || t.kind === 'union') return this.struct(t.id, 'kernel');
    return undefined;
  }

  private structs = new Map<string, StructType>();

  struct(id: number, space: AddressSpace): StructType {
    const key = `${id}:${space}`;
    const known = this.structs.get(key);
    if (known) return known;
    const t = this.btf.resolve(id);
    if (t.kind !== 'struct' && t.kind !== 'union') throw new Error(`BTF type ${id} is a ${t.kind}, not a struct`);
    let members: readonly StructMember[] | undefined;
    const struct: StructType = {
      kind: 'struct', tag: t.kind, name: t.name, size: t.sizeBytes,
      loadFields: () => (members ??= t.members.map((m) => this.member(m, space))),
    };
    this.structs.set(key, struct);
    return struct;
  }

  private member(m: BtfMember, space: AddressSpace): StructMember {
    let type = this.type(m.type, space);
    let bits = m.bitfieldSize;
    let at = m.offsetBits;
    const raw = this.btf.resolve(m.type);
    if (bits === 0 && raw.kind === 'int' && raw.bits !== raw.sizeBytes * 8) {
      bits = raw.bits;
      at += raw.offsetBits;
    }
    const tags = typeTags(this.btf, m.type).filter((tag) => tag !== 'user');
    if (bits === 0) return { name: m.name, type, offset: at / 8, ...(tags.length > 0 ? { tags } : {}) };
    const unit = raw.kind === 'int' || raw.kind === 'enum' || raw.kind === 'enum64' ? raw.sizeBytes : 4;
    const start = Math.floor(at / (unit * 8)) * unit;
    if (type.kind === 'bool') type = { kind: 'int', bits: 8, signed: false };
    return { name: m.name, type, offset: start, bitfield: { shift: at - start * 8, bits } };
  }

  /** Last modifier-free name of a struct for messages. */
  find(name: string, tag?: 'struct' | 'union'): StructType | undefined {
    const kinds = tag ? [tag] : (['struct', 'union'] as const);
    for (const kind of kinds) {
      const id = this.btf.find(kind, name);
      if (id !== undefined) return this.struct(id, 'kernel');
    }
    if (tag) return undefined;
    const alias = this.btf.find('typedef', name);
    if (alias === undefined) return undefined;
    const t = this.btf.resolve(alias);
    return t.kind === 'struct' || t.kind === 'union' ? this.struct(t.id, 'kernel') : undefined;
  }
}

/** A pointer whose pointee is found when first asked for. */
function lazyPointer(load: () => Type, direct: Type | undefined, space: AddressSpace): Type {
  if (direct) return { kind: 'pointer', to: direct, space };
  let to: Type | undefined;
  return {
    kind: 'pointer',
    get to() {
      return (to ??= load());
    },
    space,
  };
}

/** True when the type at `id`, below names and qualifiers, is a pointer. */
export function isPointer(btf: Btf, id: number): boolean {
  let t = btf.type(id);
  while (isModifier(t)) t = btf.type(t.type);
  return t.kind === 'ptr';
}
