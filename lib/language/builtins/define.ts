// Shorthand for builtins that are one helper call.

import { type ValueType, u64 } from '../../model/ir/ir.js';
import { type Type, uint64 } from '../../model/types/types.js';
import type { BuiltinRecord } from '../record.js';

export function defineBuiltin(record: BuiltinRecord): BuiltinRecord {
  return record;
}

/** A builtin whose value is what `helper` returns. */
export function helperValue(name: string, helper: string, doc: string, options: { type?: Type; result?: ValueType; needs?: readonly string[] } = {}): BuiltinRecord {
  return {
    name, doc, mode: 'S', needs: options.needs,
    check: () => options.type ?? uint64,
    lower: (l) => l.b.call(helper, [], options.result ?? u64),
  };
}
