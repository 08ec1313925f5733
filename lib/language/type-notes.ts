// What a compilation asked of the kernel's types: the facts about them that its program depends on; and which of them do not hold elsewhere.
//
//   in     calls of StructType.noted, KernelTypes
//   out    TypeFacts (layout/origin.ts); sentences about those that differ
//   idea   every offset and size that goes into a program is asked for by one of a few functions (findMember, membersOf, sizeOf). What is asked for while
//          a script is checked and not used in the end makes a fact too many, never one too few
//   facts  a struct without a name is known by the way to it from one with a name. An enum may get more names

import type { Btf } from '../model/btf/btf.js';
import type { StructFact, StructPath, TypeFacts } from '../model/layout/origin.js';
import type { Target } from '../model/target/target.js';
import { ALL_MEMBERS, type EnumType, type MemberPlace, STRUCT_SIZE, type StructMember, type StructType, type Type, declaredMembers, findMember } from '../model/types/types.js';
import { BtfTypes } from './btf-types.js';
import type { TypeSource } from './type-source.js';

type Btfs = Pick<Target, 'btf' | 'moduleBtf'>;

export class TypeNotes {
  readonly enums = new Map<string, EnumType>();
  readonly names = new Map<string, Type>();
  readonly constants = new Map<string, bigint>();
  private readonly structs = new Map<string, { readonly module: string; readonly id: number; readonly asked: Map<string, MemberPlace> }>();

  struct(module: string, id: number, what: string, place: MemberPlace = 'fixed'): void {
    const key = `${module} ${id}`;
    let noted = this.structs.get(key);
    if (!noted) this.structs.set(key, (noted = { module, id, asked: new Map() }));
    if (place === 'fixed' || !noted.asked.has(what)) noted.asked.set(what, place);
  }

  /** @param lineOf  the line of the script that names a member */
  facts(target: Btfs, lineOf: (member: string) => number | undefined): TypeFacts {
    const structs: StructFact[] = [];
    const enums = new Map(this.enums);
    const holders = new Holders();
    for (const { module, id, asked } of this.structs.values()) {
      const btf = btfOf(target, module);
      const place = btf && holders.placeOf(btf, module, id);
      const types = btf && new BtfTypes(btf);
      const struct = types?.type(id);
      if (!types || !place || struct?.kind !== 'struct') continue;
      const { path: where, base } = place;
      const whole = types.type(place.id);
      if (asked.has(STRUCT_SIZE) && whole.kind === 'struct') structs.push({ ...where, size: whole.size });
      const members = asked.has(ALL_MEMBERS) ? withoutNameless(struct) : [...asked.keys()].flatMap((name) => (name === STRUCT_SIZE ? [] : findMember(struct, name) ?? []));
      for (const member of members) {
        const line = lineOf(member.name);
        const movable = where.path.length === 0 && id === place.id && !asked.has(ALL_MEMBERS) && asked.get(member.name) === 'movable';
        structs.push({ ...where, member: member.name, ...placeOf({ ...member, offset: base + member.offset }), ...(line !== undefined && { line }), ...(movable && { movable }) });
        const type = elementOf(member.type);
        if (type.kind === 'enum' && type.name !== '') enums.set(type.name, type);
      }
    }
    return {
      structs,
      enums: [...enums.values()].map(({ name, bytes, members }) => ({ name, bytes, members })),
      names: [...this.names].map(([name, type]) => ({ name, type: signatureOf(type) })),
      constants: [...this.constants].map(([name, value]) => ({ name, value })),
    };
  }
}

function btfOf(target: Btfs, module: string): Btf | undefined {
  return module === 'vmlinux' ? target.btf : target.moduleBtf(module);
}

type Place = Pick<Extract<StructFact, { member: string }>, 'offset' | 'type' | 'shift' | 'bits'>;

function placeOf({ offset, type, bitfield }: StructMember): Place {
  return { offset, type: signatureOf(type), ...bitfield };
}

/** Members by name, those of anonymous members as the struct's own. */
function withoutNameless(struct: StructType, base = 0): StructMember[] {
  return declaredMembers(struct).flatMap((member) => {
    if (member.name !== '') return [{ ...member, offset: base + member.offset }];
    return member.type.kind === 'struct' ? withoutNameless(member.type, base + member.offset) : [];
  });
}

function elementOf(type: Type): Type {
  return type.kind === 'array' ? elementOf(type.of) : type;
}

/** What a value of the type looks like in memory, and what it points at. */
export function signatureOf(type: Type): string {
  switch (type.kind) {
    case 'int': return `${type.signed ? '' : 'u'}int${type.bits}`;
    case 'enum': return `enum ${type.name} of ${type.bytes} bytes`;
    case 'string': return `char[${type.stored ?? type.capacity}]`;
    case 'pointer': return `${type.to.kind === 'struct' && type.to.name !== '' ? `${type.to.tag} ${type.to.name}` : type.to.kind === 'pointer' ? signatureOf(type.to) : type.to.kind} *${type.tagged ? ' of user memory' : ''}`;
    case 'array': return `${signatureOf(type.of)}[${type.count}]`;
    case 'struct': return type.name === '' ? type.tag : `${type.tag} ${type.name}`;
    case 'none': return `${type.bytes ?? 0} bytes`;
    default: return type.kind;
  }
}

/** Where a struct is to be found by names. */
interface NamedPlace {
  readonly path: StructPath;
  /** what the path leads to: itself, or the struct in which it is a member without a name, whose members are as its own */
  readonly id: number;
  /** bytes from the start of that one */
  readonly base: number;
}

interface Holder {
  readonly holder: number;
  /** '': its members are the holder's own */
  readonly member: string;
  readonly offset: number;
}

/** Who has a struct without a name as a member. */
class Holders {
  private readonly byModule = new Map<string, ReadonlyMap<number, Holder>>();

  /** undefined: there is no way from a name to it */
  placeOf(btf: Btf, module: string, id: number, seen: readonly number[] = []): NamedPlace | undefined {
    const struct = btf.type(id);
    if ((struct.kind !== 'struct' && struct.kind !== 'union') || seen.includes(id)) return undefined;
    if (struct.name !== '') return { path: { module, tag: struct.kind, name: struct.name, path: [] }, id, base: 0 };
    const found = this.of(btf, module).get(id);
    const outer = found && this.placeOf(btf, module, found.holder, [...seen, id]);
    if (!outer) return undefined;
    if (found.member === '') return { ...outer, base: outer.base + found.offset };
    return { path: { ...outer.path, path: [...outer.path.path, found.member] }, id, base: 0 };
  }

  private of(btf: Btf, module: string): ReadonlyMap<number, Holder> {
    let known = this.byModule.get(module);
    if (known) return known;
    const found = new Map<number, Holder>();
    for (let id = btf.base?.endId ?? 1; id < btf.endId; id++) {
      const holder = btf.type(id);
      if (holder.kind !== 'struct' && holder.kind !== 'union') continue;
      for (const { name, type, offsetBits } of holder.members) {
        let inner = btf.resolve(type);
        while (inner.kind === 'array' || inner.kind === 'ptr') inner = btf.resolve(inner.type);
        if ((inner.kind === 'struct' || inner.kind === 'union') && inner.name === '' && !found.has(inner.id)) found.set(inner.id, { holder: id, member: name, offset: offsetBits / 8 });
      }
    }
    this.byModule.set(module, (known = found));
    return known;
  }
}

/** A fact that does not hold, as a sentence without a full stop, and the line of the script that it is about. */
export interface Difference {
  readonly text: string;
  readonly line?: number;
}

/** What is different in the types of another kernel.
 * @param kernel  the types of `target` by their names */
export function typeDifferences(facts: TypeFacts, target: Btfs, kernel: TypeSource): readonly Difference[] {
  const differences: Difference[] = [];
  for (const fact of facts.structs) {
    const spelled = [`${fact.tag} ${fact.name}`, ...fact.path].join('.');
    const struct = structAt(fact, target);
    if (!struct) differences.push({ text: `the kernel has no ${spelled}` });
    else if ('size' in fact) {
      if (struct.size !== fact.size) differences.push({ text: `${spelled} has ${struct.size} bytes, and had ${fact.size} where the script was compiled` });
    } else {
      const line = fact.line === undefined ? {} : { line: fact.line };
      const member = findMember(struct, fact.member);
      const here = member && placeOf(member);
      const { type } = fact;
      if (!here) differences.push({ text: `${spelled} has no member ${fact.member}`, ...line });
      else if (here.type !== type) differences.push({ text: `${fact.member} of ${spelled} is ${here.type}, and was ${type} where the script was compiled`, ...line });
      else if (isElsewhere(fact, here)) differences.push({ text: `${fact.member} of ${spelled} is at ${spellPlace(here)}, and was at ${spellPlace(fact)} where the script was compiled`, ...line });
    }
  }
  for (const { name, bytes, members } of facts.enums) {
    const here = kernel.enum(name);
    if (!here) differences.push({ text: `the kernel has no enum ${name}` });
    else if (here.bytes !== bytes) differences.push({ text: `enum ${name} has ${here.bytes} bytes, and had ${bytes} where the script was compiled` });
    else if (hasNegative(here.members) !== hasNegative(members)) differences.push({ text: `enum ${name} has ${hasNegative(members) ? 'no ' : ''}values below 0, and had ${hasNegative(members) ? 'some' : 'none'} where the script was compiled` });
  }
  for (const { name, type } of facts.names) if (signatureOf(kernel.named(name) ?? { kind: 'none' }) !== type) differences.push({ text: `the type ${name} is another one` });
  for (const { name, value } of facts.constants) if (kernel.constant(name)?.value !== value) differences.push({ text: `the constant ${name} has another value` });
  return differences;
}

/** A relocation finds a member that has moved, and the bits of one that is a bitfield at both. */
function isElsewhere({ offset, shift, bits, movable }: Place & { readonly movable?: true }, here: Place): boolean {
  if (movable) return (bits === undefined) !== (here.bits === undefined);
  return here.offset !== offset || here.shift !== shift || here.bits !== bits;
}

function hasNegative(members: EnumType['members']): boolean {
  return members.some(([, value]) => value < 0n);
}

function spellPlace({ offset, shift, bits }: Omit<Place, 'type'>): string {
  return bits === undefined ? `byte ${offset}` : `${bits} bits from bit ${offset * 8 + shift!} on`;
}

function structAt({ module, tag, name, path }: StructPath, target: Btfs): StructType | undefined {
  const btf = btfOf(target, module);
  let struct = btf && new BtfTypes(btf).struct(name, tag);
  for (const member of path) {
    let type: Type | undefined = struct && findMember(struct, member)?.type;
    while (type?.kind === 'array' || type?.kind === 'pointer') type = type.kind === 'array' ? type.of : type.to;
    struct = type?.kind === 'struct' ? type : undefined;
  }
  return struct;
}
