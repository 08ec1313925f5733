// Which expressions give equal values in one run of a program, so that a key that lies in memory need not be built again.

import type { Expression } from '../../../model/syntax/nodes.js';
import { isArgs } from '../../../language/builtins/index.js';
import type { Lowerer } from '../context.js';

/** builtins that are the same each time they are read in one run of a program */
const steady = /^(pid|tid|uid|gid|username|comm|cgroup|cpu|curtask|probe|func|cpid|retval|arg\d+)$/;

/** A text that is equal for expressions that give equal values in one run; undefined where that cannot be said. */
export function steadyText(l: Lowerer, e: Expression): string | undefined {
  switch (e.kind) {
    case 'integer': return `${e.value}`;
    case 'string': return JSON.stringify(e.value);
    case 'identifier': {
      if (steady.test(e.name)) return e.name;
      const constant = l.literal(e);
      return constant === undefined ? undefined : String(constant);
    }
    case 'variable': {
      const info = l.program.variables.get(e);
      const cell = info && l.f.cell(info);
      return cell && `v${l.b.read(cell).id}`;
    }
    case 'member': return isArgs(e.object) ? `args.${e.field}` : undefined;
    case 'cast': {
      const operand = steadyText(l, e.operand);
      const type = l.typeOf(e);
      return operand !== undefined && type.kind === 'int' ? `(${type.signed ? 's' : 'u'}${type.bits})${operand}` : undefined;
    }
    case 'tuple': {
      const parts = e.elements.map((x) => steadyText(l, x));
      return parts.every((p) => p !== undefined) ? `(${parts.join(',')})` : undefined;
    }
    default: return undefined;
  }
}
