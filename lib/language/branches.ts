// Ways through a function that divide and meet again, for comparisons of values that are in registers. Records and lower/ build with these.

import { Cell, type IrBuilder } from '../model/ir/builder.js';
import { type Block, type Comparison, type Value, u64 } from '../model/ir/ir.js';

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

/** A value that is one constant when control comes by `yes`, another by `no`. Both blocks are entered and end here. */
export function either(b: IrBuilder, yes: Block, whenYes: Value | number, no: Block, whenNo: Value | number): Value {
  const result = new Cell('either', u64);
  const after = b.newBlock('after');
  for (const [block, value] of [[yes, whenYes], [no, whenNo]] as const) {
    b.enter(block);
    b.write(result, typeof value === 'number' ? b.const(value) : value);
    b.jump(after);
  }
  b.enter(after);
  return b.read(result);
}
