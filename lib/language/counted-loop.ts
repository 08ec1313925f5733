// An ordinary loop with a bound: `for (i = 0; i < bound; i++)`, which the verifier follows to its end.

import type { Block, Value } from '../model/ir/ir.js';
import { u64 } from '../model/ir/ir.js';
import { Cell, type IrBuilder } from '../model/ir/builder.js';

/** Builds the loop. `body` ends every way with a branch or jump: to `next` for the next turn, or out of the loop.
 *  When the bound is reached control goes to `exhausted`. The caller enters the blocks that the loop leaves to.
 * @returns the counter, readable where the loop was left */
export function countedLoop(b: IrBuilder, bound: Value | number, exhausted: Block, body: (i: Value, next: Block) => void): Cell {
  const counter = new Cell('i', u64);
  const head = b.newBlock('loop');
  const turn = b.newBlock('turn');
  const next = b.newBlock('next');
  b.write(counter, b.const(0));
  b.jump(head);
  b.enter(head, { seal: false });
  const i = b.read(counter);
  b.branch('ult', i, typeof bound === 'number' ? b.const(bound) : bound, turn, exhausted);
  b.enter(turn);
  body(i, next);
  b.enter(next);
  b.write(counter, b.add(i, 1));
  b.jump(head);
  b.seal(head);
  return counter;
}
