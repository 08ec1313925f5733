// Variables of the script: in a register where that suffices, else in memory (function.ts says where).

import type { Value } from '../../../model/ir/ir.js';
import type { Variable } from '../../../model/syntax/nodes.js';
import type { Lowerer } from '../context.js';
import { storeScalar } from '../memory/place.js';

/** Stores a scalar, already of the variable's type. */
export function assignVariable(l: Lowerer, target: Variable, value: Value): void {
  const info = l.program.variables.get(target)!;
  const cell = l.f.cell(info);
  if (cell) l.b.write(cell, value);
  else storeScalar(l.b, { ...l.f.variable(info), type: info.type }, value);
}
