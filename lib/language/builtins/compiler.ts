// What the compiler knows of itself: config, and what the standard macros of bpftrace ask.

import { bug } from '../../model/diagnostics/errors.js';
import type { Span } from '../../model/source/source.js';
import type { Expression } from '../../model/syntax/nodes.js';
import { type Type, bool, none, string } from '../../model/types/types.js';
import { configVariables } from '../config.js';
import { noBinary } from '../diagnostics.js';
import type { BuiltinRecord } from '../record.js';
import { defineBuiltin } from './define.js';

export const config = defineBuiltin({
  name: 'config', doc: 'The config variables as a record: config.max_strlen.', mode: 'C',
  check: () => bug('language', 'config is written out before types are looked at'),
  written: (values, span) => ({
    kind: 'record', span, fields: configVariables.map(({ name }) => ({ name, nameSpan: span, value: literal(values.toJSON()[name]!, span) })),
  }),
});

function literal(value: string | number | boolean, span: Span): Expression {
  switch (typeof value) {
    case 'number': return { kind: 'integer', value: BigInt(value), span };
    case 'boolean': return { kind: 'bool', value, span };
    default: return { kind: 'string', value, span };
  }
}

const truth = (name: string, doc: string, of: NonNullable<BuiltinRecord['constant']>, check: BuiltinRecord['check'] = () => bool): BuiltinRecord => defineBuiltin({
  name, doc, mode: 'C', check, constant: of,
});

export const arch = defineBuiltin({
  name: '__builtin_arch', doc: 'The architecture of the traced machine.', mode: 'C',
  check: (_, c): Type => string(c.target.arch.length + 1),
  constant: (c) => c.target.arch,
  lowerInto: (l, to) => l.storeText(l.target.arch, to),
});
export const safeMode = truth('__builtin_safe_mode', 'Whether --unsafe was not given.', (c) => !c.unsafe);
export const elfIsExe = truth('__builtin_elf_is_exe', 'Whether the probed file is a program, not a library.', (c) => c.target.binary(c.probe.binary?.path ?? '')?.isExecutable, (node, c) => {
  if (c.probe.binary !== undefined) return bool;
  c.report(noBinary.at(node.span, { kind: c.probe.record.name }));
  return none;
});
