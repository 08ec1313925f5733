// Calls of functions of imported BPF objects.
//
//   facts  the caller of a function in C knows the bytes of its result's type only: whatever stands above them in r0 is cut off

import { type Value, u64 } from '../../../model/ir/ir.js';
import type { Call, Expression } from '../../../model/syntax/nodes.js';
import type { ExternalFunction } from '../../../language/external-functions.js';
import { isSigned } from '../../../model/types/types.js';
import { sizeInC } from '../../../model/types/size.js';
import type { Lowerer } from '../context.js';

export function callExternal(l: Lowerer, e: Call, external: ExternalFunction): Value {
  const { b } = l;
  const args = (e.args as readonly Expression[]).map((argument, i) => l.value(argument, external.parameters[i]!.type));
  b.span = e.span;
  l.f.state.externals.set(external.name, external);
  const result = b.callKfunc(external.name, args, u64);
  l.region.forgetElements();
  return b.extend(result, sizeInC(external.result) as 1 | 2 | 4 | 8, isSigned(external.result));
}
