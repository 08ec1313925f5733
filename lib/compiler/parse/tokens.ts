// The words of the language: moo's rules, one state for the top level and one for everything between `{` or `/` and its end.
//
//   facts  language.md 1.2 (lexical rules) and 1.6 (attach-point text)
//   idea   moo finds where a word ends; what the word is in its place (prefix or infix `*`, parenthesis of a cast or of an
//          expression) is decided by lexer.ts. Layout is a word too, which lexer.ts drops.

import moo from 'moo';

/** Layout inside a pattern: blanks, line ends and comments. */
export const GAP = String.raw`(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*`;
const NAME = '[A-Za-z_][A-Za-z0-9_]*';
const QUOTED = String.raw`"(?:[^"\\]|\\[^])*"`;

/** Words with a meaning of their own wherever an expression may stand. */
export const keywords = new Set([
  'break', 'comptime', 'continue', 'else', 'enum', 'false', 'fn', 'for', 'if', 'import', 'let', 'macro', 'offsetof', 'return',
  'sizeof', 'struct', 'true', 'typeinfo', 'typeof', 'union', 'unroll', 'while',
]);

/** Words that the parser takes for builtins: no macro parameter, cast type or record label may be called so. */
export const isBuiltinWord = (word: string): boolean => /^(?:args|ctx|kstack|nsecs|pid|tid|ustack|s?arg[0-9]+|__builtin_\w+)$/.test(word);

const layout = { match: /\s+/, lineBreaks: true };
const comment = { match: /\/\/[^\n]*|\/\*[^]*?\*\//, lineBreaks: true };
const unclosedComment = { match: /\/\*[^]*/, lineBreaks: true };

export const states: { [state: string]: moo.Rules } = {
  top: {
    layout,
    comment,
    unclosedComment,
    line: /#[^\n]*/,
    aggregate: /(?:struct|union|enum)(?![\w:*=])/,
    config: /config(?![\w:*])/,
    import: /import(?![\w:*=])/,
    macro: /macro(?![\w:*=])/,
    let: /let(?![\w:*=])/,
    fn: /fn(?![\w:*=])/,
    comma: ',',
    predicateOpen: '/',
    brace: '{',
    // A `/` belongs to the text once a `:` has been seen: paths contain it.
    attachPoint: { match: new RegExp(String.raw`(?:[^\s{}:,/"]|${QUOTED})+(?::(?:[^\s{,"]|${QUOTED})*)?`), lineBreaks: true },
    invalid: moo.error,
  },
  body: {
    layout,
    comment,
    unclosedComment,
    string: /"(?:[^"\\\n]|\\[^\n])*"/,
    unclosedString: /"(?:[^"\\\n]|\\[^\n])*/,
    integer: /[0-9][0-9A-Za-z_]*/,
    word: new RegExp(NAME),
    variable: new RegExp(`\\$${NAME}`),
    positional: /\$[0-9]+/,
    positionalCount: '$#',
    dollar: '$',
    mapKeyed: { match: new RegExp(`@(?:${NAME})?(?=${GAP}\\[)`), lineBreaks: true },
    map: new RegExp(`@(?:${NAME})?`),
    endPredicate: new RegExp(`/(?=${GAP}\\{)`),
    assignOp: ['<<=', '>>=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^='],
    step: ['++', '--'],
    range: '..',
    dot: ['->', '.'],
    infix: ['||', '&&', '|', '^', '==', '!=', '<', '<=', '>', '>=', '<<', '>>', '+', '/', '%'],
    either: ['-', '*', '&'],
    prefix: ['!', '~'],
    elvis: '?:',
    question: '?',
    colon: ':',
    assign: '=',
    comma: ',',
    semicolon: ';',
    brace: '{',
    braceClose: '}',
    paren: '(',
    parenClose: ')',
    bracketOpen: '[',
    bracketClose: ']',
    invalid: moo.error,
  },
};
