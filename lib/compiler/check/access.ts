// Types of field access, indexing, offsetof (language.md 2.4).

import type { Index, Member, Offsetof, TupleIndex } from '../../model/syntax/nodes.js';
import { type StructType, type Type, basesWith, findMember, findMovable, flatMembers, int8, none, spellType, uint64 } from '../../model/types/types.js';
import { asInteger } from '../../model/types/promote.js';
import { numberedArgument } from '../../language/builtins/probe.js';
import { memorySpace } from '../../language/memory-space.js';
import { infer, inferArgument } from './expressions.js';
import type { Inference } from './inference.js';
import * as say from './diagnostics.js';

export function inferMember(c: Inference, e: Member): Type {
  let type = infer(c, e.object);
  if (type.kind === 'none') return none;
  if (type.kind === 'context') return contextField(c, e, type);
  while (type.kind === 'pointer') type = type.to;
  if (type.kind === 'none') return none;
  if (type.kind === 'record') {
    const field = type.fields.find((f) => f.name === e.field);
    if (field) return field.type;
    c.report(say.noRecordField.at(e.fieldSpan, { field: e.field, fields: type.fields.map((f) => f.name) }));
    return none;
  }
  if (type.kind !== 'struct') {
    c.report(say.fieldOnOther.at(e.fieldSpan, { field: e.field, type: spellType(type), integer: type.kind === 'int' && type.bits === 64 && !type.flexible }));
    return none;
  }
  return structField(c, e, c.finder.completed(type));
}

function structField(c: Inference, e: Member, type: StructType): Type {
  const member = findMovable(type, e.field);
  if (!member) {
    const bases = basesWith(type, e.field);
    if (bases.length > 1) {
      c.report(say.ambiguousField.at(e.fieldSpan, { struct: spellType(type), field: e.field, bases }));
      return none;
    }
    c.report(say.noSuchField.at(e.fieldSpan, { struct: spellType(type), field: e.field, fields: flatMembers(type).map((m) => m.name) }));
    return none;
  }
  const tag = member.tags?.find((t) => t !== 'rcu');
  if (tag && member.type.kind === 'pointer') c.report(say.pointerTag.at(e.fieldSpan, { field: e.field, tag }));
  return member.type;
}

const commonFields = ['common_type', 'common_flags', 'common_preempt_count', 'common_pid'];

function contextField(c: Inference, e: Member, type: Extract<Type, { kind: 'context' }>): Type {
  if (type.struct) return structField(c, e, type.struct);
  const args = c.probe.arguments ?? [];
  const found = args.find((a) => a.name === e.field);
  if (found) return found.type;
  const index = c.probe.record.numberedArguments ? /^arg(\d{1,3})$/.exec(e.field)?.[1] : undefined;
  if (index !== undefined) return numberedArgument(Number(index), e, c)?.type ?? none;
  if (commonFields.includes(e.field)) {
    c.report(say.commonField.at(e.fieldSpan, {}));
    return none;
  }
  c.report(say.noSuchField.at(e.fieldSpan, { struct: c.probe.argumentsName ?? 'struct args', field: e.field, fields: args.map((a) => a.name) }));
  return none;
}

export function inferTupleIndex(c: Inference, e: TupleIndex): Type {
  const type = infer(c, e.object);
  if (type.kind === 'none') return none;
  if (type.kind === 'context' && c.probe.record.numberedArguments) return numberedArgument(e.index, e, c)?.type ?? none;
  return tupleElement(c, e, type, e.index);
}

function tupleElement(c: Inference, e: TupleIndex | Index, type: Type, index: number): Type {
  if (type.kind !== 'tuple') {
    c.report(say.tupleIndexOnOther.at(e.span, { index, type: spellType(type), number: e.object.kind === 'integer' }));
    return none;
  }
  const element = type.elements[index];
  if (!element) c.report(say.tupleIndexRange.at(e.span, { index, count: type.elements.length }));
  return element ?? none;
}

export function inferIndex(c: Inference, e: Index): Type {
  const type = infer(c, e.object);
  const index = infer(c, e.index);
  if (type.kind === 'none' || index.kind === 'none') return none;
  const literal = c.literal(e.index);
  if (type.kind === 'tuple') {
    if (typeof literal === 'bigint') return tupleElement(c, e, type, Number(literal));
    c.report(say.tupleIndexLiteral.at(e.span, {}));
    return none;
  }
  const integer = asInteger(index);
  if (!integer || (typeof literal === 'bigint' && literal < 0n)) {
    c.report(say.indexType.at(e.index.span, { type: spellType(index) }));
    return none;
  }
  if (type.kind === 'array') {
    if (type.count === 0) {
      if (memorySpace(e.object, (inner) => c.types.get(inner) ?? none) === undefined) c.report(say.flexibleCopy.at(e.span, {}));
    } else if (typeof literal === 'bigint' && literal >= BigInt(type.count)) c.report(say.indexRange.at(e.span, { index: literal, count: type.count }));
    return type.of;
  }
  if (type.kind === 'string') {
    if (typeof literal === 'bigint' && literal >= BigInt(type.capacity)) c.report(say.indexRange.at(e.span, { index: literal, count: type.capacity }));
    return int8;
  }
  if (type.kind === 'pointer') {
    if (type.to.kind !== 'void' && type.to.kind !== 'none') return type.to;
    c.report(say.indexOnVoid.at(e.span, {}));
    return none;
  }
  c.report(say.indexOnOther.at(e.span, { type: spellType(type) }));
  return none;
}

export function inferOffsetof(c: Inference, e: Offsetof): Type {
  let type: Type = inferArgument(c, e.argument);
  for (const step of e.path) {
    while (type.kind === 'pointer') type = type.to;
    if (type.kind === 'context' && type.struct) type = type.struct;
    if (type.kind !== 'struct') {
      const report = type.kind === 'none' ? c.reportUntyped : c.report;
      report(say.notInC.at(e.argument.span, { type: spellType(type) }));
      return uint64;
    }
    const member = findMember(c.finder.completed(type), step.name);
    if (!member) {
      c.report(say.noOffsetOfField.at(step.span, { type: spellType(type), field: step.name }));
      return uint64;
    }
    type = member.type;
  }
  return uint64;
}
