// Damaged programs: the parser answers with a tree or with diagnostics, never with an exception, and each tree prints.

import t from 'tap';
import { parse } from '../../../../lib/compiler/parse/index.js';
import type { Diagnostic } from '../../../../lib/model/diagnostics/diagnostic.js';
import { renderDiagnostic } from '../../../../lib/model/diagnostics/render.js';
import { Source } from '../../../../lib/model/source/source.js';
import { formatScript, printTree } from '../../../../lib/model/syntax/print.js';
import { corpus, parsed, plain } from './corpus.js';

const ROUNDS = 3000;

/** xorshift32: the same programs on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const pieces = ['{', '}', '(', ')', '[', ']', ';', ',', '/', '*', '&', '-', '->', '.', '..', '++', '=', '==', '?', ':', '"', '\\', '$', '@', '#', '1', '0x',
  'if ', 'else ', 'let ', 'struct ', 'sizeof', 'typeof(', 'macro ', 'config = {', ' ', '\n', '//', '/*', '*/', 'é', '\u0000', '(int8)', '@x[1]', '$1'];

const next = random(20240229);
let trees = 0;
let refused = 0;
for (let round = 0; round < ROUNDS; round++) {
  let { text } = corpus[next(corpus.length)]!;
  for (let changes = 1 + next(3); changes > 0; changes--) {
    const at = next(text.length + 1);
    const way = next(4);
    if (way === 0) text = text.slice(0, at) + text.slice(at + 1 + next(4));
    else if (way === 1) text = text.slice(0, at) + pieces[next(pieces.length)]! + text.slice(at);
    else if (way === 2) text = text.slice(0, at) + pieces[next(pieces.length)]! + text.slice(at + 1);
    else text = text.slice(0, at);
  }
  const found: Diagnostic[] = [];
  try {
    const tree = parse(new Source('stdin', text), (diagnostic) => found.push(diagnostic));
    if (tree) {
      trees++;
      if (found.length > 0) t.fail(`a tree and diagnostics: ${text}`);
      printTree(tree);
      const formatted = formatScript(tree);
      const again = parsed(formatted);
      if (JSON.stringify(plain(again.tree)) !== JSON.stringify(plain(tree))) t.fail(`formatted differently:\n${text}\n----\n${formatted}\n${again.messages}`);
    } else {
      refused++;
      if (found.length === 0) t.fail(`neither tree nor diagnostic: ${text}`);
      for (const diagnostic of found) {
        if (!diagnostic.message.startsWith('syntax: ') || !diagnostic.span || diagnostic.span.end > text.length) t.fail(`${diagnostic.message}: ${text}`);
        renderDiagnostic(diagnostic);
      }
    }
  } catch (error) {
    t.fail(`${String((error as Error).stack)}\n${text}`);
  }
}
t.ok(trees > ROUNDS / 20 && refused > ROUNDS / 4, `${trees} trees, ${refused} refused`);
