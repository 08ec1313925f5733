// Preprocessor lines: which definitions count, and what `#define` names mean.
//
//   in     the script's C definitions in order: `#` lines and aggregates
//   out    the tokens of the aggregates in branches that are taken, with object-like macros replaced; the macros
//   idea   kernel headers are not read: their types come from BTF, so an `#include` of one only has to be accepted. A header the
//          caller can read (one of the user's own) is taken in where it is named.
//   facts  language.md 1.13: BPFTRACE_HAVE_BTF and _LINUX_TYPES_H are defined where the kernel has BTF

import type { Report } from '../../../model/diagnostics/diagnostic.js';
import { Source, type Span } from '../../../model/source/source.js';
import type { CDefinition } from '../../../model/syntax/nodes.js';
import * as problems from '../diagnostics.js';
import { constantOf } from './constant.js';
import { type CToken, numberOf, tokensOf } from './tokens.js';

/** Finds the text of a header. undefined: there is none under that name. */
export type ReadHeader = (name: string, system: boolean) => { readonly name: string; readonly text: string } | undefined;

export interface CMacro {
  readonly name: string;
  /** undefined for `#define f(x) …`, which only `#if` of C could use */
  readonly value: readonly CToken[] | undefined;
  readonly span: Span;
}

export interface Preprocessed {
  /** one list of tokens an aggregate */
  readonly aggregates: readonly (readonly CToken[])[];
  readonly macros: ReadonlyMap<string, CMacro>;
}

export interface PreprocessOptions {
  readonly hasBtf: boolean;
  /** `6.12.0-…` */
  readonly kernelRelease: string;
  readonly readHeader: ReadHeader | undefined;
  readonly report: Report;
}

/** One `#if` that is open. */
interface Branch {
  /** lines count now */
  active: boolean;
  /** an earlier branch was taken */
  taken: boolean;
  /** the lines around count */
  readonly outer: boolean;
  readonly span: Span;
}

const MAX_INCLUDE_DEPTH = 32;

export function preprocess(definitions: readonly CDefinition[], options: PreprocessOptions): Preprocessed {
  const run = new Preprocessor(options);
  for (const { text, span } of definitions) {
    if (text.startsWith('#')) run.line(text, span.source, span.start);
    else run.aggregate(tokensOf(text, span.source, span.start));
  }
  run.finish();
  return { aggregates: run.aggregates, macros: run.macros };
}

class Preprocessor {
  readonly aggregates: CToken[][] = [];
  readonly macros = new Map<string, CMacro>();
  private readonly branches: Branch[] = [];
  private readonly included = new Set<string>();
  private depth = 0;

  constructor(private readonly options: PreprocessOptions) {
    const source = new Source('predefined', '1');
    const define = (name: string, text: string): void => {
      const place = new Source('predefined', text);
      this.macros.set(name, { name, value: tokensOf(text, place, 0), span: source.span(0, 1) });
    };
    if (options.hasBtf) {
      define('BPFTRACE_HAVE_BTF', '1');
      define('_LINUX_TYPES_H', '1');
    }
    const version = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(options.kernelRelease);
    if (version) define('LINUX_VERSION_CODE', String(kernelVersion(version.slice(1, 4).map((part) => BigInt(part ?? 0)))));
  }

  private get active(): boolean {
    return this.branches.every((branch) => branch.active);
  }

  aggregate(tokens: readonly CToken[]): void {
    if (this.active && tokens.length > 0) this.aggregates.push(this.replaced(tokens, []));
  }

  finish(): void {
    for (const branch of this.branches) this.options.report(problems.unterminatedConditional.at(branch.span, {}));
  }

  line(text: string, source: Source, start: number): void {
    const tokens = tokensOf(text, source, start);
    const [, directive, ...rest] = tokens;
    if (!directive) return;
    const span = source.span(start, start + text.trimEnd().length);
    const conditional = this.conditional(directive.text, rest, span);
    if (conditional || !this.active) return;
    switch (directive.text) {
      case 'define': return this.define(text, source, start, rest);
      case 'undef':
        if (rest[0]) this.macros.delete(rest[0].text);
        return;
      case 'include': return this.include(text, span);
      case 'error': return this.options.report(problems.errorDirective.at(span, { text: text.replace(/^#\s*error\s*/, '') }));
      case 'pragma': case 'warning': case 'line': case 'ident': return;
      default: this.options.report(problems.unknownDirective.at(directive.span, { text: directive.text }));
    }
  }

  // ---- conditionals --------------------------------------------------------------------------------------------

  private conditional(directive: string, rest: readonly CToken[], span: Span): boolean {
    const top = this.branches[this.branches.length - 1];
    switch (directive) {
      case 'if': case 'ifdef': case 'ifndef': {
        const outer = this.active;
        const active = outer && (directive === 'if' ? this.test(rest, span) : this.macros.has(rest[0]?.text ?? '') === (directive === 'ifdef'));
        this.branches.push({ active, taken: active, outer, span });
        return true;
      }
      case 'elif': case 'else':
        if (!top) {
          this.options.report(problems.strayConditional.at(span, { text: directive }));
          return true;
        }
        top.active = top.outer && !top.taken && (directive === 'else' || this.test(rest, span));
        top.taken ||= top.active;
        return true;
      case 'endif':
        if (!this.branches.pop()) this.options.report(problems.strayConditional.at(span, { text: directive }));
        return true;
      default: return false;
    }
  }

  private test(tokens: readonly CToken[], span: Span): boolean {
    const value = constantOf(tokens, {
      value: (name) => this.valueOf(name),
      call: (name, args) => {
        if (name === 'defined') return this.macros.has(args[0]?.[0]?.text ?? '') ? 1n : 0n;
        if (name !== 'KERNEL_VERSION' || args.length !== 3) return undefined;
        const parts = args.map((part) => numberOf(part[0]?.text ?? ''));
        return parts.every((part) => part !== undefined) ? kernelVersion(parts) : undefined;
      },
    });
    if (value === undefined) this.options.report(problems.badCondition.at(span, {}));
    return value !== undefined && value !== 0n;
  }

  /** A name in `#if`: what is not defined is 0. */
  private valueOf(name: string, seen: readonly string[] = []): bigint | undefined {
    const macro = this.macros.get(name);
    if (!macro || seen.includes(name)) return 0n;
    if (!macro.value) return undefined;
    return constantOf(macro.value, { value: (inner) => this.valueOf(inner, [...seen, name]) });
  }

  // ---- macros --------------------------------------------------------------------------------------------------

  private define(text: string, source: Source, start: number, rest: readonly CToken[]): void {
    const [name, ...value] = rest;
    if (name?.kind !== 'word') return this.options.report(problems.badDefine.at(source.span(start, start + text.length), {}));
    // `#define f(x)` takes arguments only when the parenthesis touches the name
    const isFunction = source.text[name.span.end] === '(';
    this.macros.set(name.text, { name: name.text, value: isFunction ? undefined : value, span: name.span });
  }

  /** Tokens with object-like macros replaced, at every depth; a macro inside itself stays as it is. */
  private replaced(tokens: readonly CToken[], inside: readonly string[]): CToken[] {
    return tokens.flatMap((token) => {
      const macro = token.kind === 'word' && !inside.includes(token.text) ? this.macros.get(token.text) : undefined;
      if (!macro?.value) return [token];
      return this.replaced(macro.value, [...inside, token.text]).map((part) => ({ ...part, span: token.span }));
    });
  }

  // ---- headers -------------------------------------------------------------------------------------------------

  private include(text: string, span: Span): void {
    const named = /^#\s*include\s*(?:<([^>\n]+)>|"([^"\n]+)")/.exec(text);
    if (!named) return this.options.report(problems.badInclude.at(span, {}));
    const system = named[1] !== undefined;
    const name = named[1] ?? named[2]!;
    const header = this.options.readHeader?.(name, system);
    if (header) return this.header(header, span);
    // a file of the user's own that is not there is a mistake; a kernel header is not needed where there is BTF
    const needed = system ? !this.options.hasBtf : !this.options.hasBtf || this.options.readHeader !== undefined;
    if (needed) this.options.report(problems.missingHeader.at(span, { name }));
  }

  private header(header: { readonly name: string; readonly text: string }, span: Span): void {
    if (this.included.has(header.name)) return;
    if (this.depth >= MAX_INCLUDE_DEPTH) return this.options.report(problems.includeDepth.at(span, { name: header.name }));
    this.depth++;
    const open = this.branches.length;
    this.takeIn(new Source(header.name, header.text.replace(/\\\n/g, '  ')));
    if (this.branches.length > open) this.options.report(problems.unterminatedConditional.at(span, {}));
    this.branches.length = Math.min(this.branches.length, open);
    this.included.add(header.name);
    this.depth--;
  }

  /** Splits a header into lines and declarations; only struct, union, enum and typedef declarations are kept. */
  private takeIn(source: Source): void {
    let declaration: CToken[] = [];
    let depth = 0;
    for (let number = 1, start = 0; number <= source.lineCount; number++) {
      const text = source.line(number);
      if (depth === 0 && declaration.length === 0 && /^\s*#/.test(text)) {
        const blank = text.length - text.trimStart().length;
        this.line(text.trimStart(), source, start + blank);
      } else if (this.active) {
        for (const token of tokensOf(text, source, start)) {
          declaration.push(token);
          if (token.text === '{') depth++;
          if (token.text === '}') depth--;
          if (depth > 0 || (token.text !== ';' && !this.endsFunction(declaration))) continue;
          if (/^(?:struct|union|enum|typedef)$/.test(declaration[0]!.text)) this.aggregate(declaration);
          declaration = [];
        }
      }
      start += text.length + 1;
    }
  }

  /** `static inline int f(void) { … }` ends without `;`. */
  private endsFunction(declaration: readonly CToken[]): boolean {
    return declaration[declaration.length - 1]!.text === '}' && !/^(?:struct|union|enum|typedef)$/.test(declaration[0]!.text);
  }
}

function kernelVersion([major = 0n, minor = 0n, patch = 0n]: readonly (bigint | undefined)[]): bigint {
  return (major << 16n) + (minor << 8n) + (patch > 255n ? 255n : patch);
}
