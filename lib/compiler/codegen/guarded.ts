// Values that a comparison bounds for the verifier's sake: indexes into memory, sizes for helpers.
//
//   idea   backwards from the integers added to pointers and given to calls, through arithmetic and block parameters, to whatever a
//          branch compares on the way
//   facts  a spill keeps the bounds a value has by then. But verifiers before 6.5 give an unbounded spilled value no identity: when it is
//          loaded to be compared, only that register becomes bounded, and the next load from the slot is unbounded again. So these
//          values stay in registers

import type { Func, Value } from '../../model/ir/ir.js';

export function findGuarded(func: Func): Value[] {
  const compared = new Set<Value>();
  for (const { terminator: end } of func.blocks) {
    if (end?.kind !== 'branch') continue;
    for (const value of [end.left, end.right]) if (!value.isConst && value.type.kind === 'int') compared.add(value);
  }
  if (compared.size === 0) return [];
  const wanted = new Set<Value>();
  const work: Value[] = [];
  const want = (value: Value): void => {
    if (value.isConst || value.type.kind !== 'int' || wanted.has(value)) return;
    wanted.add(value);
    work.push(value);
  };
  for (const block of func.blocks) {
    for (const value of block.instructions) {
      if (value.op.startsWith('call') || ((value.op === 'add' || value.op === 'sub') && value.type.kind === 'ptr')) value.args.forEach(want);
    }
  }
  const incoming = incomingValues(func);
  for (let value = work.pop(); value; value = work.pop()) {
    if (value.op === 'param') incoming.get(value)?.forEach(want);
    else if (value.op !== 'load' && !value.op.startsWith('call') && !value.op.startsWith('atomic')) value.args.forEach(want);
  }
  return [...compared].filter((value) => wanted.has(value));
}

function incomingValues(func: Func): Map<Value, Value[]> {
  const incoming = new Map<Value, Value[]>();
  for (const { block, args } of func.blocks.flatMap((b) => b.successors)) {
    block.params.forEach((param, index) => {
      const values = incoming.get(param);
      if (values) values.push(args[index]!);
      else incoming.set(param, [args[index]!]);
    });
  }
  return incoming;
}
