// Walking, rewriting and copying over every program of the corpus.

import t from 'tap';
import type { Node } from '../../../../lib/model/syntax/nodes.js';
import { cloneNode, rewrite } from '../../../../lib/model/syntax/rewrite.js';
import { findAll, walk } from '../../../../lib/model/syntax/visit.js';
import { corpus, plain, tree } from '../../compiler/parse/corpus.js';

/** Every node in a piece of data, found without knowing its kinds. */
function nodesIn(value: unknown, found: Set<unknown> = new Set()): Set<unknown> {
  if (typeof value !== 'object' || value === null) return found;
  if ('kind' in value && 'span' in value) found.add(value);
  for (const [key, child] of Object.entries(value)) if (key !== 'span' && !key.endsWith('Span')) nodesIn(child, found);
  return found;
}

const kinds = new Set<string>();
for (const { name, text } of corpus) {
  const root = tree(text);
  const walked = new Set<unknown>();
  walk(root, (node) => {
    walked.add(node);
    kinds.add(node.kind);
  });
  // the variable of `let` and `for` is a node too, and every kind of child is found
  t.same([...nodesIn(root)].filter((node) => !walked.has(node)).map((node) => (node as Node).kind), [], `walk: ${name}`);
  t.equal(rewrite(root, (node) => node), root, `rewrite without a change: ${name}`);
  const copy = cloneNode(root);
  t.same(plain(copy), plain(root), `copy: ${name}`);
  t.notOk([...nodesIn(copy)].some((node) => nodesIn(root).has(node)), `no node shared: ${name}`);
}
t.ok(kinds.size >= 50, `${kinds.size} kinds of nodes in the corpus`);

const counted = rewrite(tree('begin { @x[1] = (2, 3 + 4); if (5) { let $y : uint8[6] = 7; } } macro m() { 8 }'), (node) =>
  node.kind === 'integer' ? { ...node, value: node.value * 10n } : node);
t.same(findAll(counted, (node) => node.kind === 'integer').map((node) => (node as { value: bigint }).value), [10n, 20n, 30n, 40n, 50n, 60n, 70n, 80n]);
const skipped: string[] = [];
walk(tree('begin { f(g(1)); }'), (node) => {
  if (node.kind === 'call') skipped.push(node.name);
  return node.kind === 'call' ? 'skip' : undefined;
});
t.same(skipped, ['f']);
