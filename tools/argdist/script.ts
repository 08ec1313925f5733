// Specifiers of argdist as one script.
//
//   in     the texts of -C and -H, what the options ask for
//   out    a script with one map for each of them, `@count0`, `@hist1` …, that counts in the kernel; what the maps mean
//   idea   A value at the entry of a function is kept until its return in `@entryN[tid, depth]`: functions may call themselves
//   facts  counts are keyed by the values of the expressions; a value has the width of its type, so that `int` of 0xffffffff is -1

import grammar from './grammar.generated.js';
import { scriptType } from '../probes/c-types.js';
import { marked, unmark, type MarkedScript } from '../probes/marks.js';
import { namesOfWords, type Names } from '../probes/names.js';
import { parseProbe, type Grammar } from '../probes/parse.js';
import { attachPoint, placeOf, spanOfParts, type Parts, type Place, type PlaceOptions } from '../probes/place.js';
import { explained, ProbeProblem } from '../probes/problem.js';
import { probeScope, type ProbeScope } from '../probes/scope.js';
import { stringText, translate } from '../probes/translate.js';
import type { CType, Expression, Parameter, Span } from '../probes/tree.js';
import { predicate } from '../shared/script-text.js';

type Scale = Span & ({ readonly kind: 'percentiles' } | { readonly kind: 'linear'; readonly min: Expression; readonly max: Expression; readonly step: Expression });

interface SpecifierTree {
  readonly place: Parts;
  readonly signature: Span & { readonly parameters: readonly Parameter[] };
  readonly types: readonly CType[] | undefined;
  readonly values: readonly Expression[] | undefined;
  readonly filter: Expression | undefined;
  /** of the types */
  readonly colon?: Span;
  readonly scale: Scale | undefined;
  /** a histogram for each value of it */
  readonly by: (Span & { readonly e: Expression }) | undefined;
}

export interface SpecifierText {
  readonly kind: 'count' | 'hist';
  readonly text: string;
}

export interface Specifier extends SpecifierText {
  readonly place: Place;
  /** name of the map in the script */
  readonly map: `@${string}`;
  /** what stands above its rows: the label, or else the text */
  readonly heading: string;
  /** counts: expressions as typed; empty: all hits count as one, shown as `total calls` */
  readonly shown: readonly string[];
  readonly buckets: 'log2' | 'linear' | 'percentiles';
  /** a histogram for each value of this expression, as typed; undefined: one */
  readonly by: string | undefined;
  /** of the expressions: names of values that the kernel's types do not tell */
  readonly names: readonly (Names | undefined)[];
}

export interface ScriptOptions extends PlaceOptions {
  readonly stringBytes: number;
  /** all must hold */
  readonly conditions: readonly string[];
  /** C definitions, before everything else */
  readonly definitions: string;
}

export interface ArgdistScript extends MarkedScript {
  readonly specifiers: readonly Specifier[];
}

/** @throws ProbeTextError */
export function argdistScript(texts: readonly SpecifierText[], options: ScriptOptions): ArgdistScript {
  const translated = texts.map((each, i) => explained('error parsing probe', each.text, () => translateSpecifier(each, i, options)));
  const script = unmark([...(options.definitions === '' ? [] : [options.definitions]), ...translated.map(({ script }) => script)].join('\n'));
  return { ...script, specifiers: translated.map(({ specifier }) => specifier) };
}

interface Value {
  readonly type: CType | undefined;
  readonly e: Expression;
}

function translateSpecifier(given: SpecifierText, index: number, options: ScriptOptions): { readonly specifier: Specifier; readonly script: string } {
  const { kind, text } = given;
  const { label, body } = splitLabel(text);
  const tree = parseProbe<SpecifierTree>(body, 'argdist', grammar as unknown as Grammar);
  const { signature, filter, scale, by } = tree;
  const [first] = tree.place;
  if (first !== undefined && tree.place.length > 2 && !['p', 'r', 't', 'u'].includes(first.text)) throw new ProbeProblem(`probe type must be 'p', 'r', 't', or 'u' but got '${first.text}'`, first);
  if (tree.place.length < 3) throw new ProbeProblem('at least the probe type, library, and function signature must be specified', spanOfParts(tree.place), 'For example p::vfs_read()');
  const place = placeOf(tree.place, options);
  if (place.offset !== 0n) throw new ProbeProblem('argdist takes functions, not places within them', place);
  if (place.type === 'u' && signature.parameters.length > 0) throw new ProbeProblem('a USDT probe has no signature: its arguments are arg1, arg2 and so on', signature);
  if (place.type === 't' && signature.parameters.length > 0) throw new ProbeProblem('a tracepoint has no signature: its arguments are args->FIELD', signature);
  const values = valuesOf(given, tree, place.type === 'r');
  if (scale && kind === 'count') throw new ProbeProblem('only histograms (-H) have buckets', scale);
  if (by && kind === 'count') throw new ProbeProblem('only histograms (-H) are kept by something; a count takes several expressions', by);

  const used = [...values.map(({ e }) => e), ...(by ? [by.e] : []), ...(filter ? [filter] : [])];
  const kept = keptAtEntry(used, tree, place.type === 'r');
  const scope = probeScope({
    probe: index, place, parameters: signature.parameters, stringBytes: options.stringBytes, binary: false, used: [],
    own: { $PID: 'pid', $COMM: 'comm', ...(kept.latency ? { $latency: '$latency' } : {}) },
    atReturn: '$entry(NAME) is what the parameter was at the entry.',
  });
  const scopeHere = kept.needed ? { ...scope, call: entryCall(index, kept) } : scope;
  const map = `@${kind}${index}` as const;
  const key = values.map(({ type, e }) => (type !== undefined && scriptType(type).string ? stringText(e, scopeHere) : type === undefined ? translate(e, scopeHere) : `(${scriptType(type).text})${translate(e, scopeHere)}`));
  const ofHist = by === undefined ? '' : `[${keyText(by.e, scopeHere)}]`;
  const update = kind === 'hist' ? `${map}${ofHist} = ${histogram(key[0]!, scale)};` : `${map}${key.length === 0 ? '' : `[${key.join(', ')}]`} = count();`;
  const condition = filter === undefined ? undefined : translate(filter, scopeHere);
  return {
    specifier: { kind, text, place, map, heading: label ?? (kind === 'hist' ? typed(values[0]!, body) : body.trim()), shown: values.map((value) => typed(value, body)), buckets: scale?.kind ?? 'log2', by: by && body.slice(by.e.start, by.e.end).trim(), names: values.map((value) => value.type && namesOfWords(value.type)) },
    script: kept.needed ? withEntry(index, kept, { scope, conditions: options.conditions, body: [condition, update], at: marked(scope.attachPoint, index, place), entry: marked(attachPoint({ ...place, type: 'p' }), index, place) }) : block(marked(scope.attachPoint, index, place), [...options.conditions, ...(condition === undefined ? [] : [condition])], update),
  };
}

/** The label stands behind the only `#`. */
function splitLabel(text: string): { readonly label?: string; readonly body: string } {
  const parts = text.split('#');
  return parts.length === 2 ? { label: parts[1]!, body: parts[0]! } : { body: text };
}

function typed({ e }: Value, body: string): string {
  return e.start === e.end ? 'retval' : body.slice(e.start, e.end).trim();
}

function valuesOf({ kind }: SpecifierText, { types, values, colon, signature }: SpecifierTree, isReturn: boolean): readonly Value[] {
  if (types === undefined) {
    if (isReturn) return [{ type: int(signature), e: { kind: 'name', name: '$retval', start: signature.end, end: signature.end } }];
    if (kind === 'hist') throw new ProbeProblem('histograms must have expr', signature);
    return [];
  }
  if (types.length === 0) throw new ProbeProblem('no expr types specified', colon!);
  if (values === undefined || values.length === 0) throw new ProbeProblem('no exprs specified', { start: colon!.start, end: types.at(-1)!.end });
  if (values.length !== types.length) throw new ProbeProblem('mismatched # of exprs and types', { start: types[0]!.start, end: values.at(-1)!.end });
  if (kind === 'hist' && values.length > 1) throw new ProbeProblem('histograms can only have 1 expr', { start: values[0]!.start, end: values.at(-1)!.end });
  return values.map((e, i) => ({ type: types[i]!, e }));
}

function int({ end }: Span): CType {
  return { words: [{ type: 'word', text: 'int', start: end, end }], start: end, end };
}

/** What histograms are kept by: text where it is text. */
function keyText(e: Expression, scope: ProbeScope): string {
  const isText = (e.kind === 'name' && e.name === '$COMM') || (e.kind === 'cast' && scriptType(e.type).string);
  return isText ? stringText(e, scope) : translate(e, scope);
}

function histogram(value: string, scale: Scale | undefined): string {
  if (scale?.kind !== 'linear') return `hist(${value})`;
  const number = (e: Expression): string => String((e as Extract<Expression, { kind: 'number' }>).value);
  return `lhist(${value}, ${number(scale.min)}, ${number(scale.max)}, ${number(scale.step)})`;
}

function block(at: string, conditions: readonly string[], ...statements: readonly string[]): string {
  return `${at}${predicate(conditions)}\n{\n${statements.map((line) => `  ${line}\n`).join('')}}\n`;
}

// ---- what the return wants to know of the entry ------------------------------------------------------------------------------------

interface Kept {
  readonly needed: boolean;
  readonly latency: boolean;
  /** parameters by name, each once */
  readonly parameters: readonly string[];
}

function keptAtEntry(expressions: readonly Expression[], { signature }: SpecifierTree, isReturn: boolean): Kept {
  const entries = expressions.flatMap(entryCalls);
  const latency = expressions.flatMap((e) => placesOf(e, '$latency'));
  const first = entries[0] ?? latency[0];
  if (first && !isReturn) throw new ProbeProblem(`${first.kind === 'call' ? '$entry' : '$latency'} is known at the return only`, first, 'Use an r probe.');
  const parameters = entries.map((call) => {
    const [parameter, ...more] = call.arguments;
    const name = parameter?.kind === 'name' && more.length === 0 ? parameter.name : undefined;
    if (!signature.parameters.some((each) => each.name === name && name !== undefined)) throw new ProbeProblem(`$entry(${name ?? '…'}): no such param`, call, 'Name it in the signature: r:c:read(int fd, void *buf, size_t count)');
    return name!;
  });
  return { needed: first !== undefined, latency: latency.length > 0, parameters: [...new Set(parameters)] };
}

function entryCalls(e: Expression): readonly Extract<Expression, { kind: 'call' }>[] {
  return [...(e.kind === 'call' && e.name === '$entry' ? [e] : []), ...partsOf(e).flatMap(entryCalls)];
}

function placesOf(e: Expression, name: string): readonly Expression[] {
  return [...(e.kind === 'name' && e.name === name ? [e] : []), ...partsOf(e).flatMap((part) => placesOf(part, name))];
}

function partsOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case 'member': return [e.object];
    case 'index': return [e.object, e.index];
    case 'userPointer': case 'unary': case 'cast': return [e.operand];
    case 'binary': return [e.left, e.right];
    case 'ternary': return [e.condition, e.yes, e.no];
    case 'call': return e.name === '$entry' ? [] : e.arguments;
    case 'number': case 'string': case 'name': case 'sizeof': return [];
  }
}

/** `$entry(x)` at the return. */
function entryCall(index: number, { parameters }: Kept): NonNullable<ProbeScope['call']> {
  return (name, args) => {
    const [parameter] = args;
    return name === '$entry' && parameter?.kind === 'name' ? `$kept${index}.${parameters.indexOf(parameter.name) + 1}` : undefined;
  };
}

interface WithEntry {
  readonly scope: ProbeScope;
  readonly conditions: readonly string[];
  readonly body: readonly [condition: string | undefined, update: string];
  /** attach points of the return and of the entry */
  readonly at: string;
  readonly entry: string;
}

function withEntry(index: number, { latency, parameters }: Kept, { scope, conditions, body: [condition, update], at, entry }: WithEntry): string {
  const depth = `@depth${index}[tid]`;
  const kept = `@entry${index}`;
  const values = ['nsecs', ...parameters.map((name) => scope.parameter(name)!)];
  const lines = [
    ...(latency ? [`$latency = nsecs - $kept${index}.0;`] : []),
    ...(condition === undefined ? [update] : [`if (${condition}) {`, `  ${update}`, '}']),
  ];
  return [
    block(entry, conditions, `$depth = ${depth};`, `${depth} = $depth + 1;`, `${kept}[tid, $depth] = (${values.join(', ')},);`),
    block(
      at, [...conditions, `${depth} > 0`],
      `$depth = ${depth} - 1;`, `if ($depth == 0) { delete(@depth${index}, tid); } else { ${depth} = $depth; }`,
      `if (has_key(${kept}, (tid, $depth))) {`, `  $kept${index} = ${kept}[tid, $depth];`, `  delete(${kept}, (tid, $depth));`,
      ...lines.map((line) => `  ${line}`), '}',
    ),
  ].join('\n');
}
