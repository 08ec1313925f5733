// One probe text becomes one tree.
//
//   in     text, the compiled grammar of trace or argdist
//   out    what the grammar's first rule makes, or ProbeProblem with the place of the first word that fits nowhere

import nearley from 'nearley';
import { ProbeProblem } from './problem.js';
import type { Token } from './tree.js';
import { wordsOf, type Dialect } from './words.js';

/** A compiled grammar: the default export of a grammar.generated.ts. */
export type Grammar = nearley.CompiledRules;

/** @throws ProbeProblem */
export function parseProbe<Tree>(text: string, dialect: Dialect, grammar: Grammar): Tree {
  const results = readings(text, dialect, grammar);
  return results[0] as Tree;
}

/** All trees that the grammar finds: one, or the grammar is ambiguous. For tests.
 * @throws ProbeProblem */
export function readings(text: string, dialect: Dialect, grammar: Grammar): readonly unknown[] {
  const tokens = wordsOf(text, dialect);
  const parser = new nearley.Parser(nearley.Grammar.fromCompiled(grammar), { lexer: new Words(tokens) });
  // nearley's own messages are long and never shown
  Object.assign(parser, { reportError: () => '' });
  try {
    parser.feed('');
  } catch (error) {
    const { token } = error as { readonly token?: Token };
    if (token === undefined) throw error;
    throw unexpected(token, tokens, text, dialect);
  }
  if (parser.results.length === 0) throw unexpected(undefined, tokens, text, dialect);
  return parser.results as unknown[];
}

function unexpected(found: Token | undefined, tokens: readonly Token[], text: string, dialect: Dialect): ProbeProblem {
  const end = text.trimEnd().length;
  const span = found ?? { start: end, end };
  if (dialect === 'argdist' && !tokens.some(({ type }) => type === 'signatureOpen')) {
    const parts = tokens.filter(({ type }) => type === 'colon').length + 1;
    if (parts < 3) return new ProbeProblem('at least the probe type, library, and function signature must be specified', { start: 0, end }, "For example p::vfs_read() or 'p:c:malloc(size_t size):size_t:size'");
    return new ProbeProblem(`function signature '${text.split(':')[2] ?? ''}' has an invalid format`, span, 'The parentheses are required, even where nothing stands in them: p::vfs_read()');
  }
  if (dialect === 'argdist' && found?.type === 'colon') return new ProbeProblem("extraneous ':'-separated parts detected", span, 'The parts are type:library:function(signature):types:expressions:filter');
  if (found === undefined) return new ProbeProblem('something is missing at the end', span);
  return new ProbeProblem(`'${found.text}' is not expected here`, span);
}

/** nearley's lexer over tokens that are known already. */
class Words implements nearley.Lexer {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  reset(): void {
    // the one text is given to the constructor
  }

  next(): nearley.Token | undefined {
    const token = this.tokens[this.at++];
    return token && { ...token, value: token.text };
  }

  save(): nearley.LexerState {
    return {} as nearley.LexerState;
  }

  formatError(): string {
    return '';
  }

  has(): boolean {
    return true;
  }
}
