// The type of every expression. One function a node kind; the larger families have files of their own.

import type { CallArgument, Cast, Expression, IfExpression, StringLiteral, Ternary, TypeNode } from '../../model/syntax/nodes.js';
import { branchesOf } from '../../model/syntax/comptime.js';
import { isExpression, isJump } from '../../model/syntax/visit.js';
import { type Type, bool, int64, none, sameType, spellType, string, typeinfoType, uint64, voidType } from '../../model/types/types.js';
import { asInteger, literalType, promote } from '../../model/types/promote.js';
import { inSpace } from '../../model/types/space.js';
import { sizeInC, sizeOf } from '../../model/types/size.js';
import type { Diagnostic } from '../../model/diagnostics/diagnostic.js';
import { TbpfError } from '../../model/diagnostics/errors.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import type { Span } from '../../model/source/source.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { argumentsRecord } from '../../language/arguments-record.js';
import { memorySpace } from '../../language/memory-space.js';
import { unreadableDebugInfo } from '../../language/probes/diagnostics.js';
import { inferIndex, inferMember, inferOffsetof, inferTupleIndex } from './access.js';
import { inferCall, inferIdentifier, useUnstable } from './calls.js';
import type { Inference } from './inference.js';
import { inferBinary, inferIncDec, inferUnary } from './operators.js';
import { inferStatement } from './statements.js';
import { resolveType } from './type-nodes.js';
import * as say from './diagnostics.js';

/** Type of the node as it stands: reading a map element may give an aggregate type. */
export function inferRaw(c: Inference, e: Expression): Type {
  return c.setType(e, orUnreadable(c, e.span, () => typeOfNode(c, e)));
}

/** What `find` gives. Debug information of a probed program that cannot be read is reported at the place that asks for a type in it. */
export function orUnreadable(c: Inference, span: Span, find: () => Type): Type {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof TbpfError) || error.code !== 'ERR_DWARF') throw error;
    c.report(unreadableDebugInfo.at(span, { text: error.message }));
    return none;
  }
}

/** Type of the node's value in an expression: castable aggregates are integers. */
export function infer(c: Inference, e: Expression): Type {
  const type = inferRaw(c, e);
  const value = c.valueOf(type);
  // every CPU has its own: reading means looking at all of them
  if (value !== type) c.need('helper:map_lookup_percpu_elem', e.span);
  return value;
}

/** Type of a value that is kept, compared or handed on: `args` is the record of all arguments then. */
export function inferKept(c: Inference, e: Expression): Type {
  return kept(c, e, infer(c, e));
}

/** The same where a map's aggregate stays one. */
export function keptRaw(c: Inference, e: Expression): Type {
  return kept(c, e, inferRaw(c, e));
}

function kept(c: Inference, e: Expression, type: Type): Type {
  if (type.kind !== 'context' || type.struct) return type;
  return c.setType(e, argumentsRecord(c.probe.arguments ?? [], c.config.number('max_strlen')));
}

export function inferArgument(c: Inference, argument: CallArgument): Type {
  return isExpression(argument) ? infer(c, argument) : resolveType(c, argument as TypeNode);
}

function typeOfNode(c: Inference, e: Expression): Type {
  switch (e.kind) {
    case 'integer': return literalType(e.value);
    case 'bool': return bool;
    case 'string': return stringLiteral(c, e);
    case 'identifier': return inferIdentifier(c, e);
    case 'positional': case 'positional-count': return int64;
    case 'variable': return c.variables.get(e)?.type ?? none;
    case 'map': {
      const info = c.useScalar(e);
      return readMap(c, e.name, info.value, info.written, e.span);
    }
    case 'map-access': {
      const key = inferKept(c, e.key);
      const info = c.useKeyed(e.map, key, e.key.span);
      return readMap(c, e.map.name, info.value, info.written, e.span);
    }
    case 'unary': return inferUnary(c, e);
    case 'inc-dec': return inferIncDec(c, e);
    case 'binary': return inferBinary(c, e);
    case 'ternary': return inferTernary(c, e);
    case 'cast': return inferCast(c, e);
    case 'member': return inferMember(c, e);
    case 'tuple-index': return inferTupleIndex(c, e);
    case 'index': return inferIndex(c, e);
    case 'call': return inferCall(c, e);
    case 'tuple': {
      const type: Type = { kind: 'tuple', elements: e.elements.map((x) => element(c, x, 'tuple')) };
      return c.fits(type, e.span) ? type : none;
    }
    case 'record': {
      const type: Type = { kind: 'record', fields: e.fields.map((f) => ({ name: f.name, type: element(c, f.value, 'record') })) };
      return c.fits(type, e.span) ? type : none;
    }
    case 'block-expression': {
      for (const statement of e.statements) inferStatement(c, statement);
      const last = e.statements.at(-1);
      if (e.value && last && isJump(last)) c.report(say.unreachableValue.at(e.value.span, {}));
      return e.value ? inferKept(c, e.value) : voidType;
    }
    case 'if-expression':
      checkCondition(c, e.condition);
      return ofBranches(c, e);
    case 'sizeof':
      inferArgument(c, e.argument);
      return uint64;
    case 'offsetof': return inferOffsetof(c, e);
    case 'typeinfo':
      useUnstable(c, e, 'typeinfo');
      return typeinfoType(inferArgument(c, e.argument));
    // the value that was found has a type of its own; while there is none, nothing looks at what would be done with it
    case 'comptime': {
      infer(c, e.operand);
      const value = c.comptime(e);
      return value ? infer(c, value) : none;
    }
  }
}

const SHOWN_CHARACTERS = 40;

function stringLiteral(c: Inference, e: StringLiteral): Type {
  const bytes = bytesOfText(e.value).length;
  const limit = c.config.number('max_strlen');
  if (bytes > limit - 1 && !c.compileTimeStrings.has(e)) c.report(say.stringTooLong.at(e.span, { limit, text: e.value.length > SHOWN_CHARACTERS ? `${e.value.slice(0, SHOWN_CHARACTERS)}…` : e.value }));
  return string(bytes + 1);
}

export function undefinedMap(c: Inference, name: string, span: Expression['span']): Diagnostic {
  const known = [...c.maps.values()].filter((map) => map.written && map.name !== '@').map((map) => map.name);
  return say.undefinedMap.at(span, { name, near: name === '@' ? undefined : nearest(name, known) });
}

function readMap(c: Inference, name: string, value: Type | undefined, written: boolean, span: Expression['span']): Type {
  if (!c.settling && !written) c.report(undefinedMap(c, name, span));
  else if (value === undefined) c.reportUntyped(undefinedMap(c, name, span));
  return value ?? none;
}

function element(c: Inference, e: Expression, inside: string): Type {
  const type = keptRaw(c, e);
  if (type.kind === 'void' || type.kind === 'context') {
    c.report(say.notInside.at(e.span, { type: spellType(type), inside }));
    return none;
  }
  if (type.kind === 'aggregate') {
    const value = c.valueOf(type);
    if (value.kind !== 'aggregate') return value;
    c.report(say.aggregateInside.at(e.span, { type: spellType(type), inside }));
    return none;
  }
  return type;
}

/** Answers the condition's type, none when it can be no condition. */
export function checkCondition(c: Inference, e: Expression): Type {
  const type = infer(c, e);
  const fine = asInteger(type) !== undefined || type.kind === 'pointer' || type.kind === 'ksym';
  const report = type.kind === 'none' ? c.reportUntyped : c.report;
  if (fine) return type;
  report(say.invalidCondition.at(e.span, { type: spellType(type), string: type.kind === 'string' }));
  return none;
}

function inferTernary(c: Inference, e: Ternary): Type {
  if (!e.whenTrue) {
    const left = checkCondition(c, e.condition);
    return branches(c, e.span, left, inferKept(c, e.whenFalse));
  }
  checkCondition(c, e.condition);
  return ofBranches(c, e);
}

/** Type of the branches that are looked at. */
function ofBranches(c: Inference, e: Ternary | IfExpression): Type {
  const [first, second] = branchesOf(e, c.comptime).map((branch) => inferKept(c, branch as Expression));
  if (!first) return none;
  return second ? branches(c, e.span, first, second) : first;
}

function branches(c: Inference, span: Expression['span'], a: Type, b: Type): Type {
  if (a.kind === 'void' && b.kind === 'void') return voidType;
  if (a.kind === 'none' || b.kind === 'none') return a.kind === 'none' ? b : a;
  const isValue = (type: Type): boolean => type.kind !== 'void' && type.kind !== 'context';
  const merged = isValue(a) && isValue(b) ? promote(a, b) : undefined;
  if (!merged) {
    c.report(say.branchMismatch.at(span, { left: spellType(a), right: spellType(b) }));
    return none;
  }
  return merged;
}

function inferCast(c: Inference, e: Cast): Type {
  const from = infer(c, e.operand);
  let to = resolveType(c, e.type, from);
  if (from.kind === 'none' || to.kind === 'none') {
    if (to.kind === 'none' && to.bytes !== undefined) c.report(say.castToUnusable.at(e.span, {}));
    if (to.kind !== 'none') c.reportUntyped(say.badCast.at(e.span, { from: 'none', to: spellType(to), kind: 'none' }));
    return to;
  }
  if (to.kind === 'pointer') {
    const space = from.kind === 'array' ? (memorySpace(e.operand, (inner) => c.types.get(inner) ?? none) ?? 'kernel') : from.kind === 'pointer' || from.kind === 'int' ? from.space : undefined;
    to = inSpace(to, space ?? c.probe.record.addressSpace);
  }
  if (!castable(from, to)) {
    if (from.kind === 'struct') c.report(say.castFromStruct.at(e.span, { type: spellType(from) }));
    else c.report(say.badCast.at(e.span, { from: spellType(from), to: spellType(to), kind: to.kind, ...(to.kind === 'array' && asInteger(from) ? { fromBytes: sizeInC(from), toBytes: sizeOf(to) } : {}) }));
    return to;
  }
  if (to.kind === 'enum') {
    const value = c.literal(e.operand);
    if (typeof value === 'bigint' && !to.members.some(([, v]) => v === value)) c.report(say.enumValue.at(e.span, { name: to.name, value }));
  }
  if (e.operand.kind !== 'integer' && from.kind === to.kind && sameType(from, to) && from.kind === 'int' && !from.flexible && e.operand.kind !== 'map' && e.operand.kind !== 'map-access') {
    c.report(say.unneededCast.at(e.span, { type: spellType(to) }));
  }
  // the number of an address is an address
  if (to.kind === 'int' && to.bits === 64 && (from.kind === 'pointer' || from.kind === 'int') && from.space) return { ...to, space: from.space };
  if (to.kind === 'int' && to.bits === 64 && from.kind === 'int' && from.clock) return { ...to, clock: from.clock };
  return to;
}

function castable(from: Type, to: Type): boolean {
  const number = (t: Type): boolean => t.kind === 'int' || t.kind === 'bool' || t.kind === 'enum';
  if (sameType(from, to)) return from.kind !== 'struct' && from.kind !== 'void' && from.kind !== 'context';
  if (number(to)) {
    if (number(from) || from.kind === 'pointer' || from.kind === 'ksym') return true;
    if (from.kind === 'usym') return to.kind === 'int';
    if (to.kind === 'bool' && from.kind === 'string') return true;
    return from.kind === 'array' && (from.of.kind === 'int' || from.of.kind === 'bool') && sizeOf(from) <= 8;
  }
  if (to.kind === 'pointer') return number(from) || from.kind === 'pointer' || from.kind === 'ksym' || from.kind === 'context' || from.kind === 'array';
  // The array has as many bytes as the integer; a smaller integer is widened, to 8 bytes at most. An array of unknown size (count 0) was reported
  // before.
  if (to.kind === 'array' && number(from)) return to.count === 0 || sizeInC(from) === sizeOf(to) || (sizeInC(from) < sizeOf(to) && sizeOf(to) <= 8);
  if (to.kind === 'array') return from.kind === 'string' || from.kind === 'array' || from.kind === 'buffer';
  if (to.kind === 'string') return from.kind === 'array' || from.kind === 'string';
  if (to.kind === 'ksym') return number(from);
  return false;
}
