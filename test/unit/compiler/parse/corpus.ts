// The programs of test/corpus, and what tests of this room share.

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from '../../../../lib/compiler/parse/index.js';
import { DiagnosticList } from '../../../../lib/model/diagnostics/diagnostic.js';
import { renderDiagnostic } from '../../../../lib/model/diagnostics/render.js';
import { Source } from '../../../../lib/model/source/source.js';
import type { SyntaxTree } from '../../../../lib/model/syntax/nodes.js';

const directory = fileURLToPath(new URL('../../../corpus/', import.meta.url));

export const corpus: readonly { readonly name: string; readonly text: string }[] = [
  ...readFileSync(`${directory}one-liners.txt`, 'utf8').split('\n')
    .filter((line) => line !== '' && !line.startsWith('# '))
    .map((text) => ({ name: text, text })),
  ...readdirSync(directory).filter((name) => name.endsWith('.bt')).map((name) => ({ name, text: readFileSync(directory + name, 'utf8') })),
];

export function parsed(text: string): { tree: SyntaxTree | undefined; messages: string } {
  const list = new DiagnosticList();
  const tree = parse(new Source('stdin', text), list.report);
  return { tree, messages: list.all.map((diagnostic) => renderDiagnostic(diagnostic)).join('') };
}

export function tree(text: string): SyntaxTree {
  const result = parsed(text);
  if (!result.tree) throw new Error(`${text}\n${result.messages}`);
  return result.tree;
}

/** A tree without its places. */
export function plain(node: unknown): unknown {
  return JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === 'span' || key.endsWith('Span') ? undefined : typeof value === 'bigint' ? `${value}n` : value)));
}
