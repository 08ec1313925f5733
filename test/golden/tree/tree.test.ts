// Runs the golden trees of this directory (README.md).

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { printTree } from '../../../lib/model/syntax/print.js';
import { tree } from '../../unit/compiler/parse/corpus.js';

const directory = fileURLToPath(new URL('.', import.meta.url));
const MARK = '==> tree\n';

for (const name of readdirSync(directory).filter((file) => file.endsWith('.txt'))) {
  const text = readFileSync(directory + name, 'utf8');
  const at = text.indexOf(MARK);
  const source = text.slice(0, at).replace(/^(?:# .*\n)*/, '');
  const printed = `${printTree(tree(source))}\n`;
  if (process.env['GOLDEN_BLESS']) writeFileSync(directory + name, text.slice(0, at) + MARK + printed);
  else t.equal(printed, text.slice(at + MARK.length), name);
}
