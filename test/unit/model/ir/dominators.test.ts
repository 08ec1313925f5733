import t from 'tap';
import { Dominators, reversePostorder } from '../../../../lib/model/ir/dominators.js';
import type { Block, Func } from '../../../../lib/model/ir/ir.js';
import { parseModule } from '../../../../lib/model/ir/text.js';

/** Each row: a block and where it goes. */
function graph(edges: Record<number, readonly number[]>): Func {
  const blocks = Object.entries(edges).map(([id, to]) => {
    const end = to.length === 0 ? 'return v1' : to.length === 1 ? `jump b${to[0]}` : `branch eq v1, v1 -> b${to[0]}, b${to[1]}`;
    return id === '0' ? `b0 entry(v0: ctx):\n  v1: u64 = const 0\n  ${end}` : `b${id} x():\n  ${end}`;
  });
  return parseModule(`program p "raw_tp" {\n${blocks.join('\n')}\n}`).functions[0]!;
}

const cases: [title: string, edges: Record<number, readonly number[]>, immediate: Record<number, number | undefined>][] = [
  ['a diamond', { 0: [1, 2], 1: [3], 2: [3], 3: [] }, { 0: undefined, 1: 0, 2: 0, 3: 0 }],
  ['a loop', { 0: [1], 1: [2, 3], 2: [1], 3: [] }, { 1: 0, 2: 1, 3: 1 }],
  ['two ways into a loop', { 0: [1, 2], 1: [2, 3], 2: [1, 3], 3: [] }, { 1: 0, 2: 0, 3: 0 }],
  ['a block that cannot be reached', { 0: [2], 1: [2], 2: [] }, { 1: undefined, 2: 0 }],
  ['both edges of a branch to one block', { 0: [1, 1], 1: [] }, { 1: 0 }],
];
for (const [title, edges, immediate] of cases) {
  t.test(title, async (t) => {
    const func = graph(edges);
    const byId = (id: number): Block => func.blocks.find((b) => b.id === id)!;
    const dominators = new Dominators(func);
    for (const [id, above] of Object.entries(immediate)) t.equal(dominators.immediateDominator(byId(Number(id)))?.id, above, `b${id}`);
  });
}

t.test('dominance, predecessors and reachability', async (t) => {
  const func = graph({ 0: [1, 2], 1: [3], 2: [3], 3: [4], 4: [], 5: [4] });
  const [b0, b1, , b3, b4, b5] = func.blocks as [Block, Block, Block, Block, Block, Block];
  const dominators = new Dominators(func);
  t.ok(dominators.dominates(b0, b4));
  t.ok(dominators.dominates(b4, b4));
  t.notOk(dominators.dominates(b1, b3));
  t.notOk(dominators.dominates(b5, b4));
  t.notOk(dominators.isReachable(b5));
  t.same(dominators.predecessors(b4), [b3]);
});

t.test('10000 blocks in a row', async (t) => {
  const edges: Record<number, number[]> = {};
  for (let i = 0; i < 10000; i++) edges[i] = i < 9999 ? [i + 1] : [];
  const func = graph(edges);
  t.equal(reversePostorder(func).length, 10000);
  t.equal(new Dominators(func).immediateDominator(func.blocks[9999]!), func.blocks[9998]);
});
