// Damaged programs: the parser answers with a tree or with diagnostics, never with an exception, and each tree prints.

import t from 'tap';
import { parse } from '../../../../lib/compiler/parse/index.js';
import type { Diagnostic } from '../../../../lib/model/diagnostics/diagnostic.js';
import { renderDiagnostic } from '../../../../lib/model/diagnostics/render.js';
import { Source } from '../../../../lib/model/source/source.js';
import { formatScript, printTree } from '../../../../lib/model/syntax/print.js';
import { damaged, random } from '../../../errors/mutate.js';
import { corpus, parsed, plain } from './corpus.js';

const ROUNDS = 3000;

const next = random(20240229);
let trees = 0;
let refused = 0;
for (let round = 0; round < ROUNDS; round++) {
  const text = damaged(next, corpus[next(corpus.length)]!.text);
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
