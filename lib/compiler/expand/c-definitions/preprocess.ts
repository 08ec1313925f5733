// Preprocessor lines: which definitions count, and what `#define` names mean.
//
//   in     the script's C definitions in order: `#` lines and aggregates
//   out    the tokens of the aggregates in branches that are taken, with macros replaced; the macros
//   idea   kernel headers need not be there: their types come from BTF, so an `#include` of one only has to be accepted. A header the
//          caller can read (the user's own, those of the system) is taken in where it is named, its type definitions and macros.
//   facts  language.md 1.13

import type { Report } from '../../../model/diagnostics/diagnostic.js';
import { Source, type Span } from '../../../model/source/source.js';
import type { CDefinition } from '../../../model/syntax/nodes.js';
import type { Arch } from '../../../model/target/target.js';
import * as problems from '../diagnostics.js';
import { constantOf } from './constant.js';
import { DeclarationSplitter, logicalLines } from './header-text.js';
import { type CMacro, readCall, replaceMacros } from './macros.js';
import { kernelVersion, predefined } from './predefined.js';
import { type CToken, numberOf, tokensOf } from './tokens.js';

/** Finds the text of a header. undefined: there is none under that name. */
export type ReadHeader = (name: string, system: boolean) => { readonly name: string; readonly text: string } | undefined;

/** The tokens of one definition. */
export interface Aggregate {
  readonly tokens: readonly CToken[];
  /** the definition is in a system header: one that cannot be read is not reported, only its later use is */
  readonly isSystem: boolean;
}

export interface Preprocessed {
  readonly aggregates: readonly Aggregate[];
  readonly macros: ReadonlyMap<string, CMacro>;
}

export interface PreprocessOptions {
  readonly hasBtf: boolean;
  /** `6.12.0-…` */
  readonly kernelRelease: string;
  readonly arch?: Arch;
  readonly readHeader: ReadHeader | undefined;
  /** called for a header that need not be there, since the kernel's BTF has its types */
  readonly onMissingHeader?: (name: string) => void;
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

/** Headers of the compiler itself: what they define is built in here (predefined.ts). */
const ofCompiler = new Set(['stddef.h', 'stdarg.h', 'stdbool.h', 'stdalign.h', 'stdnoreturn.h', 'float.h', 'iso646.h']);

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
  readonly aggregates: Aggregate[] = [];
  readonly macros: Map<string, CMacro>;
  private readonly branches: Branch[] = [];
  private readonly included = new Set<string>();
  private depth = 0;
  /** what is read now is a header of the system, or included by one */
  private isSystem = false;
  /** of the header that is read, with a slash at its end; '' where there is none */
  private folder = '';

  constructor(private readonly options: PreprocessOptions) {
    this.macros = new Map(predefined(options).map((macro) => [macro.name, macro]));
  }

  private get active(): boolean {
    return this.branches.every((branch) => branch.active);
  }

  aggregate(tokens: readonly CToken[]): void {
    if (this.active && tokens.length > 0) this.aggregates.push({ tokens: replaceMacros(tokens, this.macros), isSystem: false });
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
      case 'pragma': case 'warning': case 'line': case 'ident': case 'include_next': return;
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
    const value = constantOf(replaceMacros(this.withoutDefined(tokens), this.macros), {
      // what is not defined is 0
      value: () => 0n,
      call: (name, args) => {
        if (name.startsWith('__has_')) return 0n;
        if (name !== 'KERNEL_VERSION' || args.length !== 3) return undefined;
        const parts = args.map((part) => numberOf(part[0]?.text ?? ''));
        return parts.every((part) => part !== undefined) ? kernelVersion(parts) : undefined;
      },
    });
    if (value === undefined) this.options.report(problems.badCondition.at(span, {}));
    return value !== undefined && value !== 0n;
  }

  /** `defined X` and `defined(X)` are answered before macros are replaced. */
  private withoutDefined(tokens: readonly CToken[]): CToken[] {
    const output: CToken[] = [];
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at]!;
      const skipped = tokens[at + 1]?.text === '(' ? 2 : 1;
      const name = token.text === 'defined' ? tokens[at + skipped] : undefined;
      if (name?.kind !== 'word') {
        output.push(token);
        continue;
      }
      output.push({ kind: 'number', text: this.macros.has(name.text) ? '1' : '0', span: token.span });
      at += skipped === 2 ? 3 : 1;
    }
    return output;
  }

  // ---- macros --------------------------------------------------------------------------------------------------

  private define(text: string, source: Source, start: number, rest: readonly CToken[]): void {
    const [name, ...value] = rest;
    if (name?.kind !== 'word') return this.options.report(problems.badDefine.at(source.span(start, start + text.length), {}));
    // `#define f(x)` takes arguments only when the parenthesis touches the name
    const isFunction = source.text[name.span.end] === '(';
    const call = isFunction ? readCall(value) : undefined;
    this.macros.set(name.text, { name: name.text, value: isFunction ? undefined : value, ...(call && { call }), span: name.span });
  }

  // ---- headers -------------------------------------------------------------------------------------------------

  private include(text: string, span: Span): void {
    const named = /^#\s*include\s*(?:<([^>\n]+)>|"([^"\n]+)")/.exec(text);
    if (!named) return this.options.report(problems.badInclude.at(span, {}));
    const system = named[1] !== undefined;
    const name = named[1] ?? named[2]!;
    const { readHeader } = this.options;
    const beside = !system && this.folder !== '' ? readHeader?.(this.folder + name, false) : undefined;
    const header = beside ?? readHeader?.(name, system);
    if (header) return this.header(header, span, system);
    // a file of the user's own that is not there is a mistake; a kernel header is not needed where there is BTF
    if (system && ofCompiler.has(name)) return;
    const needed = system ? !this.options.hasBtf : !this.options.hasBtf || readHeader !== undefined;
    if (needed) this.options.report(problems.missingHeader.at(span, { name }));
    else if (readHeader) this.options.onMissingHeader?.(name);
  }

  private header(header: { readonly name: string; readonly text: string }, span: Span, system: boolean): void {
    if (this.included.has(header.name)) return;
    if (this.depth >= MAX_INCLUDE_DEPTH) return this.options.report(problems.includeDepth.at(span, { name: header.name }));
    const { isSystem, folder } = this;
    this.isSystem ||= system;
    this.folder = header.name.slice(0, header.name.lastIndexOf('/') + 1);
    this.depth++;
    const open = this.branches.length;
    this.takeIn(new Source(header.name, header.text));
    if (this.branches.length > open) this.options.report(problems.unterminatedConditional.at(span, {}));
    this.branches.length = Math.min(this.branches.length, open);
    this.included.add(header.name);
    this.depth--;
    this.isSystem = isSystem;
    this.folder = folder;
  }

  /** Tokens of declarations. A declaration may be on several lines, with preprocessor lines between its tokens. */
  private takeIn(source: Source): void {
    const { isSystem } = this;
    const declarations = new DeclarationSplitter((tokens) => this.aggregates.push({ tokens, isSystem }));
    /** tokens of a call that is not closed yet */
    let open: CToken[] = [];
    for (const [start, text] of logicalLines(source.text)) {
      const line = text.trimStart();
      if (line.startsWith('#')) this.line(line, source, start + text.length - line.length);
      else if (line !== '' && this.active) {
        open.push(...tokensOf(text, source, start));
        if (isOpen(open)) continue;
        declarations.feed(replaceMacros(open, this.macros));
        open = [];
      }
    }
  }
}

function isOpen(tokens: readonly CToken[]): boolean {
  let depth = 0;
  for (const { text } of tokens) depth += text === '(' ? 1 : text === ')' ? -1 : 0;
  return depth > 0;
}
