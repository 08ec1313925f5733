// The types of the language as plain data (language.md 2.1).
//
//   facts  a type is JSON-able once `portable` (portable.ts) has inlined its structs, so that a manifest can carry it
//   sizes  bytes as stored in maps, records and on the stack (size.ts)

export type AddressSpace = 'none' | 'kernel' | 'user';

export interface IntType {
  readonly kind: 'int';
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  /** made of non-negative literals only: adopts the sign of whatever it meets (language.md 2.2) */
  readonly flexible?: boolean;
  /** where the number points, when it is taken for an address (`kaddr()`, `arg0`, 64 bits of user memory) */
  readonly space?: AddressSpace;
  /** the clock that the number was read from; 'mixed': one of several */
  readonly clock?: Clock;
}
export type Clock = 'boot' | 'monotonic' | 'tai' | 'mixed';
/** Arithmetic sees 64 bits, signed as isSigned() says; `bytes` is the width in memory. `signed` is present where the type behind the enum is known. */
export interface EnumType { readonly kind: 'enum'; readonly name: string; readonly bytes: 1 | 2 | 4 | 8; readonly signed?: boolean; readonly members: readonly (readonly [name: string, value: bigint])[] }
/** capacity: bytes including room for NUL */
export interface StringType { readonly kind: 'string'; readonly capacity: number;
  /** bytes it has in a C struct, where the capacity has room for a NUL that the struct has not */
  readonly stored?: number }
/** u32 length, then at most capacity bytes */
export interface BufferType { readonly kind: 'buffer'; readonly capacity: number }
/** `to` is the pointee as it lies in `space` (space.ts) */
export interface PointerType { readonly kind: 'pointer'; readonly to: Type; readonly space: AddressSpace;
  /** declared as a pointer to user memory: it stays one wherever it lies */
  readonly tagged?: true }
export interface ArrayType { readonly kind: 'array'; readonly of: Type; readonly count: number }
export interface TupleType { readonly kind: 'tuple'; readonly elements: readonly Type[] }
export interface RecordType { readonly kind: 'record'; readonly fields: readonly { readonly name: string; readonly type: Type }[] }
export interface StructMember {
  /** '' for an anonymous aggregate, whose members are reachable through this struct too */
  readonly name: string;
  readonly type: Type;
  /** a base class of C++, which has no name, either: members of the class hide those of its bases */
  readonly isBase?: true;
  /** bytes from the start of the struct; for bitfields of the unit that holds them */
  readonly offset: number;
  /** the bits may reach beyond the width of `type`, to at most 64 bits from `offset` on */
  readonly bitfield?: { readonly shift: number; readonly bits: number };
  /** BTF type tags other than user */
  readonly tags?: readonly string[];
}
/** By-name struct or union. Members are found when first needed, so that pointers may form cycles. */
export interface StructType {
  readonly kind: 'struct';
  readonly tag: 'struct' | 'union';
  readonly name: string;
  readonly size: number;
  /** where it lies, when that is not the kernel: its pointers point to there */
  readonly space?: AddressSpace;
  /** present in portable types */
  readonly fields?: readonly StructMember[];
  readonly loadFields?: () => readonly StructMember[];
  /** called for what is asked of a type of the kernel: a member by its name, ALL of them, or the SIZE (compiler: what a program depends on) */
  readonly noted?: (what: string, place?: MemberPlace) => void;
  /** a relocation may stand for the offset of a member (compiler/lower/memory/movable.ts) */
  readonly relocatable?: true;
}
export type StackMode = 'bpftrace' | 'perf' | 'raw' | 'build_id';
export interface StackType { readonly kind: 'stack'; readonly space: 'kernel' | 'user'; readonly mode: StackMode; readonly limit: number }
/** How a time is shown: the format of strftime, and the clock that its nanoseconds are of. */
export interface TimeFormat { readonly format: string; readonly clock: 'boot' | 'tai' }
/** formats: all of the program, whichever strftime() a value comes from; the value has the number of its own. The list grows while a program is checked. */
export interface TimestampType { readonly kind: 'timestamp'; readonly formats: readonly TimeFormat[] }
/** A control group by its id, shown as its paths (of hierarchies that fit the filter), or as the container or the pod that it belongs to. */
export interface CgroupPathType { readonly kind: 'cgroup_path'; readonly filter: string; readonly owner?: 'container' | 'pod' }
/** The value of a map that a map function fills. `name` is a record in language/aggregates, `parameters` its literal arguments. */
export interface AggregateType { readonly kind: 'aggregate'; readonly name: string; readonly signed: boolean; readonly parameters: readonly bigint[]; readonly option?: string;
  /** of the times that it was given, where its value is a time like them */
  readonly clock?: Clock }

export type Type =
  | IntType | EnumType | StringType | BufferType | PointerType | ArrayType | TupleType | RecordType | StructType | StackType
  | TimestampType | CgroupPathType | AggregateType
  | { readonly kind: 'bool' }
  | { readonly kind: 'ksym' }
  /** address u64, pid u32, program index u32 */
  | { readonly kind: 'usym' }
  | { readonly kind: 'username' }
  | { readonly kind: 'inet' }
  | { readonly kind: 'mac' }
  /** the probe's context or its arguments as one thing; name says which: 'ctx', 'args' */
  | { readonly kind: 'context'; readonly name: string; readonly struct?: StructType }
  | { readonly kind: 'void' }
  /** no value at all: unresolved, or a C type that has no representation (floats, integers of 128 bits), which then has `bytes` in memory */
  | { readonly kind: 'none'; readonly bytes?: number };

export const none: Type = { kind: 'none' };
export const voidType: Type = { kind: 'void' };
export const bool: Type = { kind: 'bool' };
export const int8: IntType = { kind: 'int', bits: 8, signed: true };
export const int16: IntType = { kind: 'int', bits: 16, signed: true };
export const int32: IntType = { kind: 'int', bits: 32, signed: true };
export const int64: IntType = { kind: 'int', bits: 64, signed: true };
export const uint8: IntType = { kind: 'int', bits: 8, signed: false };
export const uint16: IntType = { kind: 'int', bits: 16, signed: false };
export const uint32: IntType = { kind: 'int', bits: 32, signed: false };
export const uint64: IntType = { kind: 'int', bits: 64, signed: false };

export function string(capacity: number): StringType {
  return { kind: 'string', capacity };
}

/** fixed: the program has the member's offset as a number;  movable: a relocation finds it where the program is loaded, or nothing depends on it */
export type MemberPlace = 'fixed' | 'movable';

/** What StructType.noted is called with besides names of members. */
export const ALL_MEMBERS = '*';
export const STRUCT_SIZE = '';

export function membersOf(type: StructType): readonly StructMember[] {
  type.noted?.(ALL_MEMBERS);
  return declaredMembers(type);
}

/** The same for who only looks for something in it, or passes it on. */
export function declaredMembers(type: StructType): readonly StructMember[] {
  return type.fields ?? type.loadFields?.() ?? [];
}

/** Whether a value of the type may be less than 0. An enum is signed as the type behind it is; where that is not known as C makes it: when one of
 *  its enumerators is negative. */
export function isSigned(type: Type): boolean {
  return type.kind === 'int' ? type.signed : type.kind === 'enum' && (type.signed ?? type.members.some(([, value]) => value < 0n));
}

/** All members by name, those of anonymous structs and unions as the struct's own; offsets are from the start of `type`. A member of a base class that has
 *  not the only one of that name is called BASE::NAME. */
export function flatMembers(type: StructType, base = 0): StructMember[] {
  const members = membersOf(type);
  const found = members.flatMap((member) => {
    if (member.name !== '') return [{ ...member, offset: base + member.offset }];
    return member.type.kind === 'struct' ? flatMembers(member.type, base + member.offset).map((each) => (member.isBase ? { ...each, of: member.type } : each)) : [];
  }) as (StructMember & { readonly of?: StructType })[];
  const counts = new Map<string, number>();
  for (const { name } of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  return found.map(({ of, ...member }) => (of && counts.get(member.name)! > 1 ? { ...member, name: `${of.name}::${member.name}` } : member));
}

/** Finds a member, descending into anonymous aggregates and base classes; the offset is from the start of `type`. What the struct names itself comes
 *  first. undefined, too, where several base classes have one (basesWith). */
export function findMember(type: StructType, name: string): StructMember | undefined {
  type.noted?.(name, 'fixed');
  return memberCalled(type, name);
}

/** The same for who puts no offset of it into the program but one that is relocated. */
export function findMovable(type: StructType, name: string): StructMember | undefined {
  type.noted?.(name, 'movable');
  return memberCalled(type, name);
}

function memberCalled(type: StructType, name: string): StructMember | undefined {
  const members = declaredMembers(type);
  const own = members.find((member) => member.name === name && name !== '');
  if (own) return own;
  if (basesWith(type, name).length > 1) return undefined;
  for (const member of members) {
    if (member.name !== '' || member.type.kind !== 'struct') continue;
    const inner = hasMember(member.type, name) && memberCalled(member.type, name);
    if (inner) return { ...inner, offset: member.offset + inner.offset };
  }
  return undefined;
}

function hasMember(type: StructType, name: string): boolean {
  return declaredMembers(type).some((member) => member.name === name || (member.name === '' && member.type.kind === 'struct' && hasMember(member.type, name)));
}

/** The base classes that have a member of the name, where the class itself has none: with several of them the name is ambiguous. */
export function basesWith(type: StructType, name: string): readonly string[] {
  const members = declaredMembers(type);
  if (members.some((member) => member.name === name)) return [];
  const bases = members.flatMap((member) => (member.isBase && member.type.kind === 'struct' ? [member.type] : []));
  const inner = bases.map((base) => ({ base, deeper: basesWith(base, name) }));
  const found = inner.filter(({ base, deeper }) => deeper.length > 1 || findMember(base, name));
  const [first] = found;
  return found.length === 1 && first!.deeper.length > 1 ? first!.deeper : found.map(({ base }) => base.name);
}

/** Whether the member lies in a union of several members: `struct` itself, or an anonymous one in it. */
export function passesUnion(struct: StructType, field: string): boolean {
  const members = declaredMembers(struct);
  if (struct.tag === 'union' && members.length > 1) return true;
  if (members.some((member) => member.name === field)) return false;
  const inner = members.find((member) => member.name === '' && member.type.kind === 'struct' && findMember(member.type, field));
  return inner?.type.kind === 'struct' && passesUnion(inner.type, field);
}

/** True when both mean the same values in the same bytes; flexibility and address space do not count. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'int': return b.kind === 'int' && a.bits === b.bits && a.signed === b.signed;
    case 'enum': return b.kind === 'enum' && a.name === b.name;
    case 'string': return b.kind === 'string' && a.capacity === b.capacity;
    case 'buffer': return b.kind === 'buffer' && a.capacity === b.capacity;
    case 'pointer': return b.kind === 'pointer' && sameType(a.to, b.to);
    case 'array': return b.kind === 'array' && a.count === b.count && sameType(a.of, b.of);
    case 'tuple': return b.kind === 'tuple' && a.elements.length === b.elements.length && a.elements.every((e, i) => sameType(e, b.elements[i]!));
    case 'record':
      return b.kind === 'record' && a.fields.length === b.fields.length
        && a.fields.every((f) => b.fields.some((g) => g.name === f.name && sameType(f.type, g.type)));
    case 'struct': return b.kind === 'struct' && a.tag === b.tag && a.name === b.name;
    case 'stack': return b.kind === 'stack' && a.space === b.space && a.mode === b.mode && a.limit === b.limit;
    case 'aggregate':
      return b.kind === 'aggregate' && a.name === b.name && a.signed === b.signed && a.option === b.option
        && a.parameters.length === b.parameters.length && a.parameters.every((p, i) => p === b.parameters[i]);
    case 'cgroup_path': return b.kind === 'cgroup_path' && a.filter === b.filter && a.owner === b.owner;
    case 'timestamp': case 'context': return b.kind === a.kind;
    default: return a.kind === b.kind;
  }
}

/** What an aggregate is in expressions, where it has a number as its value. */
export function numberOfAggregate({ signed, clock }: AggregateType): IntType {
  return { kind: 'int', bits: 64, signed, ...(clock && { clock }) };
}

/** sameType, and the fields of records in the same order: the bytes of one are the bytes of the other. */
export function sameLayout(a: Type, b: Type): boolean {
  if (a.kind === 'record' && b.kind === 'record') {
    return a.fields.length === b.fields.length && a.fields.every((f, i) => f.name === b.fields[i]!.name && sameLayout(f.type, b.fields[i]!.type));
  }
  if (a.kind === 'tuple' && b.kind === 'tuple') return a.elements.length === b.elements.length && a.elements.every((e, i) => sameLayout(e, b.elements[i]!));
  return sameType(a, b);
}

/** The kind of a type as `typeinfo` names it (language.md 2.1). */
function baseTypeName(type: Type): string {
  switch (type.kind) {
    case 'enum': return 'int';
    case 'struct': return 'c_type';
    case 'stack': return type.space === 'kernel' ? 'kstack' : 'ustack';
    case 'inet': return 'inet';
    case 'cgroup_path': return 'cgroup_path_t';
    case 'context': return type.struct ? 'c_type' : 'context';
    case 'int': case 'string': case 'buffer': case 'pointer': case 'array': case 'tuple': case 'record': case 'bool': case 'void': case 'none': return type.kind;
    default: return spellType(type);
  }
}

/** The fields of `typeinfo` and their values. Its btf_id is always 0: tbpf numbers no types yet. */
export function typeinfoValue(of: Type): ReadonlyMap<string, bigint | string> {
  return new Map<string, bigint | string>([['btf_id', 0n], ['base_type', baseTypeName(of)], ['full_type', spellType(of)]]);
}

/** Type of `typeinfo`: strings of just the room that the names of this type need. */
export function typeinfoType(of: Type): RecordType {
  return { kind: 'record', fields: [...typeinfoValue(of)].map(([name, value]) => ({ name, type: typeof value === 'string' ? string(value.length + 1) : int64 })) };
}

/** The type as messages and `typeinfo` spell it (language.md 2.1). */
export function spellType(type: Type): string {
  switch (type.kind) {
    case 'int': return `${type.signed ? '' : 'u'}int${type.bits}`;
    case 'enum': return `enum ${type.name}`;
    case 'string': return `string[${type.capacity}]`;
    case 'buffer': return `buffer[${type.capacity}]`;
    case 'pointer': return `${spellType(type.to)} *`;
    case 'array': {
      let inner: Type = type;
      let dimensions = '';
      while (inner.kind === 'array') {
        dimensions += `[${inner.count}]`;
        inner = inner.of;
      }
      return spellType(inner) + dimensions;
    }
    case 'tuple': return `(${type.elements.map(spellType).join(',')})`;
    case 'record': return `record { ${type.fields.map((f) => `.${f.name} = ${spellType(f.type)}`).join(', ')} }`;
    case 'struct': return `${type.tag} ${type.name}`;
    case 'stack': return `${type.space === 'kernel' ? 'k' : 'u'}stack_${type.mode}_${type.limit}`;
    case 'ksym': return 'ksym_t';
    case 'usym': return 'usym_t';
    case 'username': return 'username_t';
    case 'inet': return 'inet[24]';
    case 'mac': return 'mac_address';
    case 'cgroup_path': return type.owner !== undefined ? `${type.owner}_t` : type.filter === '' ? 'cgroup_path_t' : `cgroup_path_t(${type.filter})`;
    case 'timestamp': return 'timestamp';
    case 'context': return type.struct ? spellType(type.struct) : 'context';
    case 'aggregate': {
      const unsigned = !type.signed && ['sum', 'min', 'max', 'avg', 'stats'].includes(type.name);
      return `${unsigned ? 'u' : ''}${type.name}_t`;
    }
    case 'bool': case 'void': case 'none': return type.kind;
  }
}
