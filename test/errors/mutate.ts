// Scripts put together at random from pieces of those that the tests know: most are grammatical, few make sense; and damaged texts.
//
//   idea   an expression of one script in the place of an expression of another, a statement among other statements, a body under
//          another attach point: what is left to types, scopes and places goes wrong in every combination
//   facts  same seed, same scripts

import { readFileSync } from 'node:fs';
import { parse } from '../../lib/compiler/parse/index.js';
import { Source, textOf } from '../../lib/model/source/source.js';
import type { Node, SyntaxTree } from '../../lib/model/syntax/nodes.js';
import { children } from '../../lib/model/syntax/visit.js';
import { corpus } from '../unit/compiler/parse/corpus.js';
import { everyPair } from '../helpers/positions.js';
import { randomProgram } from '../helpers/random-programs.js';
import { caseFiles, readCases } from '../helpers/language-cases.js';
import { caseNames, directory } from './cases.js';

/** 0 <= result < below */
export type Random = (below: number) => number;

/** xorshift32 */
export function random(seed: number): Random {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Role = 'expression' | 'statement' | 'type' | 'attach point';

/** Statements that need what stands around them are no pieces. */
const statements = new Set(['expression-statement', 'discard', 'assign', 'let', 'if', 'for', 'unroll', 'jump', 'while', 'block']);

function roleOf(node: Node): Role | undefined {
  if (node.kind === 'attach-point') return 'attach point';
  if (node.kind.endsWith('-type')) return 'type';
  if (statements.has(node.kind)) return 'statement';
  return ['tree', 'probe', 'macro', 'map-declaration', 'subprogram', 'c-definition', 'config', 'import', 'range'].includes(node.kind) ? undefined : 'expression';
}

interface Script {
  readonly text: string;
  readonly places: readonly { readonly role: Role; readonly start: number; readonly end: number }[];
}

function placesIn(tree: SyntaxTree): Script['places'] {
  const places: { role: Role; start: number; end: number }[] = [];
  const visit = (node: Node): void => {
    const role = roleOf(node);
    if (role !== undefined && node.span.end > node.span.start) places.push({ role, start: node.span.start, end: node.span.end });
    for (const child of children(node)) visit(child as Node);
  };
  visit(tree);
  return places;
}

let known: { scripts: Script[]; pieces: Map<Role, string[]>; words: string[] } | undefined;

function load(): NonNullable<typeof known> {
  if (known) return known;
  const texts = [
    ...corpus.map((each) => each.text),
    ...caseFiles().flatMap((file) => readCases(file).map((each) => each.script)),
    ...caseNames().map((name) => readFileSync(`${directory}${name}`, 'utf8')),
    // forms that the others have little of: functions of the script, records, tuples, pointers, every kind of map
    ...Array.from({ length: 150 }, (_, seed) => randomProgram(seed, 5).script),
    // every position of an expression, and every kind of one
    ...[...everyPair(0)].map((script) => script.text),
  ].filter((text) => text.length < 4000);
  const scripts: Script[] = [];
  const found = new Map<Role, Set<string>>();
  for (const text of texts) {
    const source = new Source('stdin', text);
    const tree = parse(source, () => {});
    if (!tree) continue;
    const places = placesIn(tree);
    if (places.length === 0) continue;
    scripts.push({ text, places });
    for (const { role, start, end } of places) {
      const pieces = found.get(role) ?? new Set();
      found.set(role, pieces);
      if (end - start < 200) pieces.add(textOf(source.span(start, end)));
    }
  }
  const pieces = new Map([...found].map(([role, pieces]) => [role, [...pieces]]));
  const words = [...pieces.values()].flat().flatMap((piece) => piece.match(/[\w$@]+|"[^"]*"|[^\s\w]/g) ?? []);
  return (known = { scripts, pieces, words });
}

/** `count` scripts. */
export function* mutants(next: Random, count: number): Generator<string> {
  const { scripts, pieces } = load();
  /** of the same script every other time: its names mean something there */
  const piece = (role: Role, text: string, places: Script['places']): string => {
    const own = next(2) === 0 ? places.filter((place) => place.role === role) : [];
    if (own.length > 0) {
      const { start, end } = own[next(own.length)]!;
      return text.slice(start, end);
    }
    const choice = pieces.get(role)!;
    return choice[next(choice.length)]!;
  };
  for (let i = 0; i < count; i++) {
    const { text, places } = scripts[next(scripts.length)]!;
    let mutant = text;
    // from the end, so that the places before stay where they are; a place inside of one that was replaced is passed over
    let end = Infinity;
    const chosen = Array.from({ length: 1 + next(2) }, () => places[next(places.length)]!).sort((a, b) => b.start - a.start);
    for (const place of chosen) {
      if (place.end > end) continue;
      end = place.start;
      mutant = mutant.slice(0, place.start) + piece(place.role, text, places) + mutant.slice(place.end);
    }
    yield next(20) === 0 ? mutant.slice(0, next(mutant.length)) : mutant;
  }
}

/** `count` texts that nobody wrote: bytes, and words of the language in any order. */
export function* noise(next: Random, count: number): Generator<string> {
  const { words } = load();
  for (let i = 0; i < count; i++) {
    const length = 1 + next(60);
    if (i % 4 === 0) yield new TextDecoder('latin1').decode(Uint8Array.from({ length: length * 3 }, () => next(256)));
    else if (i % 4 === 1) yield new TextDecoder().decode(Uint8Array.from({ length: length * 3 }, () => next(256)));
    else {
      const text = Array.from({ length }, () => words[next(words.length)]!).join(next(3) === 0 ? '' : ' ');
      yield i % 4 === 2 ? text : `begin { ${text} }`;
    }
  }
}

const scraps = ['{', '}', '(', ')', '[', ']', ';', ',', '/', '*', '&', '-', '->', '.', '..', '++', '=', '==', '?', ':', '"', '\\', '$', '@', '#', '1', '0x',
  'if ', 'else ', 'let ', 'struct ', 'sizeof', 'typeof(', 'macro ', 'config = {', ' ', '\n', '//', '/*', '*/', 'é', '\u0000', '(int8)', '@x[1]', '$1'];

/** The text with one to three pieces cut out, put in or replaced, or without its end. */
export function damaged(next: Random, text: string): string {
  for (let changes = 1 + next(3); changes > 0; changes--) {
    const at = next(text.length + 1);
    const way = next(4);
    if (way === 0) text = text.slice(0, at) + text.slice(at + 1 + next(4));
    else if (way === 1) text = text.slice(0, at) + scraps[next(scraps.length)]! + text.slice(at);
    else if (way === 2) text = text.slice(0, at) + scraps[next(scraps.length)]! + text.slice(at + 1);
    else text = text.slice(0, at);
  }
  return text;
}

/** `count` damaged texts of scripts that the tests know. */
export function* damagedScripts(next: Random, count: number): Generator<string> {
  const { scripts } = load();
  for (let i = 0; i < count; i++) yield damaged(next, scripts[next(scripts.length)]!.text);
}
