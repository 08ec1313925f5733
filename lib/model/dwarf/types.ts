// Types of debug information in the shapes that BTF has for them.
//
//   idea   every entry gets a number when it is first mentioned and is read when its number is asked for, so that one struct of a large program
//          costs what it refers to and no more
//   facts  DWARF 5 chapter 5. A base class is a member without a name, so that its members are those of the derived class; references are
//          pointers. Types of other languages that C has no word for have a size and no more

import type { TypeGraph } from '../btf/type-graph.js';
import { type BtfMember, type BtfParameter, type BtfType, type TypeId, isModifier } from '../btf/types.js';
import { attribute, convention, encoding, tag } from './constants.js';
import { DamagedDwarf } from './cursor.js';
import type { Entry, FileOfUnits } from './unit.js';

const VOID: TypeId = 0;
const MOST_DEPTH = 64;
const MOST_MEMBERS = 1 << 16;
const POINTER_BYTES = 8;
/** DW_OP_plus_uconst, DW_OP_constu: a member's place as an expression */
const placeOperations = [0x23, 0x10];

export class DwarfGraph implements TypeGraph {
  private readonly entryById: (Entry | { readonly made: (id: TypeId) => BtfType })[] = [];
  private readonly idByEntry = new Map<FileOfUnits, Map<number, TypeId>>();
  private readonly typeById = new Map<TypeId, BtfType>();
  /** structs whose members are being looked at */
  private readonly open = new Set<TypeId>();

  /** Of the type that an entry describes; of no entry void. */
  readonly idOf = (entry: Entry | undefined): TypeId => {
    if (entry === undefined) return VOID;
    const { file } = entry.unit;
    let ids = this.idByEntry.get(file);
    if (ids === undefined) this.idByEntry.set(file, ids = new Map<number, TypeId>());
    let id = ids.get(entry.offset);
    if (id === undefined) ids.set(entry.offset, id = this.entryById.push(entry));
    return id;
  };

  type(id: TypeId): BtfType {
    if (id === VOID) return { kind: 'void', id, name: '' };
    const known = this.typeById.get(id);
    if (known) return known;
    const entry = this.entryById[id - 1];
    if (entry === undefined) throw new DamagedDwarf(`type ${id} is not there`);
    const type = 'made' in entry ? entry.made(id) : entry.unit.file.guarded(() => this.convert(id, entry));
    this.typeById.set(id, type);
    // a chain of names or arrays that never ends is found here, before somebody follows it
    if (type.kind === 'array' || isModifier(type)) this.sizeOf(id);
    return type;
  }

  resolve(id: TypeId): BtfType {
    let type = this.type(id);
    for (let depth = 0; isModifier(type); depth++) {
      if (depth === MOST_DEPTH) throw new DamagedDwarf('a type refers to itself');
      type = this.type(type.type);
    }
    return type;
  }

  sizeOf(id: TypeId): number | undefined {
    let count = 1;
    let type = this.resolve(id);
    for (let depth = 0; type.kind === 'array'; depth++) {
      if (depth === MOST_DEPTH) throw new DamagedDwarf('an array has itself as an element');
      count *= type.length;
      type = this.resolve(type.type);
    }
    if (type.kind === 'ptr') return count * POINTER_BYTES;
    return 'sizeBytes' in type ? count * type.sizeBytes : undefined;
  }

  /** How C++ passes a class, as the compiler says, or as the class itself shows; undefined where neither is certain.
   *  An object that a constructor of its own copies, or that has a destructor or virtual functions, is passed by reference. */
  passing(id: TypeId): 'value' | 'reference' | undefined {
    const { id: resolved, kind } = this.resolve(id);
    const entry = this.entryById[resolved - 1];
    if ((kind !== 'struct' && kind !== 'union') || entry === undefined || 'made' in entry) return undefined;
    const how = entry.number(attribute.callingConvention);
    if (how !== undefined) return how === convention.passByReference ? 'reference' : how === convention.passByValue ? 'value' : undefined;
    return entry.unit.file.guarded(() => this.passingOfParts(entry));
  }

  private passingOfParts(entry: Entry): 'value' | 'reference' | undefined {
    let isCertain = true;
    for (const child of entry.children()) {
      if (child.tag === tag.inheritance && child.has(attribute.virtuality)) return 'reference';
      if (child.tag === tag.subprogram) {
        if ((child.number(attribute.virtuality) ?? 0) > 0) return 'reference';
        // before DWARF 5 nothing shows whether such a function was left to the compiler, which then copies bytes
        if (!child.has(attribute.artificial) && isSpecial(child, entry)) isCertain = false;
        if (!isCertain && entry.unit.header.version >= 5 && !child.has(attribute.defaulted) && !child.has(attribute.deleted) && isSpecial(child, entry)) return 'reference';
      }
      const part = (child.tag === tag.member && !child.has(attribute.external) && !child.has(attribute.declaration)) || child.tag === tag.inheritance ? this.partOf(child) : undefined;
      const how = part === undefined ? 'value' : this.passing(part);
      if (how === 'reference') return how;
      isCertain &&= how === 'value';
    }
    return isCertain ? 'value' : undefined;
  }

  /** The class that a member is, or is an array of. */
  private partOf(member: Entry): TypeId | undefined {
    let type = this.resolve(this.of(member));
    while (type.kind === 'array') type = this.resolve(type.type);
    return type.kind === 'struct' || type.kind === 'union' ? type.id : undefined;
  }

  /** Whether a type that is no integer is a number all the same, and not something that C has no word for. */
  isArithmetic(id: TypeId): boolean {
    const entry = this.entryById[id - 1];
    return entry !== undefined && !('made' in entry) && entry.tag === tag.baseType;
  }

  private make(made: (id: TypeId) => BtfType): TypeId {
    return this.entryById.push({ made });
  }

  private of(entry: Entry): TypeId {
    return this.idOf(entry.entry(attribute.type));
  }

  private convert(id: TypeId, entry: Entry): BtfType {
    const { name } = entry;
    switch (entry.tag) {
      case tag.baseType: return baseType(id, name, entry);
      case tag.pointerType: case tag.referenceType: case tag.rvalueReferenceType: return { kind: 'ptr', id, name: '', type: this.of(entry) };
      case tag.typedef: return { kind: 'typedef', id, name, type: this.of(entry) };
      case tag.constType: return { kind: 'const', id, name: '', type: this.of(entry) };
      case tag.volatileType: case tag.atomicType: return { kind: 'volatile', id, name: '', type: this.of(entry) };
      case tag.restrictType: return { kind: 'restrict', id, name: '', type: this.of(entry) };
      case tag.arrayType: return this.arrayType(id, entry);
      case tag.structureType: case tag.classType: case tag.unionType: return this.struct(id, name, entry);
      case tag.enumerationType: return this.enumeration(id, name, entry);
      case tag.subroutineType: return { kind: 'func_proto', id, name: '', returns: this.of(entry), parameters: this.parameters(entry) };
      case tag.unspecifiedType: return { kind: 'typedef', id, name, type: VOID };
      default: return { kind: 'float', id, name: name || 'unknown', sizeBytes: sizeFrom(entry) };
    }
  }

  private arrayType(id: TypeId, entry: Entry): BtfType {
    const lengths: number[] = [];
    for (const child of entry.children()) if (child.tag === tag.subrangeType) lengths.push(lengthOf(child));
    if (lengths.length > MOST_DEPTH) throw new DamagedDwarf('an array has too many dimensions');
    const inner = lengths.slice(1).reduceRight<TypeId>((of, length) => this.make((made) => ({ kind: 'array', id: made, name: '', type: of, indexType: VOID, length })), this.of(entry));
    return { kind: 'array', id, name: '', type: inner, indexType: VOID, length: lengths[0] ?? 0 };
  }

  private struct(id: TypeId, name: string, entry: Entry): BtfType {
    const kind = entry.tag === tag.unionType ? 'union' : 'struct';
    const elsewhere = entry.entry(attribute.signature);
    if (elsewhere) return this.type(this.idOf(elsewhere));
    if (entry.has(attribute.declaration)) {
      const whole = entry.entry(attribute.specification);
      return whole ? this.type(this.idOf(whole)) : { kind: 'fwd', id, name, of: kind };
    }
    const members: BtfMember[] = [];
    if (this.open.has(id) || this.open.size > MOST_DEPTH) throw new DamagedDwarf(`${kind} ${name} contains itself`);
    this.open.add(id);
    try {
      for (const child of entry.children()) {
        const member = child.tag === tag.member || child.tag === tag.inheritance ? this.member(child) : undefined;
        if (member !== undefined) members.push(member);
        if (members.length > MOST_MEMBERS) throw new DamagedDwarf(`${kind} ${name} has too many members`);
      }
    } finally {
      this.open.delete(id);
    }
    return { kind, id, name, sizeBytes: sizeFrom(entry), members };
  }

  /** undefined: it has no place in the struct, or one that only shows at run time. */
  private member(entry: Entry): BtfMember | undefined {
    if (entry.has(attribute.external) || entry.has(attribute.declaration)) return undefined;
    const isBase = entry.tag === tag.inheritance;
    const type = this.of(entry);
    const bits = entry.integer(attribute.bitSize) ?? 0;
    const first = placeOf(entry);
    if (first === undefined) return undefined;
    const fromStart = entry.integer(attribute.dataBitOffset);
    const fromEnd = entry.integer(attribute.bitOffset);
    // this reads what lies in the struct as part of it, so that one that contains itself is found
    const size = this.sizeOf(type);
    const unit = (entry.integer(attribute.byteSize) ?? size ?? 4) * 8;
    const offsetBits = fromStart ?? (fromEnd === undefined ? first * 8 : first * 8 + unit - fromEnd - bits);
    if (offsetBits < 0 || bits < 0 || bits > 64) throw new DamagedDwarf(`a member lies at bit ${offsetBits}`);
    return { name: isBase ? '' : entry.name, ...(isBase ? { isBase } : {}), type, offsetBits, bitfieldSize: bits };
  }

  private enumeration(id: TypeId, name: string, entry: Entry): BtfType {
    const whole = entry.entry(attribute.signature);
    if (whole) return this.type(this.idOf(whole));
    const sizeBytes = [1, 2, 4, 8].find((size) => size === sizeFrom(entry)) ?? 4;
    const underlying = this.resolve(this.of(entry));
    const hasUnderlying = underlying.kind === 'int';
    const values: { readonly name: string; readonly value: bigint }[] = [];
    for (const child of entry.children()) {
      const value = child.tag === tag.enumerator ? child.get(attribute.constValue) : undefined;
      if (typeof value !== 'number' && typeof value !== 'bigint') continue;
      const whole = BigInt(value);
      values.push({ name: child.name, value: hasUnderlying && underlying.signed ? BigInt.asIntN(8 * sizeBytes, whole) : whole });
      if (values.length > MOST_MEMBERS) throw new DamagedDwarf(`enum ${name} has too many values`);
    }
    return { kind: sizeBytes === 8 ? 'enum64' : 'enum', id, name, sizeBytes, signed: hasUnderlying ? underlying.signed : values.some(({ value }) => value < 0n), ...(hasUnderlying ? { hasUnderlying } : {}), values };
  }

  private parameters(entry: Entry): readonly BtfParameter[] {
    const found: BtfParameter[] = [];
    for (const child of entry.children()) {
      if (child.tag === tag.formalParameter) found.push({ name: child.name, type: this.of(child) });
      else if (child.tag === tag.unspecifiedParameters) found.push({ name: '', type: VOID });
    }
    return found;
  }
}

/** A destructor, or a constructor that copies or moves. */
function isSpecial(member: Entry, of: Entry): boolean {
  const { name } = member;
  if (name.startsWith('~')) return true;
  // the name of a template's constructor is that of the class without its arguments
  if (name !== of.name.replace(/<.*$/s, '')) return false;
  const [, first] = [...member.children()].filter((child) => child.tag === tag.formalParameter);
  const reference = first?.entry(attribute.type);
  if (reference?.tag !== tag.referenceType && reference?.tag !== tag.rvalueReferenceType) return false;
  let to = reference.entry(attribute.type);
  if (to?.tag === tag.constType) to = to.entry(attribute.type);
  return to === undefined || to.name === of.name;
}

function sizeFrom(entry: Entry): number {
  const size = entry.integer(attribute.byteSize) ?? 0;
  if (size < 0) throw new DamagedDwarf('a type has less than no bytes');
  return size;
}

function baseType(id: TypeId, name: string, entry: Entry): BtfType {
  const sizeBytes = sizeFrom(entry);
  const how = entry.number(attribute.encoding);
  const isInteger = [encoding.address, encoding.boolean, encoding.signed, encoding.signedChar, encoding.unsigned, encoding.unsignedChar, encoding.utf].some((each) => each === how);
  if (!isInteger || ![1, 2, 4, 8, 16].includes(sizeBytes)) return { kind: 'float', id, name, sizeBytes };
  return {
    kind: 'int', id, name, sizeBytes, bits: sizeBytes * 8, offsetBits: 0, signed: how === encoding.signed || how === encoding.signedChar,
    char: how === encoding.signedChar || how === encoding.unsignedChar, bool: how === encoding.boolean && sizeBytes === 1,
  };
}

function lengthOf(subrange: Entry): number {
  const count = subrange.number(attribute.count);
  const upper = subrange.number(attribute.upperBound);
  const length = count ?? (upper === undefined ? 0 : upper + 1);
  // an array without bounds may say that its last index is -1, in as many bytes as it likes
  return length >= 0 && length <= 0xffff_ffff ? length : 0;
}

/** Bytes from the start of the struct. */
function placeOf(entry: Entry): number | undefined {
  const value = entry.get(attribute.memberLocation);
  if (value === undefined) return 0;
  if (!(value instanceof Uint8Array)) return entry.number(attribute.memberLocation);
  if (value.length < 2 || !placeOperations.includes(value[0]!)) return undefined;
  let place = 0;
  for (let i = 1, unit = 1; i < value.length; i++, unit *= 128) {
    place += (value[i]! & 0x7f) * unit;
    if (value[i]! < 0x80) return place;
  }
  return undefined;
}
