// Functions that assign a variable.

import type { Call, Variable } from '../../model/syntax/nodes.js';
import { functions } from './index.js';

/** The variable that a call assigns, as find() does its last one. */
export function assignedBy(call: Call): Variable | undefined {
  const index = functions.get(call.name)?.params.findIndex((param) => param.accepts === 'variable') ?? -1;
  const argument = call.args[index];
  return argument?.kind === 'variable' ? argument : undefined;
}
