// Names and calls: builtin values, functions, map functions, constants (language.md 4, 5.2).

import type { Call, CallArgument, Expression, Identifier, MapRef } from '../../model/syntax/nodes.js';
import { type AggregateType, type Clock, type Type, none, spellType } from '../../model/types/types.js';
import { asInteger } from '../../model/types/promote.js';
import { isExpression } from '../../model/syntax/visit.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { aggregates } from '../../language/aggregates/index.js';
import type { AggregateRecord } from '../../language/aggregate.js';
import { builtins, findBuiltin } from '../../language/builtins/index.js';
import { noLiteral } from '../../language/diagnostics.js';
import { functions } from '../../language/functions/index.js';
import { standardMacroNames } from '../../language/macros/index.js';
import type { BuiltinRecord, CheckContext, FunctionRecord, Parameter } from '../../language/record.js';
import { infer, inferArgument, inferKept, inferRaw, undefinedMap } from './expressions.js';
import type { Inference } from './inference.js';
import { checkArity } from './arity.js';
import { inferExternalCall } from './external-calls.js';
import { inferSubprogramCall } from './subprograms.js';
import * as say from './diagnostics.js';

export function inferIdentifier(c: Inference, e: Identifier): Type {
  const builtin = findBuiltin(e.name);
  if (builtin) return useBuiltin(c, e, builtin);
  const constant = c.constants.get(e.name) ?? c.finder.constant(e.name);
  if (constant) {
    c.meanings.set(e, { kind: 'constant', value: constant.value });
    return constant.type;
  }
  // type names and macro parameters end up here only when nothing else knew them
  c.report(say.unknownIdentifier.at(e.span, { name: e.name, near: similarName(c, e.name), isText: c.comparedWithText.has(e) }));
  return none;
}

/** What somebody may have meant by a word that means nothing. */
function similarName(c: Inference, name: string): string | undefined {
  if (functions.has(name) || aggregates.has(name)) return `${name}()`;
  if ([...c.variables.values()].some((v) => v.name === name)) return `$${name}`;
  if (c.maps.has(`@${name}`)) return `@${name}`;
  const { attach } = c.probe.matches[0]!;
  const fields = attach.kind === 'tracepoint' ? c.target.tracepoint(attach.category, attach.event)?.fields : c.probe.arguments;
  if (fields?.some((field) => field.name === name)) return `args.${name}`;
  return nearest(name, [...builtins.keys()].filter((known) => !known.startsWith('__')));
}

function useBuiltin(c: Inference, e: Identifier | Call, record: BuiltinRecord): Type {
  if (record.ofProbe && c.subprogram) {
    c.report(say.outsideProbe.at(e.span, { name: e.name }));
    return none;
  }
  if (record.notInFor && c.forDepth > 0) c.report(say.notInLoop.at(e.span, { name: e.name === 'retval' ? '__builtin_retval' : e.name }));
  if (record.unstable) useUnstable(c, e, record.name);
  for (const need of record.needs ?? []) c.need(need, e.span);
  const context = checkContext(c);
  const constant = record.constant?.(context);
  const type = record.check(e, context);
  c.meanings.set(e, { kind: 'builtin', record });
  noteConstant(c, e, constant);
  return type;
}

export function isAggregateCall(e: Expression): e is Call {
  return e.kind === 'call' && aggregates.has(e.name);
}

/** Type of a map function as the right-hand side of an assignment to a map. */
export function inferAggregateCall(c: Inference, e: Call): AggregateType {
  const record = aggregates.get(e.name)!;
  c.meanings.set(e, { kind: 'aggregate', record });
  checkArity(c, e, record.params.length, record.params.filter((p) => !p.optional).length, false);
  const literals: (bigint | undefined)[] = [];
  let option: string | undefined;
  let signed = false;
  let clock: Clock | undefined;
  record.params.forEach((param, i) => {
    const argument = e.args[i];
    if (!argument) {
      if (param.accepts === 'literal') literals.push(undefined);
      return;
    }
    const type = inferArgument(c, argument);
    if (param.accepts === 'value') {
      signed = valueParameter(c, e, argument, type) || signed;
      if (record.keepsClock && type.kind === 'int') clock = type.clock;
    }
    if (param.accepts === 'literal') literals.push(literalParameter(c, record, argument, param.name));
    if (param.accepts === 'option') option = optionParameter(c, e, argument);
  });
  const complaint = record.checkLiterals?.(literals, option);
  // A missing literal has been reported by its parameter, unless the parameter is optional.
  if (complaint && (!literals.includes(undefined) || record.params.some((p) => p.accepts === 'literal' && p.optional))) c.report(complaint.at(e.span));
  if (record.name === 'tseries') useUnstable(c, e, 'tseries');
  const parameters = record.parameters?.(literals) ?? [];
  const type: AggregateType = { kind: 'aggregate', name: record.name, signed, parameters, ...(option === undefined ? {} : { option }), ...(clock && { clock }) };
  c.setType(e, type);
  return type;
}

function valueParameter(c: Inference, e: Call, argument: CallArgument, type: Type): boolean {
  const integer = asInteger(type);
  if (!integer && type.kind !== 'none') c.report(say.wrongArgument.at(argument.span, { name: e.name, accepts: 'integer', type: spellKind(type) }));
  return integer !== undefined && integer.signed && !integer.flexible;
}

function literalParameter(c: Inference, record: AggregateRecord, argument: CallArgument, name: string): bigint | undefined {
  const value = c.literal(argument);
  if (typeof value === 'bigint') return value;
  c.report((record.badLiteral?.(name) ?? noLiteral.with({ name: record.name, parameter: name })).at(argument.span));
  return undefined;
}

function optionParameter(c: Inference, e: Call, argument: CallArgument): string | undefined {
  const value = c.literal(argument);
  if (typeof value === 'string') return value;
  c.report(say.noStringLiteral.at(argument.span, { name: e.name, type: spellKind(inferArgument(c, argument)) }));
  return undefined;
}

export function useUnstable(c: Inference, e: Expression, feature: string): void {
  if (e.span.standard) return;
  const level = c.config.text(`unstable_${feature}`);
  if (level === 'error') c.report(say.unstableFeature.at(e.span, { feature }));
  else if (level === 'warn') c.report(say.unstableWarning.at(undefined, { feature }));
}

export function inferCall(c: Inference, e: Call): Type {
  const subprogram = c.callees.get(e.name);
  if (subprogram) return inferSubprogramCall(c, e, subprogram);
  const record = functions.get(e.name);
  if (record) return callFunction(c, e, record);
  if (aggregates.has(e.name)) {
    c.report(say.notDirectlyAssigned.at(e.span, { name: e.name }));
    return none;
  }
  const builtin = findBuiltin(e.name);
  if (builtin && e.args.length === 0) return useBuiltin(c, e, builtin);
  if (builtin) {
    c.report(say.wrongCount.at(e.span, { name: e.name, count: 0, provided: e.args.length }));
    return none;
  }
  const external = c.externals.get(e.name);
  if (external) return inferExternalCall(c, e, external);
  for (const argument of e.args) inferArgument(c, argument);
  c.report(say.unknownFunction.at(e.nameSpan, { name: e.name, near: nearest(e.name, [...c.callees.keys(), ...c.externals.keys(), ...functions.keys(), ...aggregates.keys(), ...standardMacroNames].filter((name) => !name.startsWith('__'))) }));
  return none;
}

function callFunction(c: Inference, e: Call, record: FunctionRecord): Type {
  c.meanings.set(e, { kind: 'function', record });
  if (record.name === 'exit' && c.loopDepth > 0) c.report(say.jumpInLoop.at(e.span, {}));
  if (record.ofProbe && c.subprogram) {
    c.report(say.outsideProbe.at(e.span, { name: e.name }));
    return none;
  }
  if (record.unstable) useUnstable(c, e, record.name);
  if (record.unsafe && !c.unsafe) c.report(say.unsafeFunction.at(e.span, { name: record.name }));
  if (record.probes && c.subprogram?.called !== false && !record.probes.includes(c.probe.record.name)) {
    const kind = c.probe.record.name;
    c.report((record.elsewhere?.(kind) ?? say.notInProbe.with({ name: record.name, kind })).at(e.span));
  } else for (const need of record.needs ?? []) c.need(need, e.span, record.lacking);
  const required = record.params.filter((p) => !p.optional).length;
  if (!checkArity(c, e, record.params.length, required, record.variadic === true)) {
    for (const argument of e.args) if (isExpression(argument) && argument.kind !== 'map') infer(c, argument);
    return none;
  }
  if (record.name === 'print' && c.loopDepth > 0 && e.args[0]?.kind === 'map') c.report(say.printInLoop.at(e.span, {}));
  let fine = true;
  e.args.forEach((argument, i) => {
    fine = checkArgument(c, e, argument, parameterAt(record, e.args.length, i)) && fine;
  });
  if (!fine) return none;
  const context = checkContext(c);
  const type = record.check(e, context);
  noteConstant(c, e, record.constant?.(e, context));
  return type;
}

/** Remembers what a record knows while compiling. A number or truth stands in the program for what gave it. */
function noteConstant(c: Inference, e: Identifier | Call, value: bigint | string | boolean | undefined): void {
  if (typeof value === 'string') c.compileTimeTexts.set(e, value);
  else if (value !== undefined) c.meanings.set(e, { kind: 'constant', value });
}

/** What the i-th of so many arguments is. An optional parameter before a required one is what is left out first: ntop([af,] addr). */
function parameterAt({ params }: FunctionRecord, given: number, i: number): Parameter | undefined {
  const leading = params.findIndex((param) => !param.optional);
  return params[i + (given < params.length ? Math.max(0, leading) : 0)];
}

function checkArgument(c: Inference, e: Call, argument: CallArgument, param: Parameter | undefined): boolean {
  const accepts = param?.accepts ?? 'any';
  if (accepts === 'expression') return true;
  if (accepts === 'variable') {
    if (argument.kind === 'variable') return true;
    inferArgument(c, argument);
    c.report(say.noVariable.at(argument.span, { name: e.name }));
    return false;
  }
  if (accepts === 'identifier') {
    if (argument.kind === 'identifier') return true;
    if (isExpression(argument)) infer(c, argument);
    return true;
  }
  if (!isExpression(argument)) {
    inferArgument(c, argument);
    return true;
  }
  if (accepts === 'map') {
    if (argument.kind === 'map' || argument.kind === 'map-access') return isDefined(c, argument.kind === 'map' ? argument : argument.map);
    c.report(say.noMap.at(argument.span, { name: e.name, first: e.args.length > 1 }));
    return false;
  }
  if (accepts === 'map or value') {
    if (argument.kind === 'map') return isDefined(c, argument);
    inferRaw(c, argument);
    return true;
  }
  // the function judges the type: `args` is a context that it takes for a record
  if (accepts === 'record') {
    inferRaw(c, argument);
    return true;
  }
  if (argument.kind === 'string' && (accepts === 'literal string' || accepts === 'format')) c.compileTimeStrings.add(argument);
  // what printf shows may be args
  const type = param === undefined ? inferKept(c, argument) : infer(c, argument);
  if (type.kind === 'none') return !c.settling ? false : true;
  const wrong = argumentComplaint(c, e, argument, accepts, type);
  if (wrong) c.report(wrong.at(argument.span));
  return !wrong;
}

/** Whether something writes the map; reports when nothing does. */
function isDefined(c: Inference, map: MapRef): boolean {
  const info = c.maps.get(map.name);
  if (c.settling || info?.written) return true;
  c.report(undefinedMap(c, map.name, map.span));
  return false;
}

/** What is wrong with an argument of this type; undefined when the function takes it. */
function argumentComplaint(c: Inference, e: Call, argument: Expression, accepts: Parameter['accepts'], type: Type): Message | undefined {
  const integer = asInteger(type) !== undefined;
  const given = { name: e.name, type: spellKind(type) };
  switch (accepts) {
    case 'integer': return integer ? undefined : say.wrongArgument.with({ ...given, accepts: 'int' });
    case 'string': return type.kind === 'string' ? undefined : say.wrongArgument.with({ ...given, accepts: 'string' });
    case 'pointer': return type.kind === 'pointer' ? undefined : say.wrongArgument.with({ ...given, accepts: 'pointer' });
    case 'integer or pointer': return integer || type.kind === 'pointer' || type.kind === 'ksym' ? undefined : say.noAddress.with(given);
    case 'literal integer': return typeof c.literal(argument) === 'bigint' ? undefined : say.noIntegerLiteral.with(given);
    case 'literal string': case 'format':
      if (typeof c.literal(argument) === 'string') return undefined;
      return say.noStringLiteral.with({ ...given, positional: argument.kind === 'integer' ? argument.positional : undefined });
    default: return undefined;
  }
}

/** The word for a type in "(… provided)". */
export function spellKind(type: Type): string {
  switch (type.kind) {
    case 'enum': return 'int';
    case 'struct': return 'c_type';
    case 'stack': return type.space === 'kernel' ? 'kstack' : 'ustack';
    case 'int': case 'pointer': case 'array': case 'tuple': case 'record': case 'string': case 'buffer': case 'inet': return type.kind;
    default: return spellType(type);
  }
}

/** What records see of the inference. */
export function checkContext(c: Inference): CheckContext {
  return {
    target: c.target, config: c.config, probe: c.probe, report: c.report, reportUntyped: c.reportUntyped, unsafe: c.unsafe, portable: c.portable, unwinds: c.unwinds, settling: c.settling,
    typeOf: (argument) => {
      if (!isExpression(argument)) return c.typeNodes.get(argument) ?? none;
      return c.types.get(argument) ? c.valueOf(c.types.get(argument)!) : infer(c, argument);
    },
    literal: (argument) => c.literal(argument),
    mapOf: (argument) => (argument.kind === 'map' ? argument : argument.kind === 'map-access' ? argument.map : undefined),
    mapTypes: (name) => {
      const info = c.maps.get(name);
      return { key: info?.key, value: info?.value };
    },
    useKey: (map, key) => void c.useKeyed(map, inferKept(c, key), key.span),
    assign: (variable, type, span) => {
      const info = c.variables.get(variable);
      if (type.kind === 'aggregate' && !aggregates.get(type.name)!.castable) c.report(say.aggregateToVariable.at(span, { type: spellType(type) }));
      else if (info) c.assignVariable(info, c.valueOf(type), span);
      infer(c, variable);
    },
    finder: c.finder, timeFormats: c.timeFormats,
  };
}
