// Syntax errors: from the word that fits nowhere and what the grammar could have gone on with to bpftrace's wording.
//
//   in     the unexpected token (undefined: the script ended), the token before it, the rules that waited for a word
//   out    one Diagnostic
//   idea   a table read from top to bottom. A row names a rule that was being read, a word it waited for, or both; the first
//          row that fits gives the message. More particular rows stand first.
//   facts  wording: language.md 9.2

import type { Diagnostic, DiagnosticKind } from '../../model/diagnostics/diagnostic.js';
import type { Span } from '../../model/source/source.js';
import type { Token } from '../../model/syntax/build.js';
import { isBuiltinWord } from './tokens.js';
import * as problems from './diagnostics.js';

/** A rule that waits for a word: what it is called and how many words of it have been read. */
export interface Waiting {
  readonly rule: string;
  /** token type, or the word itself for keywords */
  readonly word: string;
}

export interface Stop {
  /** undefined at the end of the script */
  readonly found: Token | undefined;
  readonly before: Token | undefined;
  readonly waiting: readonly Waiting[];
  /** rules that were about to begin */
  readonly wanted: ReadonlySet<string>;
  /** where the message points */
  readonly span: Span;
}

type Kind = DiagnosticKind<object>;
interface Row {
  readonly rule?: string;
  readonly word?: string;
  /** type of the token before */
  readonly after?: string;
  readonly found?: string;
  /** a rule that was about to begin */
  readonly wanted?: string;
  readonly says: Kind | string;
}

const rows: readonly Row[] = [
  // words that are right, but not there
  { found: 'cDefinition', says: problems.lateDefinition },
  { found: 'config', rule: 'import', word: 'import', says: problems.duplicateConfig },
  { found: 'config', says: problems.lateConfig },
  { found: 'import', says: problems.lateImport },
  // heads of items
  { after: 'rootLet', says: problems.rootLet },
  { rule: 'mapDeclaration', word: 'assign', says: '=' },
  { rule: 'mapDeclaration', word: 'identifier', says: problems.expectedMapKind },
  { rule: 'mapDeclaration', word: 'integer', says: problems.expectedMaxEntries },
  { rule: 'macro', word: 'identifier', says: problems.expectedMacroName },
  { rule: 'macroParameter', says: problems.expectedParameter },
  { rule: 'subprogram', word: 'identifier', says: problems.expectedFunctionName },
  { rule: 'import', word: 'string', says: problems.expectedImportPath },
  { rule: 'imports', word: 'semicolon', says: problems.expectedImportEnd },
  { rule: 'configEntry', word: 'identifier', says: problems.expectedConfigKey },
  { rule: 'configValue', says: problems.expectedConfigValue },
  // statements
  { after: 'elseStatement', says: problems.expectedAfterElse },
  { after: 'elseValue', says: problems.expectedAfterElse },
  { after: 'let', says: problems.expectedVariableAfterLet },
  { after: 'for', says: problems.expectedLoopVariable },
  { rule: 'compound', word: 'variable', says: problems.expectedLoopVariable },
  { rule: 'compound', word: 'colon', says: ':' },
  { rule: 'parameter', word: 'colon', says: ':' },
  { wanted: 'iterable', says: problems.expectedIterable },
  { after: 'dot', says: problems.expectedFieldName },
  { rule: 'type', word: 'identifier', says: problems.expectedTypeName },
  { rule: 'predicate', word: 'endPredicate', says: problems.expectedPredicateEnd },
  { rule: 'statements', word: 'semicolon', after: 'semicolon', says: problems.unexpectedInBlock },
  { rule: 'statements', word: 'semicolon', after: 'blockOpen', says: problems.unexpectedInBlock },
  { rule: 'statements', word: 'semicolon', after: 'valueOpen', says: problems.unexpectedInBlock },
  { rule: 'statements', word: 'semicolon', after: 'blockClose', says: problems.unexpectedInBlock },
  { rule: 'compound', word: 'blockOpen', says: '{' },
];

const closers: Readonly<Record<string, string>> = {
  semicolon: ';', close: ')', indexClose: ']', colon: ':', blockOpen: '{', blockClose: '}', open: '(', conditionOpen: '(', typeOpen: '(', assign: '=', comma: ',',
  elseValue: 'else',
};
/** Which bracket or mark is named first where several would do. */
const closerOrder = ['semicolon', 'close', 'indexClose', 'colon', 'blockOpen', 'open', 'assign', 'elseValue', 'comma', 'blockClose'];

const operators = /^(==|!=|<=?|>=?|&&|\|\||[-+*/%&|^])$/;

/** What somebody who knows other languages may have meant. */
function habitOf({ found, before, waiting }: Stop, message: string): string | undefined {
  if (!found) return undefined;
  if (found.text === "'" || found.text === '`') return 'Strings stand in double quotes.';
  if (found.text === '=' && before !== undefined && ['==', '!='].includes(before.text)) return `${before.text} compares; there is no ${before.text}= here.`;
  if (['and', 'or'].includes(found.text) || before?.text === 'not') return '&& and || join conditions, ! negates one.';
  if (before?.text === 'function') return 'A function stands outside of probes: fn name($a : int64) : int64 { return $a; }';
  if (before?.type === 'field' && found.text === '(') return String.raw`There are no methods: functions take what they work on, as in strlen(comm). printf("%s\n", comm) prints.`;
  const wants = (mark: string): boolean => message.endsWith(`expected '${mark}'`);
  if (found.text === ':' && wants(';') && ['identifier', 'string'].includes(before?.type ?? '')) return 'A record is written (name = value, …), as in emit("opened", (pid = pid)).';
  if (found.text === '=' && waiting.some(({ rule }) => rule === 'arguments')) return 'The fields of a record have parentheses of their own, as in emit("opened", (pid = pid)). == compares.';
  if (found.text === '?' && before?.text === '?') return '$a ?: $b is $b where $a is zero.';
  if (found.text === '=' && (wants(')') || wants('{') || message.endsWith('to close predicate'))) return '== compares, = assigns.';
  if (wants('{') && operators.test(found.text)) return 'A condition of several words needs parentheses: if (pid == 1) { }';
  if (wants(';') && before?.type === 'identifier' && found.type === 'identifier') return `Variables begin with $ and need no type: $${found.text} = 1;`;
  return undefined;
}

export function syntaxError(stop: Stop): Diagnostic {
  const { found, before, waiting, span } = stop;
  const waits = (rule: string | undefined, word: string | undefined): boolean =>
    waiting.some((w) => (rule === undefined || w.rule === rule) && (word === undefined || w.word === word));
  const say = (message: Kind | string): Diagnostic => {
    const problem = typeof message === 'string' ? problems.expectedText.at(span, { text: message }) : message.at(span, {});
    const habit = habitOf(stop, problem.message);
    return habit === undefined ? problem : problem.hint(habit);
  };

  if (found && waits('macroParameter', undefined) && isBuiltinWord(found.text)) return problems.builtinAsParameter.at(span, { text: found.text });
  for (const row of rows) {
    if (row.found !== undefined && row.found !== found?.type) continue;
    if (row.after !== undefined && row.after !== before?.type) continue;
    if (row.wanted !== undefined && !stop.wanted.has(row.wanted)) continue;
    if ((row.rule !== undefined || row.word !== undefined) && !waits(row.rule, row.word)) continue;
    return say(row.says);
  }
  if (waits('primary', 'integer')) return say(problems.expectedExpression);
  if (waits(undefined, 'attachPoint') && !waits(undefined, 'blockOpen')) return say(before && before.type !== 'comma' && found ? problems.unexpectedInput : problems.expectedAttachPoint);
  if (waits('attachPoints', undefined) || waits('predicate', 'predicateOpen')) return say('{');
  const closer = closerOrder.find((word) => waits(undefined, word));
  return say(closer === undefined ? problems.unexpectedInput : closers[closer]!);
}
