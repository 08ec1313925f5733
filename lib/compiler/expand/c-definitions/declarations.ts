// C declarations: the tokens of `struct|union|enum|typedef …;` read into types.
//
//   in     tokens of one definition
//   out    calls to a Scope, which keeps tags, typedefs and constants and knows those of the kernel
//   facts  declarators read inside out: `int (*f[3])(void)` is an array of pointers to functions

import type { Span } from '../../../model/source/source.js';
import { type EnumType, type IntType, flatMembers, spellType, voidType } from '../../../model/types/types.js';
import { type CType, type Member, arithmetic, arithmeticType, arrayOf } from './base-types.js';
import { constantOf } from './constant.js';
import { MOST_LEVELS, extentOf, extentOfMembers, rememberExtent, tooMuch } from './extent.js';
import { type Placed, placeMembers } from './layout.js';
import type { CToken } from './tokens.js';

/** What names mean while definitions are read. */
export interface Scope {
  /** a struct or union by tag; one only declared so far has no size */
  aggregate(tag: 'struct' | 'union', name: string, span: Span): CType;
  define(tag: 'struct' | 'union', name: string, placed: Placed, span: Span): CType;
  enumeration(name: string, span: Span): CType;
  defineEnum(type: EnumType, span: Span): CType;
  typedef(name: string): CType | undefined;
  defineType(name: string, type: CType): void;
  valueOf(name: string): bigint | undefined;
  defineConstant(name: string, value: bigint): void;
  duplicateMember(name: string, span: Span, earlier: Span): void;
  /** the size of a pointee is not needed until somebody looks */
  pointer(to: CType, user: boolean): CType;
}

/** The definition is not C as this room knows it. */
export class CSyntaxError extends Error {
  constructor(
    readonly span: Span,
    message: string,
    /** there is more of it than this room reads: what uses the definition would be too much as well */
    readonly isLimit = false,
  ) {
    super(message);
  }
}

const qualifiers = new Set(['const', 'volatile', 'restrict', '__restrict', '__const', '__volatile__', 'extern', 'static', 'inline', 'register',
  '__user', '__kernel', '__iomem', '__percpu', '__rcu', '__bitwise', '__force', '__extension__', '_Atomic', '__private', '__nocast']);
interface Attributes {
  packed: boolean;
  align: number;
}

export class DeclarationReader {
  private at = 0;

  constructor(
    private readonly tokens: readonly CToken[],
    private readonly scope: Scope,
    /** an enumerator whose value is not understood is left out */
    private readonly lenient = false,
  ) {}

  // ---- tokens --------------------------------------------------------------------------------------------------

  private get token(): CToken | undefined {
    return this.tokens[this.at];
  }

  private is(text: string): boolean {
    return this.token?.text === text;
  }

  private skip(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  private fail(message: string, isLimit = false): never {
    const token = this.token ?? this.tokens[this.tokens.length - 1]!;
    throw new CSyntaxError(token.span, message, isLimit);
  }

  private take(text: string): void {
    if (!this.skip(text)) this.fail(`expected '${text}'`);
  }

  private word(): string | undefined {
    return this.token?.kind === 'word' ? this.tokens[this.at++]!.text : undefined;
  }

  /** Tokens up to one of `ends` at this depth. */
  private until(...ends: readonly string[]): CToken[] {
    const found: CToken[] = [];
    for (let depth = 0; this.token; this.at++) {
      const { text } = this.token;
      if (depth === 0 && ends.includes(text)) return found;
      if (text === '(' || text === '[' || text === '{') depth++;
      if (text === ')' || text === ']' || text === '}') depth--;
      found.push(this.token);
    }
    return this.fail(`expected '${ends[0]}'`);
  }

  private constant(...ends: readonly string[]): bigint {
    const tokens = this.until(...ends);
    const value = this.valueOf(tokens);
    if (value === undefined) throw new CSyntaxError(tokens[0]?.span ?? this.tokens[this.at]!.span, 'expected an integer constant');
    return value;
  }

  private valueOf(tokens: readonly CToken[]): bigint | undefined {
    const typeOf = (inside: readonly CToken[]): CType | undefined => new DeclarationReader(inside, this.scope).abstractType();
    return constantOf(tokens, {
      value: (name) => this.scope.valueOf(name),
      sizeOf: (inside) => {
        const type = typeOf(inside);
        return type && BigInt(type.size);
      },
      cast: (inside) => {
        // a parenthesis in which the name of a value stands
        if (!this.startsType(inside[0]!)) return undefined;
        const type = typeOf(inside)?.type;
        if (type?.kind !== 'int') return undefined;
        return (value) => (type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value));
      },
    });
  }

  private startsType({ text }: CToken): boolean {
    return arithmetic.has(text) || qualifiers.has(text) || this.scope.typedef(text) !== undefined;
  }

  // ---- definitions ---------------------------------------------------------------------------------------------

  /** One whole definition: `struct a { … };`, `typedef … name;`, `enum e { … };`. */
  definition(): void {
    const isTypedef = this.skip('typedef');
    const base = this.specifiers();
    while (this.token && !this.is(';')) {
      const { name, type } = this.declarator(base);
      if (isTypedef && name) this.scope.defineType(name, type);
      this.attributes();
      if (!this.skip(',')) break;
    }
  }

  /** A type without a name, as in `sizeof`. */
  abstractType(): CType | undefined {
    const { type } = this.declarator(this.specifiers());
    return this.token ? undefined : type;
  }

  private attributes(into: Attributes = { packed: false, align: 0 }): Attributes {
    for (;;) {
      if (this.skip('__packed')) into.packed = true;
      else if (this.skip('__aligned') || this.skip('_Alignas')) into.align = this.parenthesisedAlign(into.align);
      else if (this.skip('__attribute__') || this.skip('__attribute')) this.attributeList(into);
      else return into;
    }
  }

  private parenthesisedAlign(now: number): number {
    this.take('(');
    const align = Number(this.constant(')'));
    this.take(')');
    return Math.max(now, align);
  }

  private attributeList(into: Attributes): void {
    this.take('(');
    this.take('(');
    while (!this.is(')')) {
      const name = this.word()?.replace(/^__|__$/g, '');
      if (name === 'packed') into.packed = true;
      if (name === 'aligned') into.align = this.is('(') ? this.parenthesisedAlign(into.align) : Math.max(into.align, 16);
      else if (this.skip('(')) {
        this.until(')');
        this.take(')');
      }
      if (!this.skip(',') && !this.is(')')) this.fail("expected ')'");
    }
    this.take(')');
    this.take(')');
  }

  /** Everything before the declarators. */
  private specifiers(): CType {
    const words: string[] = [];
    let type: CType | undefined;
    let user = false;
    for (;;) {
      this.attributes();
      const { token } = this;
      if (token?.kind !== 'word') break;
      if (qualifiers.has(token.text)) {
        user ||= token.text === '__user';
        this.at++;
      } else if (arithmetic.has(token.text) && !type) {
        words.push(token.text);
        this.at++;
      } else if (type || words.length > 0) {
        break;
      } else if (token.text === 'struct' || token.text === 'union') {
        this.at++;
        type = this.aggregate(token.text, token.span);
      } else if (token.text === 'enum') {
        this.at++;
        type = this.enumeration(token.span);
      } else {
        type = this.scope.typedef(token.text);
        if (!type) this.fail(`unknown type name '${token.text}'`);
        this.at++;
      }
    }
    type ??= words.length > 0 ? arithmeticType(words) : undefined;
    if (!type) this.fail('expected a type');
    return user ? { ...type, user } : type;
  }

  private aggregate(tag: 'struct' | 'union', span: Span): CType {
    const attributes = this.attributes();
    const name = this.word() ?? '';
    this.attributes(attributes);
    if (!this.is('{')) return this.scope.aggregate(tag, name, span);
    this.at++;
    const members: Member[] = [];
    while (!this.is('}')) {
      if (!this.token) this.fail("expected '}'");
      this.members(members);
    }
    this.at++;
    this.attributes(attributes);
    const extent = extentOfMembers(members);
    const placed = placeMembers(tag, members, attributes);
    const problem = tooMuch(extent, placed.size);
    if (problem !== undefined) throw new CSyntaxError(span, problem, true);
    this.findDuplicates(members);
    const type = this.scope.define(tag, name, placed, span);
    rememberExtent(type.type, extent);
    return type;
  }

  /** Members of anonymous aggregates are members of this one, too. */
  private findDuplicates(members: readonly Member[]): void {
    const placeByName = new Map<string, Span>();
    for (const { name, type, span } of members) {
      const names = name !== '' ? [name] : type.type.kind === 'struct' ? flatMembers(type.type).map((member) => member.name) : [];
      for (const each of names) {
        const earlier = placeByName.get(each);
        if (earlier) this.scope.duplicateMember(each, span, earlier);
        placeByName.set(each, span);
      }
    }
  }

  /** One line of members. The last of a struct may end without a semicolon, which compilers only warn of. */
  private members(into: Member[]): void {
    if (this.skip(';')) return;
    const { span } = this.token!;
    const base = this.specifiers();
    if (this.skip(';') || this.is('}')) {
      if (base.type.kind === 'struct') into.push({ name: '', type: base, span });
      return;
    }
    do {
      if (this.skip(':')) {
        into.push({ name: '', type: base, span, bits: Number(this.constant(',', ';', '}')) });
        continue;
      }
      const { name, type, span: nameSpan } = this.declarator(base);
      if (type.incomplete) this.fail(`field '${name ?? ''}' has incomplete type`);
      const bits = this.skip(':') ? Number(this.constant(',', ';', '}', '__attribute__', '__packed')) : undefined;
      const { packed, align } = this.attributes();
      into.push({ name: name ?? '', span: nameSpan ?? span, type: packed ? { ...type, align: 1 } : type, ...(bits !== undefined && { bits }), ...(align > 0 && { align }) });
    } while (this.skip(','));
    if (!this.is('}')) this.take(';');
  }

  private enumeration(span: Span): CType {
    this.attributes();
    const name = this.word() ?? '';
    const underlying = this.underlying();
    if (!this.skip('{')) return this.scope.enumeration(name, span);
    const members: [string, bigint][] = [];
    let next: bigint | undefined = 0n;
    while (!this.is('}')) {
      const memberSpan = this.token?.span ?? span;
      const member = this.word() ?? this.fail("expected '}'");
      this.attributes();
      if (this.skip('=')) next = this.lenient ? this.valueOf(this.until(',', '}')) : this.constant(',', '}');
      if (next !== undefined) {
        if (underlying && (underlying.signed ? BigInt.asIntN(underlying.bits, next) : BigInt.asUintN(underlying.bits, next)) !== next) {
          throw new CSyntaxError(memberSpan, `the value of '${member}', ${next}, does not fit the type of the enum, ${spellType(underlying)}`);
        }
        members.push([member, next]);
        this.scope.defineConstant(member, next);
        next++;
      }
      if (!this.skip(',') && !this.is('}')) this.fail("expected '}'");
    }
    this.at++;
    const wide = members.some(([, value]) => value > 0xffffffffn || value < -0x80000000n);
    const packed = this.attributes().packed;
    const narrow = members.every(([, value]) => value >= -128n && value <= 255n) ? 1 : members.every(([, value]) => value >= -32768n && value <= 65535n) ? 2 : 4;
    const bytes = underlying ? (underlying.bits / 8) as EnumType['bytes'] : wide ? 8 : packed ? narrow : 4;
    return this.scope.defineEnum({ kind: 'enum', name, bytes, members }, span);
  }

  /** The type behind the colon of an enum; a number there is the width of a bitfield instead. */
  private underlying(): IntType | undefined {
    const next = this.tokens[this.at + 1];
    if (!this.is(':') || !next || !(this.startsType(next) || this.tokens[this.at + 2]?.text === '{')) return undefined;
    this.at++;
    const { span } = this.token!;
    const { type } = this.specifiers();
    if (type.kind !== 'int') throw new CSyntaxError(span, 'the type of an enum must be an integer type');
    return type;
  }

  // ---- declarators ---------------------------------------------------------------------------------------------

  private declarator(base: CType): { name: string | undefined; span: Span | undefined; type: CType } {
    let type = base;
    let user = base.user ?? false;
    for (;;) {
      this.attributes();
      if (this.skip('*')) {
        type = this.scope.pointer(type, user);
        user = false;
      } else if (this.token && qualifiers.has(this.token.text)) {
        user = this.word() === '__user';
      } else {
        break;
      }
    }
    // what stands in parentheses applies to the whole of what follows them
    if (this.is('(') && this.startsDeclarator(this.at + 1)) {
      const start = ++this.at;
      this.until(')');
      this.take(')');
      const outer = this.suffixes(type);
      const end = this.at;
      this.at = start;
      const inner = this.declarator(outer);
      this.take(')');
      this.at = end;
      return inner;
    }
    const span = this.token?.span;
    const name = this.word();
    const whole = this.suffixes(type);
    const problem = tooMuch(extentOf(whole.type), whole.incomplete ? 0 : whole.size);
    return problem === undefined ? { name, span, type: whole } : this.fail(problem, true);
  }

  private startsDeclarator(at: number): boolean {
    const token = this.tokens[at];
    return token !== undefined && (token.text === '*' || token.text === '(' || token.text === '[' || (token.kind === 'word' && !arithmetic.has(token.text)
      && token.text !== 'struct' && token.text !== 'union' && token.text !== 'enum' && token.text !== 'const' && !this.scope.typedef(token.text)));
  }

  private suffixes(type: CType, outer = 0): CType {
    if (outer > MOST_LEVELS) this.fail(`types are nested more than ${MOST_LEVELS} levels deep`, true);
    if (this.skip('(')) {
      this.until(')');
      this.take(')');
      this.suffixes(type, outer + 1);
      return { type: voidType, size: 0, align: 1 };
    }
    if (!this.skip('[')) return type;
    const count = this.is(']') ? 0 : Number(this.constant(']'));
    this.take(']');
    return arrayOf(this.suffixes(type, outer + 1), count);
  }
}
