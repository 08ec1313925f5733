// What the kernel has: what the standard macros about it are made of.

import { bool } from '../../model/types/types.js';
import { literalOnly } from '../diagnostics.js';
import type { CheckContext, FunctionRecord } from '../record.js';
import { defineFunction } from './define.js';

function kfuncFunction(name: string, feature: (kfunc: string, c: CheckContext) => string): FunctionRecord {
  return defineFunction({
    name: `__builtin_${name}`, mode: 'C', doc: `What ${name}() asks.`,
    params: [{ name: 'name', accepts: 'any', doc: 'name of the function' }],
    check(call, c) {
      if (typeof c.literal(call.args[0]!) !== 'string') c.report(literalOnly.at(call.span, { name }));
      return bool;
    },
    constant(call, c) {
      const kfunc = c.literal(call.args[0]!);
      return typeof kfunc === 'string' ? c.target.has(feature(kfunc, c)) : undefined;
    },
  });
}

export const kfuncExist = kfuncFunction('kfunc_exist', (kfunc) => `kfunc:${kfunc}`);
export const kfuncAllowed = kfuncFunction('kfunc_allowed', (kfunc, c) => `kfunc:${kfunc}:${c.probe.record.programKind}`);
