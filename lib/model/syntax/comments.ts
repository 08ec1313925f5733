// Comments of a script: the tree does not hold them, the formatter puts them back.
//
//   in     a parsed tree with its source
//   out    comments in source order
//   idea   comments stand between the words; attach points, strings and C definitions are words that may hold `//` themselves

import type { SyntaxTree } from './nodes.js';
import { walk } from './visit.js';

export interface Comment {
  /** as written, without line end */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** stands after other text on its line */
  readonly trailing: boolean;
}

/** Also the `#!` line, as a first comment. */
export function commentsOf(tree: SyntaxTree): Comment[] {
  const { text } = tree.span.source;
  const opaque: [start: number, end: number][] = [];
  walk(tree, (node) => {
    if (node.kind === 'attach-point' || node.kind === 'string' || node.kind === 'c-definition' || node.kind === 'import') opaque.push([node.span.start, node.span.end]);
    if (node.kind === 'config') for (const entry of node.entries) opaque.push([entry.valueSpan.start, entry.valueSpan.end]);
  });
  opaque.sort((a, b) => a[0] - b[0]);
  const comments: Comment[] = [];
  const scan = (from: number, to: number): void => {
    const pattern = from === 0 ? /^\s*#![^\n]*|\/\/[^\n]*|\/\*[^]*?\*\//g : /\/\/[^\n]*|\/\*[^]*?\*\//g;
    pattern.lastIndex = from;
    for (let found = pattern.exec(text); found && found.index < to; found = pattern.exec(text)) {
      const start = found.index + (found[0].length - found[0].trimStart().length);
      const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
      comments.push({ text: found[0].trim(), start, end: found.index + found[0].length, trailing: line.trim() !== '' });
    }
  };
  let at = 0;
  for (const [start, end] of opaque) {
    if (start > at) scan(at, start);
    at = Math.max(at, end);
  }
  scan(at, text.length);
  return comments;
}
