// Text → SyntaxTree.
//
//   in     a source
//   out    the tree, or diagnostics: the first syntax error, or all faults that validate.ts finds
//   idea   nearley runs the grammar of grammar/tbpf.ne over the tokens of lexer.ts; its own messages are never shown

import nearley from 'nearley';
import { Bug, bug } from '../../model/diagnostics/errors.js';
import { DiagnosticList, type Report } from '../../model/diagnostics/diagnostic.js';
import { Source } from '../../model/source/source.js';
import type { Expression, SyntaxTree } from '../../model/syntax/nodes.js';
import type { Token } from '../../model/syntax/build.js';
import * as problems from './diagnostics.js';
import { syntaxError, type Stop } from './errors.js';
import grammar from './grammar.generated.js';
import { ScriptLexer } from './lexer.js';
import { validate } from './validate.js';

export { parseInteger } from './literals.js';
export { splitAttachPoint } from './attach-point.js';

const compiled = grammar as unknown as nearley.CompiledRules;
const scripts = nearley.Grammar.fromCompiled(compiled);
let expressions: nearley.Grammar | undefined;

/** Words of a script. Reading them takes two seconds; the statements they make are more than one program can hold. */
const MOST_WORDS = 250_000;

/** @returns undefined after an error was reported */
export function parse(source: Source, report: Report): SyntaxTree | undefined {
  const excess = source.text.length > MOST_WORDS ? wordAt(source, MOST_WORDS) : undefined;
  if (excess) {
    report(problems.tooManyWords.at(excess.span, { limit: MOST_WORDS }));
    return undefined;
  }
  const [found] = readings(source, report, scripts, new ScriptLexer(source));
  if (!found) return undefined;
  const tree: SyntaxTree = { ...(found as () => Omit<SyntaxTree, 'span'>)(), span: source.span(0, source.text.length) };
  const faults = new DiagnosticList();
  validate(tree, faults.report);
  faults.all.forEach(report);
  return faults.hasErrors ? undefined : tree;
}

/** How many trees the grammar finds for a text: 0 or 1, or the grammar is ambiguous. For tests. */
export function countReadings(source: Source): number {
  return readings(source, () => {}, scripts, new ScriptLexer(source)).length;
}

/** One expression on its own, as in `#define NAME value`. @returns undefined when the text is none */
export function parseExpression(text: string, name = 'stdin'): Expression | undefined {
  const source = new Source(name, text);
  expressions ??= nearley.Grammar.fromCompiled({ ...compiled, ParserStart: 'expression' });
  const [expression] = readings(source, () => {}, expressions, new ScriptLexer(source, 'body')) as Expression[];
  if (!expression) return undefined;
  const faults = new DiagnosticList();
  validate(expression, faults.report);
  return faults.hasErrors ? undefined : expression;
}

interface Column {
  readonly scannable: readonly { readonly rule: nearley.Rule; readonly dot: number }[];
  readonly wants: Readonly<Record<string, unknown>>;
}

function readings(source: Source, report: Report, rules: nearley.Grammar, lexer: ScriptLexer): unknown[] {
  const parser = new nearley.Parser(rules, { lexer: lexer as unknown as nearley.Lexer });
  // Building nearley's own messages costs more than parsing.
  Object.assign(parser, { reportError: () => '', reportLexerError: () => '' });
  let before: Token | undefined;
  try {
    parser.feed('');
    before = lexer.last;
    if (parser.results.length > 0) return parser.results as unknown[];
  } catch (error) {
    if (error instanceof Bug) throw error;
    if (lexer.failure) {
      report(lexer.failure);
      return [];
    }
    if (!(error as { token?: Token }).token) throw error;
    const found = lexer.last!;
    report(syntaxError({ found, before: lexer.previous, ...stateOf(parser, 2), span: found.span }));
    return [];
  }
  const end = source.text.trimEnd().length;
  const problem = syntaxError({ found: undefined, before, ...stateOf(parser, 1), span: source.span(end, end) });
  const open = unclosed(source);
  report(open ? problem.note(open.span, `'${open.text}' is not closed.`) : problem);
  return [];
}

/** undefined: there are not so many, or one before is wrong in itself, which reading them says. */
function wordAt(source: Source, index: number): Token | undefined {
  const lexer = new ScriptLexer(source);
  try {
    for (let i = 0; i < index; i++) if (!lexer.next()) return undefined;
    return lexer.next();
  } catch (error) {
    if (lexer.failure) return undefined;
    throw error;
  }
}

const closerOf: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };

/** The innermost bracket still open where the script ends. */
function unclosed(source: Source): Token | undefined {
  const lexer = new ScriptLexer(source);
  const open: Token[] = [];
  for (let token = lexer.next(); token; token = lexer.next()) {
    if (token.text in closerOf) open.push(token);
    else if (open.length > 0 && token.text === closerOf[open.at(-1)!.text]) open.pop();
  }
  return open.at(-1);
}

/** The rules that could have gone on with a word, in one of the last columns, and those that could have begun there. */
function stateOf(parser: nearley.Parser, fromEnd: number): Pick<Stop, 'waiting' | 'wanted'> {
  const { table } = parser as unknown as { table: Column[] };
  const column = table[table.length - fromEnd] ?? bug('parse', 'nearley kept no column to report from');
  const waiting = column.scannable.map(({ rule, dot }) => {
    const symbol = rule.symbols[dot] as { type?: string; literal?: string };
    return { rule: rule.name, word: symbol.type ?? symbol.literal ?? '' };
  });
  return { waiting, wanted: new Set(Object.keys(column.wants)) };
}
