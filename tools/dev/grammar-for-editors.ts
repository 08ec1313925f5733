// Prints editors/vscode/syntaxes/bpftrace.tmLanguage.json: colours of scripts in editors.
//
//   in     the names of the language's records
//   out    a TextMate grammar; its test asks that the file is what this prints
//   run    `npm run editors`

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { words } from '../../lib/cli/lsp/words.js';
import { probeRecords } from '../../lib/language/probes/index.js';

export const grammarPath = fileURLToPath(new URL('../../editors/vscode/syntaxes/bpftrace.tmLanguage.json', import.meta.url));

const oneOf = (names: Iterable<string>): string => [...new Set(names)].sort().join('|');
const named = (kind: 'function' | 'builtin'): string => oneOf(words.filter((word) => word.kind === kind).map(({ name }) => name));

export function grammarText(): string {
  const kinds = oneOf(probeRecords.flatMap(({ name, aliases }) => [name, ...aliases, ...(name === 'begin' || name === 'end' ? [name.toUpperCase()] : [])]));
  const include = (...names: string[]): { include: string }[] => names.map((name) => ({ include: `#${name}` }));
  const grammar = {
    name: 'bpftrace',
    scopeName: 'source.bpftrace',
    fileTypes: ['bt'],
    patterns: include('comments', 'preprocessor', 'probe', 'strings', 'words', 'numbers', 'names', 'operators'),
    repository: {
      comments: { patterns: [
        { name: 'comment.line.shebang.bpftrace', match: '\\A#!.*$' },
        { name: 'comment.line.double-slash.bpftrace', match: '//.*$' },
        { name: 'comment.block.bpftrace', begin: '/\\*', end: '\\*/' },
      ] },
      preprocessor: { name: 'meta.preprocessor.bpftrace', match: '^\\s*#\\s*(?:include|define|undef|if|ifdef|ifndef|elif|else|endif|error)\\b.*$' },
      probe: { patterns: [
        { match: `(?:^|(?<=[\\s,}=]))(${kinds})(:)([^\\s,{]+)`, captures: { 1: { name: 'keyword.control.probe.bpftrace' }, 2: { name: 'punctuation.separator.bpftrace' }, 3: { name: 'entity.name.function.probe.bpftrace' } } },
        { name: 'keyword.control.probe.bpftrace', match: '\\b(?:begin|end|BEGIN|END)\\b(?=\\s*(?:[{/,]|$))' },
      ] },
      strings: { name: 'string.quoted.double.bpftrace', begin: '"', end: '"', patterns: [
        { name: 'constant.character.escape.bpftrace', match: '\\\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)' },
        { name: 'constant.other.placeholder.bpftrace', match: '%[-+ #0]*\\d*(?:\\.\\d+)?(?:hh|h|ll|l|j|z|t)?[a-zA-Z%]+?' },
      ] },
      words: { patterns: [
        { name: 'keyword.control.bpftrace', match: '\\b(?:if|else|for|while|unroll|return|break|continue|import)\\b' },
        { name: 'keyword.other.bpftrace', match: '\\b(?:let|macro|fn|config|sizeof|offsetof|comptime|typeof|typeinfo)\\b' },
        { name: 'storage.type.bpftrace', match: '\\b(?:struct|union|enum|u?int(?:8|16|32|64)|int|char|short|long|unsigned|signed|float|double|bool|string|void|[a-z]+_t)\\b' },
        { name: 'constant.language.bpftrace', match: '\\b(?:true|false)\\b' },
        { name: 'support.function.bpftrace', match: `\\b(?:${named('function')})\\b(?=\\s*\\()` },
        { match: '(?:\\.|->)\\s*([A-Za-z_]\\w*)', captures: { 1: { name: 'variable.other.member.bpftrace' } } },
        { name: 'support.variable.bpftrace', match: `\\b(?:${named('builtin')}|arg\\d|sarg\\d+)\\b` },
      ] },
      numbers: { name: 'constant.numeric.bpftrace', match: '\\b(?:0[xX][0-9a-fA-F_]+|\\d[\\d_]*(?:e\\d+)?)(?:ns|us|ms|s|m|h|d|ull|ul|u|ll|l)?\\b' },
      names: { patterns: [
        { name: 'variable.other.map.bpftrace', match: '@\\w*' },
        { name: 'variable.parameter.positional.bpftrace', match: '\\$(?:\\d+|#)' },
        { name: 'variable.other.bpftrace', match: '\\$[A-Za-z_]\\w*' },
      ] },
      operators: { name: 'keyword.operator.bpftrace', match: '->|\\+\\+|--|<<|>>|&&|\\|\\||[-+*/%&|^=!<>]=?|[~?:]|\\.\\.' },
    },
  };
  return `${JSON.stringify(grammar, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(grammarPath, grammarText());
