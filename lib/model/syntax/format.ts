// The formatter behind `--fmt`: a parsed script in one style.
//
//   in     a tree as the parser made it (spans of one source, from which comments and empty lines are taken)
//   out    text whose tree is the same, ending in a newline
//   idea   a writer of lines that lets out each comment before the first statement that follows it in the source

import { commentsOf, type Comment } from './comments.js';
import type { AttachPoint, Block, BlockExpression, Config, Expression, If, Import, Item, Macro, Node, Probe, Statement, Subprogram, SyntaxTree } from './nodes.js';
import { type BlockSpeller, spellCondition, spellExpression, spellString, spellType } from './spell.js';

const INDENT = '  ';
const LINE_WIDTH = 100;

export function formatScript(tree: SyntaxTree): string {
  return new Formatter(tree).script();
}

class Formatter implements BlockSpeller {
  private lines: string[] = [];
  private depth = 0;
  private readonly comments: Comment[];
  /** number of lines when the last of them ended in a // comment: nothing can follow it there */
  private closed = -1;
  private readonly text: string;

  constructor(private readonly tree: SyntaxTree) {
    this.comments = commentsOf(tree);
    this.text = tree.span.source.text;
  }

  script(): string {
    const { definitions, config, imports, items } = this.tree;
    const preamble: (Config | Import)[] = [...imports, ...(config ? [config] : [])].sort((a, b) => a.span.start - b.span.start);
    for (const definition of definitions) this.piece(definition, definition.text.startsWith('#'), () => this.verbatim(definition.text));
    for (const node of preamble) this.piece(node, node.kind === 'import', () => this.preamble(node));
    for (const item of items) this.piece(item, item.kind === 'map-declaration', () => this.item(item));
    this.letOut(this.text.length + 1);
    return this.lines.length === 0 ? '' : this.lines.join('\n') + '\n';
  }

  // ---- lines ---------------------------------------------------------------------------------------------------

  private line(text: string): void {
    this.lines.push(text === '' ? '' : INDENT.repeat(this.depth) + text);
  }

  private verbatim(text: string): void {
    this.lines.push(...text.trimEnd().split('\n'));
  }

  private blank(): void {
    const last = this.lines[this.lines.length - 1];
    if (last !== undefined && last !== '' && !last.endsWith('{')) this.lines.push('');
  }

  /** Comments that stand before an offset of the source. */
  private letOut(before: number): void {
    for (let comment = this.comments[0]; comment && comment.start < before; comment = this.comments[0]) {
      this.comments.shift();
      if (comment.trailing && this.lines.length > 0 && this.closed !== this.lines.length) {
        this.lines[this.lines.length - 1] += ` ${comment.text}`;
      } else {
        if (this.blankBefore(comment.start)) this.blank();
        for (const [i, part] of comment.text.split('\n').entries()) this.lines.push(i === 0 ? INDENT.repeat(this.depth) + part : part);
      }
      if (comment.text.startsWith('//')) this.closed = this.lines.length;
    }
  }

  private blankBefore(offset: number): boolean {
    return /\n[ \t\r]*\n\s*$/.test(this.text.slice(Math.max(0, offset - 400), offset));
  }

  /** A top-level piece; close: may follow the one before without an empty line. */
  private piece(node: Node, close: boolean, write: () => void): void {
    const commented = (this.comments[0]?.start ?? Infinity) < node.span.start && !this.comments[0]!.trailing;
    if (!close || this.blankBefore(commented ? this.comments[0]!.start : node.span.start)) {
      this.blank();
    }
    this.letOut(node.span.start);
    write();
    this.trailing(node.span.end);
  }

  /** Comments on the line where something ended. */
  private trailing(end: number): void {
    const lineEnd = this.text.indexOf('\n', end);
    const comment = this.comments[0];
    if (comment?.trailing && comment.start >= end && (lineEnd === -1 || comment.start < lineEnd)) this.letOut(comment.start + 1);
  }

  // ---- top level -----------------------------------------------------------------------------------------------

  private preamble(node: Config | Import): void {
    if (node.kind === 'import') return this.line(`import ${spellString(node.path)};`);
    this.config(node);
  }

  private config(config: Config): void {
    this.line('config = {');
    this.depth++;
    for (const entry of config.entries) {
      this.letOut(entry.span.start);
      const word = this.text.slice(entry.valueSpan.start, entry.valueSpan.end);
      this.line(`${entry.key} = ${word};`);
      this.trailing(entry.span.end);
    }
    this.letOut(config.span.end);
    this.depth--;
    this.line('}');
  }

  private item(item: Item): void {
    switch (item.kind) {
      case 'probe': return this.probe(item);
      case 'macro': return this.macro(item);
      case 'map-declaration': return this.line(`let ${item.map.name} = ${item.mapKind}(${item.maxEntries});`);
      case 'subprogram': return this.subprogram(item);
    }
  }

  private probe(probe: Probe): void {
    const points = probe.attachPoints.map((point: AttachPoint) => (point.label === undefined ? '' : `${point.label}=`) + point.raw);
    for (const point of points.slice(0, -1)) this.line(`${point},`);
    const predicate = probe.predicate ? ` /${this.expression(probe.predicate)}/` : '';
    this.block(`${points[points.length - 1]}${predicate} `, probe.body);
  }

  private macro(macro: Macro): void {
    const parameters = macro.parameters.map((parameter) => (parameter.mode === 'variable' ? `$${parameter.name}` : parameter.name));
    this.line(`macro ${macro.name}(${parameters.join(', ')}) {`);
    this.valueBlock(macro.body);
    this.line('}');
  }

  private subprogram(fn: Subprogram): void {
    const parameters = fn.parameters.map((parameter) => `$${parameter.name} : ${spellType(parameter.type, this)}`);
    this.block(`fn ${fn.name}(${parameters.join(', ')}) : ${spellType(fn.returnType, this)} `, fn.body);
  }

  // ---- statements ----------------------------------------------------------------------------------------------

  private expression(node: Expression): string {
    return spellExpression(node, this);
  }

  /** Writes `head{`, the statements and `}`: the closing line is the last one written. */
  private block(head: string, block: Block): void {
    this.line(`${head}{`);
    this.statements(block.statements, block.span.end, block.open === true);
    this.line('}');
  }

  private statements(statements: readonly Statement[], end: number, open: boolean): void {
    this.depth++;
    statements.forEach((statement, i) => {
      if (i > 0 && this.blankBefore(this.firstOffset(statement))) this.blank();
      this.letOut(statement.span.start);
      this.statement(statement, open && i === statements.length - 1);
      this.trailing(statement.span.end);
    });
    this.letOut(end);
    this.depth--;
  }

  private firstOffset(statement: Statement): number {
    return Math.min(this.comments[0]?.start ?? Infinity, statement.span.start);
  }

  private statement(node: Statement, open: boolean): void {
    switch (node.kind) {
      case 'expression-statement': return this.line(this.asStatement(node.expression) + (open ? '' : ';'));
      case 'discard': return this.line(`_ = ${this.expression(node.expression)};`);
      case 'assign': return this.line(`${this.asStatement(node.target)} ${node.op} ${this.expression(node.value)};`);
      case 'let': {
        const type = node.type ? ` : ${spellType(node.type, this)}` : '';
        return this.line(`let $${node.variable.name}${type}${node.value ? ` = ${this.expression(node.value)}` : ''};`);
      }
      case 'if': return this.ifStatement(node, '');
      case 'while': return this.block(`while ${spellCondition(node.condition, this)} `, node.body);
      case 'unroll': return this.block(`unroll ${spellCondition(node.count, this)} `, node.body);
      case 'for': {
        const iterable = node.iterable.kind === 'range' ? `${this.postfix(node.iterable.from)}..${this.postfix(node.iterable.to)}` : this.postfix(node.iterable);
        return this.block(`for ($${node.variable.name} : ${iterable}) `, node.body);
      }
      case 'jump': return this.line(`${node.jump}${node.value ? ` ${this.expression(node.value)}` : ''};`);
      case 'block': return this.block('', node);
      case 'import': return this.line(`import ${spellString(node.path)};`);
    }
  }

  private postfix(node: Expression): string {
    return spellExpression(node, this, 13);
  }

  /** At the start of a statement `{` and `if` mean a block and an if statement. */
  private asStatement(node: Expression): string {
    const text = this.expression(node);
    return /^(?:\{|if\b)/.test(text) ? `(${text})` : text;
  }

  private ifStatement(node: If, lead: string): void {
    this.block(`${lead}if ${spellCondition(node.condition, this)} `, node.whenTrue);
    if (!node.whenFalse) return;
    this.lines.pop();
    if (node.whenFalse.kind === 'if') this.ifStatement(node.whenFalse, '} else ');
    else this.block('} else ', node.whenFalse);
  }

  // ---- blocks in expressions -----------------------------------------------------------------------------------

  /** One line when short, otherwise several; the text of the caller goes on after the closing brace. */
  spellBlock(node: BlockExpression): string {
    const { lines: outer, closed } = this;
    this.lines = [];
    this.closed = -1;
    this.valueBlock(node);
    const inner = this.lines;
    this.lines = outer;
    this.closed = closed;
    if (inner.length === 0) return '{ }';
    const short = inner.map((line) => line.trim()).join(' ');
    if (inner.length <= 2 && short.length < LINE_WIDTH / 2 && !/[{}]|\/\/|\/\*/.test(short)) return `{ ${short} }`;
    return `{\n${inner.join('\n')}\n${INDENT.repeat(this.depth)}}`;
  }

  private valueBlock(node: BlockExpression): void {
    this.statements(node.statements, node.value?.span.start ?? node.span.end, false);
    if (!node.value) return;
    this.depth++;
    if (node.value.kind === 'block-expression' || node.value.kind === 'if-expression') this.line(this.expression(node.value));
    else this.line(this.asStatement(node.value));
    this.letOut(node.span.end);
    this.depth--;
  }
}
