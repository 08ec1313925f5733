// The types a script defines in C: structs, unions, enums, typedefs of its headers, and the constants of its enums.
//
//   out    a TypeSource; types of the kernel complete it where a definition mentions one
//   idea   a struct exists from its first mention on, so that pointers may form cycles; its members come with its definition

import type { Report } from '../../../model/diagnostics/diagnostic.js';
import type { Span } from '../../../model/source/source.js';
import { alignOf, sizeInC } from '../../../model/types/size.js';
import { pointerTo } from '../../../model/types/space.js';
import { integerNamed } from '../../../model/types/c-words.js';
import type { EnumType, StructMember, StructType, Type } from '../../../model/types/types.js';
import type { Constant, TypeKind, TypeSource } from '../../../language/type-source.js';
import * as problems from '../diagnostics.js';
import type { CType } from './base-types.js';
import { CSyntaxError, DeclarationReader, type Scope } from './declarations.js';
import type { Placed } from './layout.js';
import type { Aggregate } from './preprocess.js';
import type { CToken } from './tokens.js';

/** Brackets in each other; the reader goes down by recursion. */
const MOST_BRACKETS = 200;

function checkDepth(tokens: readonly CToken[]): void {
  let depth = 0;
  for (const { text, span } of tokens) {
    if (text === '(' || text === '[' || text === '{') depth++;
    if (text === ')' || text === ']' || text === '}') depth--;
    if (depth > MOST_BRACKETS) throw new CSyntaxError(span, `brackets are nested more than ${MOST_BRACKETS} levels deep`, true);
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

export class TypeTable implements Scope, TypeSource {
  private readonly structByName = new Map<string, StructEntry>();
  private readonly enumByName = new Map<string, EnumType>();
  private readonly typeByName = new Map<string, CType>();
  private readonly constantByName = new Map<string, Constant>();
  private enumerators = new Map<string, bigint>();
  /** a definition was too much: that is said once, whatever is made of it afterwards */
  private isFull = false;

  constructor(
    private readonly kernel: TypeSource,
    private readonly report: Report,
  ) {}

  /** Reads one definition. What is wrong with it is reported, but for headers of the system, of which nobody needs all. */
  read({ tokens, isSystem }: Aggregate): void {
    if (this.isFull) return;
    try {
      checkDepth(tokens);
      new DeclarationReader(tokens, this, isSystem).definition();
    } catch (error) {
      if (!(error instanceof CSyntaxError)) throw error;
      this.isFull = error.isLimit && !isSystem;
      if (!isSystem) this.report(problems.badDefinition.at(error.span, { text: error.message }));
    }
  }

  // ---- as check sees it ----------------------------------------------------------------------------------------

  *names(kind: TypeKind): Iterable<string> {
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

  constant(name: string): Constant | undefined {
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
    const known = this.enumByName.get(name) ?? this.kernel.enum(name);
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
    const known = integerNamed(name) ?? this.kernel.named(name);
    return known && this.foreign(known);
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

  private foreign(type: Type): CType {
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
    entry.kernel = this.kernel.struct(entry.type.name, entry.type.tag);
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
