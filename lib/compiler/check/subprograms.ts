// Functions of the script, `fn`: who calls whom, and what goes in and out (language.md 1.14).
//
//   idea   each program gets copies of the functions that it can reach: addresses that it passes point where the program's do, and what a
//          function may use is what the program may use. Functions that nobody calls are checked beside the first program
//   facts  the kernel refuses functions that call each other in a circle

import type { Call, Jump, Node, Statement, Subprogram, SyntaxTree } from '../../model/syntax/nodes.js';
import { cloneNode } from '../../model/syntax/rewrite.js';
import { findAll, isJump } from '../../model/syntax/visit.js';
import type { Report } from '../../model/diagnostics/diagnostic.js';
import { type Type, none, spellType, voidType } from '../../model/types/types.js';
import { aggregates } from '../../language/aggregates/index.js';
import { findBuiltin } from '../../language/builtins/index.js';
import { functions } from '../../language/functions/index.js';
import type { TypedSubprogram, VariableInfo } from '../../language/typed-program.js';
import { infer, inferArgument } from './expressions.js';
import type { Inference } from './inference.js';
import { inferStatement } from './statements.js';
import { isStorable, resolveType } from './type-nodes.js';
import * as say from './diagnostics.js';

/** Reports names that are taken and circles of calls; answers the functions by name. */
export function declareSubprograms(tree: SyntaxTree, report: Report): ReadonlyMap<string, Subprogram> {
  const byName = new Map<string, Subprogram>();
  for (const item of tree.items) {
    if (item.kind !== 'subprogram') continue;
    const { name, nameSpan } = item;
    const earlier = byName.get(name);
    if (earlier) report(say.functionTwice.at(nameSpan, { name }).note(earlier.nameSpan, 'This is the original definition.'));
    else if (functions.has(name) || aggregates.has(name) || findBuiltin(name)) report(say.functionNameTaken.at(nameSpan, { name }));
    else byName.set(name, item);
    const names = new Set<string>();
    for (const parameter of item.parameters) {
      if (names.has(parameter.name)) report(say.parameterTwice.at(parameter.span, { name: parameter.name }));
      names.add(parameter.name);
    }
  }
  reportCircles(byName, report);
  return byName;
}

function callsIn(root: Node, byName: ReadonlyMap<string, Subprogram>): Call[] {
  return findAll(root, (node) => node.kind === 'call' && byName.has(node.name)) as Call[];
}

function reportCircles(byName: ReadonlyMap<string, Subprogram>, report: Report): void {
  const done = new Set<string>();
  const visit = (name: string, callers: readonly string[]): void => {
    if (done.has(name)) return;
    const chain = [...callers, name];
    for (const call of callsIn(byName.get(name)!.body, byName)) {
      const start = chain.indexOf(call.name);
      if (start >= 0) report(say.functionRecursion.at(call.span, { chain: [...chain.slice(start), call.name].join(' > ') }));
      else visit(call.name, chain);
    }
    done.add(name);
  };
  for (const name of byName.keys()) visit(name, []);
}

/** The functions that these nodes call, and those that these call. */
export function reachableFrom(roots: readonly Node[], byName: ReadonlyMap<string, Subprogram>): Subprogram[] {
  const found = new Set<Subprogram>();
  const work = [...roots];
  for (let root = work.pop(); root; root = work.pop()) {
    for (const { name } of callsIn(root, byName)) {
      const callee = byName.get(name)!;
      if (found.has(callee)) continue;
      found.add(callee);
      work.push(callee.body);
    }
  }
  return [...found];
}

/** For each program its copies of the functions that it reaches from these nodes. The first gets those that nobody calls too, to be checked. */
export function copiesFor(programs: readonly (readonly Node[])[], byName: ReadonlyMap<string, Subprogram>): readonly ReadonlyMap<string, TypedSubprogram>[] {
  if (byName.size === 0) return programs.map(() => new Map<string, TypedSubprogram>());
  const reached = programs.map((roots) => reachableFrom(roots, byName));
  const called = new Set(reached.flat());
  const others = [...byName.values()].filter((subprogram) => !called.has(subprogram));
  const beside = [...others, ...reachableFrom(others.map(({ body }) => body), byName)];
  return reached.map((own, i) => {
    const wanted = new Set(i === 0 ? [...own, ...beside] : own);
    return new Map([...wanted].map((subprogram) => [subprogram.name, typedSubprogram(cloneNode(subprogram), called.has(subprogram))]));
  });
}

function typedSubprogram(node: Subprogram, called: boolean): TypedSubprogram {
  const parameters = node.parameters.map(({ name, span, type }): VariableInfo => (
    { name, span, origin: 'parameter', type: none, declaredType: type, captured: false, assigned: true, owner: undefined }
  ));
  return { node, called, parameters, result: { type: none } };
}

/** The same functions, with nothing known of their parameters and results. */
export function untyped(subprograms: ReadonlyMap<string, TypedSubprogram>): ReadonlyMap<string, TypedSubprogram> {
  return new Map([...subprograms].map(([name, { node, called }]) => [name, typedSubprogram(node, called)]));
}

// ---- types -------------------------------------------------------------------------------------------------------

/** Gives parameters and result the types that they are declared with. */
export function inferSignature(c: Inference, { node, parameters, result }: TypedSubprogram): void {
  parameters.forEach((info, i) => {
    const type = resolveType(c, node.parameters[i]!.type);
    if (!isStorable(type) && type.kind !== 'none') c.report(say.parameterType.at(node.parameters[i]!.type.span, { name: info.name, type: spellType(type) }));
    info.type = isStorable(type) ? (info.located ?? type) : none;
  });
  const type = resolveType(c, node.returnType);
  const fits = isStorable(type) || type.kind === 'void';
  if (!fits && type.kind !== 'none') c.report(say.resultType.at(node.returnType.span, { name: node.name, type: spellType(type) }));
  result.type = fits ? (result.located ?? type) : none;
}

export function inferBody(c: Inference, subprogram: TypedSubprogram): void {
  const { node, result } = subprogram;
  c.subprogram = subprogram;
  c.loopDepth = 0;
  inferStatement(c, node.body);
  c.subprogram = undefined;
  if (result.type.kind !== 'void' && result.type.kind !== 'none' && !leaves(node.body)) c.report(say.noReturn.at(node.nameSpan, { name: node.name, type: spellType(result.type) }));
}

/** Whether nothing behind the statement can be reached. What stands behind a jump is gone by now. */
function leaves(s: Statement): boolean {
  switch (s.kind) {
    case 'block': return s.statements.some(leaves);
    case 'if': return s.whenFalse !== undefined && leaves(s.whenTrue) && leaves(s.whenFalse);
    default: return isJump(s);
  }
}

/** Type of a call of one of the script's functions. */
export function inferSubprogramCall(c: Inference, e: Call, subprogram: TypedSubprogram): Type {
  const { parameters, result } = subprogram;
  c.meanings.set(e, { kind: 'subprogram', subprogram });
  if (e.args.length !== parameters.length) {
    for (const argument of e.args) inferArgument(c, argument);
    c.report(say.subprogramArguments.at(e.span, { name: e.name, count: parameters.length, provided: e.args.length }));
    return result.type;
  }
  e.args.forEach((argument, i) => {
    const info = parameters[i]!;
    const type = inferArgument(c, argument);
    if (type.kind === 'none' || info.type.kind === 'none') return;
    if (c.handsOver(argument, type, info.type)) c.adoptSpaces(info, type);
    else c.report(say.subprogramArgument.at(argument.span, { name: info.name, want: spellType(info.type), have: spellType(type) }));
  });
  return result.type;
}

/** `return` in a function. */
export function inferReturn(c: Inference, { node, result }: TypedSubprogram, s: Jump): void {
  const have = s.value ? infer(c, s.value) : voidType;
  if (have.kind === 'none' || result.type.kind === 'none') return;
  const fits = s.value ? result.type.kind !== 'void' && c.handsOver(s.value, have, result.type) : result.type.kind === 'void';
  if (!fits) c.report(say.returnMismatch.at(s.value?.span ?? s.span, { name: node.name, want: spellType(result.type), have: s.value ? spellType(have) : 'none' }));
  else if (s.value) c.adoptSpaces(result, have);
}
