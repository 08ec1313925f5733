// What an editor asks about a script: mistakes, what a name means, what may follow, where a name stands.
//
//   idea   parser, checker and records of the compiler answer. Where a part does not parse the rest is checked without it; what an unfinished expression has for
//          fields is found by checking its probe up to there

import { compile, type CompileOptions } from '../../compile.js';
import { itemsOf, type Item } from '../../compiler/parse/items.js';
import { parseParts } from '../../compiler/parse/parse-parts.js';
import type { TypedProgram } from '../../language/typed-program.js';
import type { Diagnostic } from '../../model/diagnostics/diagnostic.js';
import { Source, type Span } from '../../model/source/source.js';
import type { Node, SyntaxTree } from '../../model/syntax/nodes.js';
import { children } from '../../model/syntax/visit.js';
import type { Target } from '../../model/target/target.js';
import { spellType, type StructType, type Type } from '../../model/types/types.js';

/** Said of what a part that does not parse would give or use. */
const followUps = new Set(['T0103', 'T0213', 'T0108', 'X0001']);

export interface Named {
  readonly name: string;
  readonly doc: string;
}

export class Script {
  readonly source: Source;
  readonly tree: SyntaxTree;
  readonly diagnostics: readonly Diagnostic[];
  /** every part parses */
  readonly whole: boolean;
  #typed: TypedProgram | undefined;

  constructor(text: string, name: string, private readonly target: Target, private readonly files: Pick<CompileOptions, 'readImport' | 'readHeader'>) {
    this.source = new Source(name, text);
    const { tree, diagnostics } = parseParts(this.source);
    this.tree = tree;
    const wrong = diagnostics.filter(({ severity }) => severity === 'error');
    this.whole = wrong.length === 0;
    const found = this.#check(tree.span.source.text, (typed) => (this.#typed = typed));
    this.diagnostics = this.whole ? found : [...wrong, ...found.filter(({ code }) => !followUps.has(code))];
  }

  #check(text: string, onTyped: (program: TypedProgram) => void): readonly Diagnostic[] {
    const given = { unsafe: true, foldsSyscalls: false, ...this.files };
    const { diagnostics } = compile(new Source(this.source.name, text), this.target, { ...given, onTyped });
    // parameters are given when the script is run
    return diagnostics.filter(({ code }) => code !== 'X0001');
  }

  /** The type of the smallest expression at a place, and its text. */
  typeAt(offset: number): { readonly text: string; readonly type: string; readonly span: Span } | undefined {
    let best: readonly [Node, Type] | undefined;
    for (const [node, type] of this.#typed?.types ?? []) {
      const { start, end, source, expandedFrom } = node.span;
      if (source.name !== this.source.name || expandedFrom || offset < start || offset > end) continue;
      if (!best || end - start < best[0].span.end - best[0].span.start) best = [node, type];
    }
    if (!best) return undefined;
    const { span } = best[0];
    return { text: this.source.text.slice(span.start, span.end), type: spellType(best[1]), span };
  }

  /** A map's key and value, where all is right. */
  mapType(name: string): string | undefined {
    const map = this.#typed?.maps.get(name);
    if (!map) return undefined;
    const key = map.key === undefined || map.key === 'scalar' ? '' : `[${spellType(map.key)}]`;
    return `${name}${key}: ${map.value ? spellType(map.value) : 'none'}`;
  }

  /** Maps of the script. */
  maps(): string[] {
    return [...new Set(this.#nodes(this.tree).filter((node) => node.kind === 'map').map(({ name }) => name))].sort();
  }

  /** Variables of the probe, macro or function at a place. */
  variables(offset: number): string[] {
    const item = this.#itemAt(offset);
    const written = this.source.text.slice(item.start, offset).matchAll(/\$[A-Za-z_]\w*/g);
    return [...new Set([...written].filter(({ index }) => item.start + index + 1 < offset).map(([name]) => name))].sort();
  }

  /** All places where the map or variable at a place is named; undefined: there is none. */
  placesOf(offset: number): { readonly name: string; readonly places: readonly { readonly start: number; readonly end: number }[] } | undefined {
    const nodes = this.#nodes(this.tree).filter((node) => node.kind === 'map' || node.kind === 'variable');
    const here = nodes.find(({ span }) => offset >= span.start && offset <= span.start + this.#nameLength(span.start));
    if (!here) return undefined;
    const item = this.#itemAt(here.span.start);
    const same = nodes.filter((node) => node.kind === here.kind && node.name === here.name && (here.kind === 'map' || (node.span.start >= item.start && node.span.end <= item.end)));
    const starts = [...new Set(same.map(({ span }) => span.start))].sort((a, b) => a - b);
    const name = this.source.text.slice(here.span.start, here.span.start + this.#nameLength(here.span.start));
    return { name, places: starts.map((start) => ({ start, end: start + name.length })).filter(({ start, end }) => this.source.text.slice(start, end) === name) };
  }

  #nameLength(start: number): number {
    return /^[@$]\w*/.exec(this.source.text.slice(start))?.[0].length ?? 0;
  }

  #nodes(node: Node): (Node & { readonly name: string })[] {
    const found: Node[] = [];
    const visit = (each: Node): void => {
      found.push(each);
      for (const child of children(each)) visit(child as Node);
    };
    visit(node);
    return found as (Node & { readonly name: string })[];
  }

  #itemAt(offset: number): Item {
    return itemsOf(this.source.text).findLast(({ start }) => start <= offset) ?? { start: 0, end: this.source.text.length };
  }

  /** The attach point of the probe whose body a place lies in; undefined: it lies in none. */
  probeAt(offset: number): string | undefined {
    const { start } = this.#itemAt(offset);
    const head = this.source.text.slice(start, offset);
    const brace = head.indexOf('{');
    if (brace < 0) return undefined;
    return head.slice(0, brace).replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '').split('/').length > 0 ? head.slice(0, brace).replace(/\/\/.*$/gm, '').trim().split(/[\s,]/)[0] : undefined;
  }

  /** What stands behind the dot or arrow that ends before `offset`: fields of the expression in front, or arguments of the probe. */
  fieldsAt(offset: number): readonly Named[] {
    const expression = expressionBefore(this.source.text, offset);
    if (expression === undefined) return [];
    const item = this.#itemAt(offset);
    const body = this.source.text.slice(item.start, offset - expression.length);
    const begin = statementStart(body);
    const depth = openBraces(body.slice(0, begin));
    if (depth < 1) return [];
    const mark = `${body.slice(0, begin)} print(`;
    const rest = this.tree.span.source.text;
    // the other parts of the script, as far as they parse, then only what comes before the first probe
    const [firstItem] = itemsOf(this.source.text);
    for (const [before, after] of [[rest.slice(0, item.start), rest.slice(item.end)], [this.source.text.slice(0, firstItem?.start ?? 0), '']] as const) {
      let fields: readonly Named[] | undefined;
      const from = before.length + mark.length;
      this.#check(`${before}${mark}${expression}); ${'}'.repeat(depth)} ${after}`, (typed) => (fields = fieldsOf(typed, from, from + expression.length, expression)));
      if (fields) return fields;
    }
    return [];
  }
}

function fieldsOf(typed: TypedProgram, start: number, end: number, expression: string): readonly Named[] {
  if (expression === 'args') {
    const probe = typed.probes.find(({ body }) => body.span.start <= start && body.span.end >= end);
    return (probe?.resolved.arguments ?? []).map(({ name, type }) => ({ name, doc: spellType(type) }));
  }
  const found = [...typed.types].find(([node]) => node.span.start === start && node.span.end === end)?.[1];
  const type = found?.kind === 'pointer' ? found.to : found;
  if (type?.kind === 'struct') return membersOf(type);
  if (type?.kind === 'record') return type.fields.map(({ name, type: field }) => ({ name, doc: spellType(field) }));
  return [];
}

/** Those of anonymous structs and unions inside are the struct's own. */
function membersOf({ fields, loadFields }: StructType): readonly Named[] {
  return (fields ?? loadFields?.() ?? []).flatMap(({ name, type }) => (name ? [{ name, doc: spellType(type) }] : type.kind === 'struct' ? membersOf(type) : []));
}

/** `$f`, `((struct file *)arg0)`, `curtask->mm`, `args.file`, `@m[1]`: the expression that ends at `end`. */
function expressionBefore(text: string, end: number): string | undefined {
  let at = end;
  while (at > 0) {
    const character = text[at - 1]!;
    if (character === ')' || character === ']') {
      const open = character === ')' ? '(' : '[';
      let depth = 0;
      do {
        at--;
        if (text[at] === character) depth++;
        if (text[at] === open) depth--;
      } while (depth > 0 && at > 0);
    } else if (/[\w$@.]/.test(character)) at--;
    else if (text.slice(at - 2, at) === '->') at -= 2;
    else break;
  }
  const found = text.slice(at, end);
  return found === '' || /^\d/.test(found) ? undefined : found;
}

/** Where the statement begins that the end of a text lies in. */
function statementStart(text: string): number {
  return Math.max(text.lastIndexOf(';'), text.lastIndexOf('{'), text.lastIndexOf('}')) + 1;
}

const openBraces = (text: string): number => (text.match(/\{/g)?.length ?? 0) - (text.match(/\}/g)?.length ?? 0);
