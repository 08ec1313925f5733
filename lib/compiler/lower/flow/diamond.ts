// Ways through a function that divide and meet again, for comparisons of values that are in registers.

import type { IrBuilder } from '../../../model/ir/builder.js';
import type { Block, Comparison, Value } from '../../../model/ir/ir.js';

type Operand = Value | bigint | number;

const valueOf = (b: IrBuilder, operand: Operand): Value => (typeof operand === 'object' ? operand : b.const(operand));

/** if (left OP right) { then } else { otherwise }, continuing behind both. */
export function diamond(b: IrBuilder, comparison: Comparison, left: Value, right: Operand, then: () => void, otherwise?: () => void, likely?: boolean): void {
  const yes = b.newBlock('then');
  const after = b.newBlock('after');
  const no = otherwise ? b.newBlock('else') : after;
  b.branch(comparison, left, valueOf(b, right), yes, no, likely);
  b.enter(yes);
  then();
  b.jump(after);
  if (otherwise) {
    b.enter(no);
    otherwise();
    b.jump(after);
  }
  b.enter(after);
}

/** Goes on where left OP right; elsewhere `leave` runs, which ends in a jump or a return. */
export function onlyWhere(b: IrBuilder, comparison: Comparison, left: Value, right: Operand, leave: () => void, likely?: boolean): void {
  const on = b.newBlock('on');
  const out = b.newBlock('out');
  b.branch(comparison, left, valueOf(b, right), on, out, likely);
  b.enter(out);
  leave();
  b.enter(on);
}

/** New blocks with these labels. */
export function newBlocks<const Labels extends readonly string[]>(b: IrBuilder, ...labels: Labels): { readonly [I in keyof Labels]: Block } {
  return labels.map((label) => b.newBlock(label)) as unknown as { readonly [I in keyof Labels]: Block };
}
