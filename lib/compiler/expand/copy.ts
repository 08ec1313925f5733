// Copies of nodes with other places: what a macro or a `#define` puts into a script.

import type { Span } from '../../model/source/source.js';
import type { Node } from '../../model/syntax/nodes.js';
import { rewriteChildren } from '../../model/syntax/rewrite.js';

/** The node itself (not its children) with each of its spans changed. */
export function withSpans<N extends Node>(node: N, change: (span: Span) => Span): N {
  const spans = Object.entries(node).filter(([key]) => key === 'span' || key.endsWith('Span'));
  return { ...node, ...Object.fromEntries(spans.map(([key, span]) => [key, change(span as Span)])) };
}

/** A deep copy that lies in one place of the script. */
export function placedAt<N extends Node>(node: N, span: Span): N {
  const visit = (child: Node): Node => withSpans(rewriteChildren(child, visit), () => span);
  return visit(node) as N;
}
