// Text → SyntaxTree, for editors: what can be understood of a script that has mistakes.
//
//   out    the tree of the items without a mistake, and every diagnostic
//   idea   an item that does not parse becomes blanks, and the rest is parsed again: places stay what they are

import { type Diagnostic, DiagnosticList } from '../../model/diagnostics/diagnostic.js';
import { Source } from '../../model/source/source.js';
import type { SyntaxTree } from '../../model/syntax/nodes.js';
import { parse } from './index.js';
import { itemsOf, type Item } from './items.js';

export interface ParsedParts {
  readonly tree: SyntaxTree;
  readonly diagnostics: readonly Diagnostic[];
}

export function parseParts(source: Source): ParsedParts {
  const items = itemsOf(source.text);
  const diagnostics: Diagnostic[] = [];
  let readable = source;
  for (;;) {
    const found = new DiagnosticList();
    const tree = parse(readable, found.report);
    // of a text that is parsed again, warnings will be found again
    const kept = tree ? found.all : found.all.filter(({ severity }) => severity === 'error');
    diagnostics.push(...kept.map((diagnostic) => inSource(diagnostic, readable, source)));
    if (tree) return { tree, diagnostics };
    const wrong = kept.map(({ span }) => itemAt(items, span?.start ?? 0, readable.text));
    const text = wrong.reduce(blanked, readable.text);
    if (text.trim() === '' || text === readable.text) return { tree: { kind: 'tree', definitions: [], imports: [], items: [], span: source.span(0, source.text.length) }, diagnostics };
    readable = new Source(source.name, text);
  }
}

/** The item that a place lies in; of what is left, where the place is behind it. */
function itemAt(items: readonly Item[], offset: number, text: string): Item {
  const holds = items.find(({ start, end }) => offset >= start && offset < end && text.slice(start, end).trim() !== '');
  return holds ?? items.findLast(({ start, end }) => start <= offset && text.slice(start, end).trim() !== '') ?? { start: 0, end: text.length };
}

function blanked(text: string, { start, end }: Item): string {
  return text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, ' ') + text.slice(end);
}

/** Shown with the text as it was given. */
function inSource(diagnostic: Diagnostic, from: Source, to: Source): Diagnostic {
  return diagnostic.movedBy((place) => (place.source === from ? { ...place, source: to } : place));
}
