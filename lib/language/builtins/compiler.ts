// What the compiler knows of itself: config, and what the standard macros of bpftrace ask.

import { bug } from '../../model/diagnostics/errors.js';
import type { Span } from '../../model/source/source.js';
import type { Expression } from '../../model/syntax/nodes.js';
import type { BinaryFacts } from '../../model/target/target.js';
import { type Type, bool, none, string, uint64 } from '../../model/types/types.js';
import { configVariables } from '../config.js';
import { noBinary } from '../diagnostics.js';
import type { BuiltinRecord, CheckContext } from '../record.js';
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
export const elfIsExe = truth('__builtin_elf_is_exe', 'Whether the probed file is a program, not a library.', (c) => probedFile(c)?.isExecutable, (node, c) => ofProbedFile(bool, node, c));
export const elfInode = defineBuiltin({
  name: '__builtin_elf_ino', doc: 'Number of the probed file in its file system, as a mapping of a process has it in vm_file.', mode: 'C',
  check: (node, c) => ofProbedFile(uint64, node, c),
  // another machine has the file under another number
  constant: (c) => (c.portable ? undefined : probedFile(c)?.inode),
  lower: (l) => l.startValue(`inode ${l.probe.binary!.path}`, 8),
});

const probedFile = ({ probe, target }: Pick<CheckContext, 'probe' | 'target'>): BinaryFacts | undefined => probe.binary && target.binary(probe.binary.path);

function ofProbedFile(type: Type, node: Expression, c: CheckContext): Type {
  if (c.probe.binary !== undefined) return type;
  c.report(noBinary.at(node.span, { name: node.kind === 'call' || node.kind === 'identifier' ? node.name : '', kind: c.probe.record.name }));
  return none;
}
