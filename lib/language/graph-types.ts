// Types that refer to each other by number (BTF, DWARF) as types of the language (language.md 1.13, 2.4).
//
//   facts  arrays of plain `char` are strings, other bytes are numbers; floats have no representation; a pointer's space is user when it carries the tag

import { typeTags } from '../model/btf/fields.js';
import { bug } from '../model/diagnostics/errors.js';
import type { TypeGraph } from '../model/btf/type-graph.js';
import type { BtfMember } from '../model/btf/types.js';
import { pointerTo } from '../model/types/space.js';
import { type MemberPlace, type StructMember, type StructType, type Type, bool, none, uint8, voidType } from '../model/types/types.js';

/** Types as they lie in kernel memory, each converted once. */
export class GraphTypes<G extends TypeGraph> {
  private readonly typeById = new Map<number, Type>();

  /** @param note  called for what is asked of a struct (StructType.noted), by its number
   *  @param relocatable  structs with a name are StructType.relocatable */
  constructor(readonly graph: G, private readonly note?: (id: number, what: string, place?: MemberPlace) => void, private readonly relocatable = false) {}

  type(id: number): Type {
    const known = this.typeById.get(id);
    if (known) return known;
    const type = this.convert(id);
    this.typeById.set(id, type);
    return type;
  }

  private convert(id: number): Type {
    const t = this.graph.resolve(id);
    switch (t.kind) {
      case 'void': return voidType;
      case 'int':
        if (t.bool) return bool;
        return t.sizeBytes <= 8 ? { kind: 'int', bits: (t.sizeBytes * 8) as 8 | 16 | 32 | 64, signed: t.signed } : { kind: 'none', bytes: t.sizeBytes };
      case 'float': return { kind: 'none', bytes: t.sizeBytes };
      case 'ptr': {
        if (typeTags(this.graph, id).includes('user')) return { ...pointerTo(this.type(t.type), 'user'), tagged: true };
        // what a pointer points at is converted when it is looked into, so that cycles end
        return lazyPointer(() => this.type(t.type), this.structOf(t.type));
      }
      case 'array': {
        const of = this.type(t.type);
        const element = this.graph.resolve(t.type);
        // a flexible array of characters has no bytes of its own to be a text
        if (element.kind === 'int' && element.name === 'char' && t.length > 0) return { kind: 'string', capacity: t.length };
        return { kind: 'array', of, count: t.length };
      }
      case 'struct': case 'union': return this.structAt(t.id);
      case 'enum': case 'enum64':
        return { kind: 'enum', name: t.name, bytes: t.sizeBytes as 1 | 2 | 4 | 8, ...(t.hasUnderlying ? { signed: t.signed } : {}), members: t.values.map((v) => [v.name, v.value] as const) };
      case 'fwd': return { kind: 'struct', tag: t.of, name: t.name, size: 0 };
      case 'func_proto': case 'func': return voidType;
      default: return none;
    }
  }

  protected structOf(id: number): StructType | undefined {
    const t = this.graph.resolve(id);
    return t.kind === 'struct' || t.kind === 'union' ? this.structAt(t.id) : undefined;
  }

  private structById = new Map<number, StructType>();

  protected structAt(id: number): StructType {
    const known = this.structById.get(id);
    if (known) return known;
    const t = this.graph.resolve(id);
    if (t.kind !== 'struct' && t.kind !== 'union') return bug('language', `BTF type ${id} is a ${t.kind}, not a struct`);
    let members: readonly StructMember[] | undefined;
    const { note } = this;
    const struct: StructType = {
      kind: 'struct', tag: t.kind, name: t.name, size: t.sizeBytes,
      loadFields: () => (members ??= t.members.map((m) => this.member(m, t.sizeBytes))),
      ...(note && { noted: (what: string, place?: MemberPlace) => note(t.id, what, place) }),
      ...(this.relocatable && t.name !== '' && { relocatable: true as const }),
    };
    this.structById.set(id, struct);
    return struct;
  }

  private member(m: BtfMember, structBytes: number): StructMember {
    let type = this.type(m.type);
    let bits = m.bitfieldSize;
    let at = m.offsetBits;
    const raw = this.graph.resolve(m.type);
    if (bits === 0 && raw.kind === 'int' && raw.bits !== raw.sizeBytes * 8) {
      bits = raw.bits;
      at += raw.offsetBits;
    }
    const tags = typeTags(this.graph, m.type).filter((tag) => tag !== 'user');
    if (bits === 0) return { name: m.name, ...(m.isBase ? { isBase: m.isBase } : {}), type, offset: at / 8, ...(tags.length > 0 ? { tags } : {}) };
    const unit = raw.kind === 'int' || raw.kind === 'enum' || raw.kind === 'enum64' ? raw.sizeBytes : 4;
    const aligned = Math.floor(at / (unit * 8)) * unit;
    // in a packed struct the bits may reach into the next unit, which are read from their first byte on, or the unit beyond the end of the struct
    const start = at + bits > (aligned + unit) * 8 ? Math.floor(at / 8) : aligned + unit > structBytes && structBytes >= unit ? structBytes - unit : aligned;
    if (at - start * 8 + bits > 64) return { name: m.name, type: { kind: 'none', bytes: unit }, offset: start };
    if (type.kind === 'bool') type = uint8;
    return { name: m.name, type, offset: start, bitfield: { shift: at - start * 8, bits } };
  }
}

/** A pointer whose pointee is found when first asked for. */
function lazyPointer(load: () => Type, direct: Type | undefined): Type {
  if (direct) return { kind: 'pointer', to: direct, space: 'kernel' };
  let to: Type | undefined;
  return {
    kind: 'pointer',
    get to() {
      return (to ??= load());
    },
    space: 'kernel',
  };
}
