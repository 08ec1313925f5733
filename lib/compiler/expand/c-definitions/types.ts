// The types a script defines in C: structs, unions, enums, typedefs of its headers, and the constants of its enums.
//
//   out    CTypes: looked up by name while checking; types of the kernel complete it where a definition mentions one
//   idea   a struct exists from its first mention on, so that pointers may form cycles; its members come with its definition

import type { Target } from '../../../model/target/target.js';
import type { Report } from '../../../model/diagnostics/diagnostic.js';
import type { Span } from '../../../model/source/source.js';
import { alignOf, sizeInC, sizeOf } from '../../../model/types/size.js';
import { pointerTo } from '../../../model/types/space.js';
import {
  type EnumType, type StructMember, type StructType, type Type, bool, int16, int32, int64, int8, uint16, uint32, uint64, uint8,
} from '../../../model/types/types.js';
import { BtfTypes } from '../../../language/btf-types.js';
import * as problems from '../diagnostics.js';
import type { CType } from './base-types.js';
import { CSyntaxError, DeclarationReader, type Scope } from './declarations.js';
import type { Placed } from './layout.js';
import type { Aggregate } from './preprocess.js';
import type { CToken } from './tokens.js';

/** What check asks of a script's own types. */
export interface CTypes {
  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined;
  /** a typedef of a header the script includes */
  named(name: string): Type | undefined;
  enum(name: string): EnumType | undefined;
  /** an enumerator by its bare name */
  constant(name: string): { readonly value: bigint; readonly type: Type } | undefined;
  /** what the script defines, for messages */
  names?(kind: 'struct' | 'union' | 'enum' | 'typedef'): Iterable<string>;
}

export const noTypes: CTypes = { struct: () => undefined, named: () => undefined, enum: () => undefined, constant: () => undefined };

/** Names that C headers give to plain integers; the kernel's own typedefs are found in BTF. */
const wellKnown: Readonly<Record<string, Type>> = {
  u8: uint8, u16: uint16, u32: uint32, u64: uint64, s8: int8, s16: int16, s32: int32, s64: int64,
  __u8: uint8, __u16: uint16, __u32: uint32, __u64: uint64, __s8: int8, __s16: int16, __s32: int32, __s64: int64,
  uint8_t: uint8, uint16_t: uint16, uint32_t: uint32, uint64_t: uint64, int8_t: int8, int16_t: int16, int32_t: int32, int64_t: int64,
  __le16: uint16, __be16: uint16, __le32: uint32, __be32: uint32, __le64: uint64, __be64: uint64, __sum16: uint16, __wsum: uint32,
  __aligned_u64: uint64, __aligned_s64: int64, __aligned_be64: uint64, __aligned_le64: uint64,
  size_t: uint64, ssize_t: int64, uintptr_t: uint64, intptr_t: int64, ptrdiff_t: int64, off_t: int64, loff_t: int64, pid_t: int32, uid_t: uint32, gid_t: uint32,
  dev_t: uint32, ino_t: uint64, mode_t: uint32, umode_t: uint16, time_t: int64, sector_t: uint64, bool, uint: uint32, ulong: uint64, ushort: uint16, gfp_t: uint32,
  sa_family_t: uint16, socklen_t: uint32, dma_addr_t: uint64, phys_addr_t: uint64, clockid_t: int32, key_t: int32,
};

/** Brackets in each other; the reader goes down by recursion. */
const MOST_BRACKETS = 200;

function checkDepth(tokens: readonly CToken[]): void {
  let depth = 0;
  for (const { text, span } of tokens) {
    if (text === '(' || text === '[' || text === '{') depth++;
    if (text === ')' || text === ']' || text === '}') depth--;
    if (depth > MOST_BRACKETS) throw new CSyntaxError(span, `brackets are nested more than ${MOST_BRACKETS} levels deep`);
  }
}

/** A struct in the making: its fields are filled in by its definition. */
interface StructEntry {
  readonly type: { -readonly [K in keyof StructType]: StructType[K] };
  align: number;
  members: readonly StructMember[] | undefined;
  defined: Span | undefined;
  /** the kernel's struct of that name, where the script only mentions it */
  kernel: StructType | undefined;
}

export class TypeTable implements Scope, CTypes {
  private readonly structByName = new Map<string, StructEntry>();
  private readonly enumByName = new Map<string, EnumType>();
  private readonly typeByName = new Map<string, CType>();
  private readonly constantByName = new Map<string, { value: bigint; type: Type }>();
  private enumerators = new Map<string, bigint>();
  private kernelTypes: BtfTypes | undefined;

  constructor(
    private readonly target: Pick<Target, 'btf'>,
    private readonly report: Report,
  ) {}

  /** Reads one definition. What is wrong with it is reported, but for headers of the system, of which nobody needs all. */
  read({ tokens, isSystem }: Aggregate): void {
    try {
      checkDepth(tokens);
      new DeclarationReader(tokens, this, isSystem).definition();
    } catch (error) {
      if (!(error instanceof CSyntaxError)) throw error;
      if (!isSystem) this.report(problems.badDefinition.at(error.span, { text: error.message }));
    }
  }

  // ---- as check sees it ----------------------------------------------------------------------------------------

  *names(kind: 'struct' | 'union' | 'enum' | 'typedef'): Iterable<string> {
    if (kind === 'enum') yield* this.enumByName.keys();
    else if (kind === 'typedef') yield* this.typeByName.keys();
    else for (const { type, defined } of this.structByName.values()) if (defined && type.tag === kind) yield type.name;
  }

  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined {
    const tags = tag ? [tag] : (['struct', 'union'] as const);
    for (const each of tags) {
      const entry = this.structByName.get(`${each} ${name}`);
      if (entry?.defined) return entry.type;
    }
    const alias = this.typeByName.get(name)?.type;
    return !tag && alias?.kind === 'struct' ? alias : undefined;
  }

  named(name: string): Type | undefined {
    return this.typeByName.get(name)?.type;
  }

  enum(name: string): EnumType | undefined {
    return this.enumByName.get(name);
  }

  constant(name: string): { readonly value: bigint; readonly type: Type } | undefined {
    return this.constantByName.get(name);
  }

  // ---- as the reader sees it -----------------------------------------------------------------------------------

  aggregate(tag: 'struct' | 'union', name: string): CType {
    return this.typeOf(this.entry(tag, name));
  }

  define(tag: 'struct' | 'union', name: string, placed: Placed, span: Span): CType {
    // each unnamed aggregate is a type of its own
    const entry = name === '' ? this.newEntry(tag, '') : this.entry(tag, name);
    if (entry.defined) {
      this.report(problems.redefinition.at(span, { name: `${tag} ${name}` }).note(entry.defined, 'previous definition is here'));
      return this.typeOf(entry);
    }
    entry.defined = span;
    entry.members = placed.members;
    entry.align = placed.align;
    entry.type.size = placed.size;
    return this.typeOf(entry);
  }

  enumeration(name: string, span: Span): CType {
    const known = this.enumByName.get(name) ?? this.kernelEnum(name);
    if (!known) throw new CSyntaxError(span, `unknown type 'enum ${name}'`);
    return { type: known, size: known.bytes, align: known.bytes };
  }

  defineEnum(type: EnumType, span: Span): CType {
    if (type.name !== '') {
      if (this.enumByName.has(type.name)) this.report(problems.redefinition.at(span, { name: `enum ${type.name}` }));
      this.enumByName.set(type.name, type);
    }
    for (const [name, value] of type.members) this.constantByName.set(name, { value, type });
    this.enumerators.clear();
    return { type, size: type.bytes, align: type.bytes };
  }

  typedef(name: string): CType | undefined {
    const own = this.typeByName.get(name);
    if (own) return own;
    const known = wellKnown[name];
    if (known) return { type: known, size: sizeOf(known), align: sizeOf(known) };
    const id = this.target.btf?.find('typedef', name);
    return id === undefined ? undefined : this.fromKernel(this.kernel!.type(id));
  }

  defineType(name: string, type: CType): void {
    this.typeByName.set(name, type);
  }

  /** Constants of enums already defined, of the one being read, and of the kernel's enums that a definition names. */
  valueOf(name: string): bigint | undefined {
    return this.enumerators.get(name) ?? this.constantByName.get(name)?.value;
  }

  defineConstant(name: string, value: bigint): void {
    this.enumerators.set(name, value);
  }

  duplicateMember(name: string, span: Span, earlier: Span): void {
    this.report(problems.duplicateMember.at(span, { name }).note(earlier, 'previous declaration is here'));
  }

  pointer(to: CType, user: boolean): CType {
    return { type: user ? { ...pointerTo(to.type, 'user'), tagged: true } : pointerTo(to.type, 'kernel'), size: 8, align: 8 };
  }

  // ---- inside --------------------------------------------------------------------------------------------------

  private get kernel(): BtfTypes | undefined {
    if (!this.kernelTypes && this.target.btf) this.kernelTypes = new BtfTypes(this.target.btf);
    return this.kernelTypes;
  }

  private kernelEnum(name: string): EnumType | undefined {
    const { btf } = this.target;
    const id = btf?.find('enum', name) ?? btf?.find('enum64', name);
    const type = id === undefined ? undefined : this.kernel!.type(id);
    return type?.kind === 'enum' ? type : undefined;
  }

  private fromKernel(type: Type): CType {
    return { type, size: sizeInC(type), align: type.kind === 'enum' ? type.bytes : alignOf(type) };
  }

  private entry(tag: 'struct' | 'union', name: string): StructEntry {
    const key = `${tag} ${name}`;
    let entry = this.structByName.get(key);
    if (!entry) this.structByName.set(key, (entry = this.newEntry(tag, name)));
    return entry;
  }

  private newEntry(tag: 'struct' | 'union', name: string): StructEntry {
    const entry: StructEntry = {
      type: { kind: 'struct', tag, name, size: 0, loadFields: () => this.fieldsOf(entry) },
      align: 1,
      members: undefined,
      defined: undefined,
      kernel: undefined,
    };
    return entry;
  }

  private fieldsOf(entry: StructEntry): readonly StructMember[] {
    return entry.members ?? this.completed(entry).kernel?.loadFields?.() ?? [];
  }

  private typeOf(entry: StructEntry): CType {
    const complete = (): StructEntry => this.completed(entry);
    return {
      type: entry.type,
      get size() {
        return complete().type.size;
      },
      get align() {
        return complete().align;
      },
      get incomplete() {
        return complete().members === undefined && entry.kernel === undefined;
      },
    };
  }

  /** A struct that the script does not define takes size and alignment of the kernel's. */
  private completed(entry: StructEntry): StructEntry {
    if (entry.defined || entry.kernel) return entry;
    entry.kernel = this.kernel?.find(entry.type.name, entry.type.tag);
    if (entry.kernel) {
      entry.type.size = entry.kernel.size;
      entry.align = alignOf(entry.kernel);
    }
    return entry;
  }

  /** To be called when all definitions have been read. */
  complete(): void {
    for (const entry of this.structByName.values()) this.completed(entry);
  }
}
