// What the files of this room ask of each other while one function is lowered.
//
//   why    expressions hold statements, statements hold expressions, and a loop's body is another function: the files that lower them would
//          import each other in a circle. They import this interface instead; lowering.ts alone imports them all and implements it
//   idea   LowerContext is what records see. What stands here in addition is for this room only

import type { Block, Comparison, Value } from '../../model/ir/ir.js';
import type { Expression, Statement } from '../../model/syntax/nodes.js';
import type { Type } from '../../model/types/types.js';
import type { LowerContext } from '../../language/record.js';
import type { TypedProgram } from '../../language/typed-program.js';
import type { FunctionState } from './function.js';
import type { PrintsAndClears } from './events/print-and-clear.js';
import type { Region } from './maps/region.js';

/** Where break and continue of a loop go. */
export interface JumpTargets {
  readonly breakTo: () => void;
  readonly continueTo: () => void;
  /** how many event records were being filled where the loop began */
  readonly records: number;
}

export interface Lowerer extends LowerContext {
  readonly f: FunctionState;
  readonly program: TypedProgram;
  readonly region: Region;
  readonly printsAndClears: PrintsAndClears;
  /** loops around what is being lowered, innermost last */
  readonly jumps: JumpTargets[];
  /** event records that are being filled, innermost last. A jump out of an argument (`print((1, { return; 2 }))`) discards them: the
   *  verifier refuses a program that ends while it holds a reserved record */
  readonly records: Value[];
  /** Leaves the program. A loop body ends its loop and sets a mark in the frame, by which the program then leaves. */
  returnFrom: (value: Value | undefined) => void;

  statement(s: Statement): void;
  /** Jumps to `yes` when the expression is true, else to `no`. The current block ends. */
  condition(e: Expression, yes: Block, no: Block): void;
  /** Carries out a jump of the script. */
  jump(way: 'return' | 'break' | 'continue', value?: Value): void;
  /** likely: which way the program goes nearly always, for the order of its blocks */
  branch(comparison: Comparison, left: Value, right: Value | bigint | number, then: () => void, otherwise?: () => void, likely?: boolean): void;
  /** An expression made while lowering, with its type. */
  synthesize(e: Expression, type: Type): Expression;
  /** The same for another function: the body of a loop. */
  within(f: FunctionState): Lowerer;
}
