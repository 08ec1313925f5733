// Macros of C: what `#define` says, and text with macros replaced.
//
//   in     tokens
//   out    the same tokens with object-like and function-like macros replaced, at every depth; places are those of the use
//   idea   every token remembers the macros it came out of and is not replaced by those again (C11 6.10.3.4)

import type { Span } from '../../../model/source/source.js';
import type { CToken } from './tokens.js';

export interface CMacro {
  readonly name: string;
  /** what an object-like macro stands for; undefined for `#define f(x) …` */
  readonly value: readonly CToken[] | undefined;
  readonly call?: {
    readonly parameters: readonly string[];
    /** the last parameter takes all further arguments */
    readonly isVariadic: boolean;
    readonly body: readonly CToken[];
  };
  readonly span: Span;
}

interface Live {
  readonly token: CToken;
  readonly outOf: readonly string[];
}

/** @param rest  what follows the name of a function-like macro, from its parenthesis on; undefined where it is no macro's */
export function readCall(rest: readonly CToken[]): CMacro['call'] | undefined {
  const end = rest.findIndex((token) => token.text === ')');
  if (end < 0) return undefined;
  const names = rest.slice(1, end).filter((token) => token.text !== ',').map((token) => token.text);
  const isVariadic = names.at(-1) === '...';
  // `args...` names what `...` alone calls __VA_ARGS__
  const named = isVariadic && rest[end - 2]?.kind === 'word';
  const parameters = isVariadic ? [...names.slice(0, -1), ...(named ? [] : ['__VA_ARGS__'])] : names;
  return { parameters, isVariadic, body: rest.slice(end + 1) };
}

export function replaceMacros(tokens: readonly CToken[], macros: ReadonlyMap<string, CMacro>): CToken[] {
  return run(tokens.map((token) => ({ token, outOf: [] })), macros).map(({ token }) => token);
}

function run(tokens: readonly Live[], macros: ReadonlyMap<string, CMacro>): Live[] {
  const output: Live[] = [];
  /** what is still to come, last first */
  const input = [...tokens].reverse();
  for (let live = input.pop(); live; live = input.pop()) {
    const { token, outOf } = live;
    const macro = token.kind === 'word' && !outOf.includes(token.text) ? macros.get(token.text) : undefined;
    const args = macro?.call && input.at(-1)?.token.text === '(' ? takeArguments(input) : undefined;
    const result = macro?.value ?? (macro?.call && args ? substitute(macro.call, args, macros) : undefined);
    if (!macro || !result) {
      output.push(live);
      continue;
    }
    const inside = [...outOf, macro.name];
    for (const part of [...result].reverse()) {
      const inner: Live = 'token' in part ? part : { token: part, outOf: [] };
      input.push({ token: { ...inner.token, span: token.span }, outOf: [...inner.outOf, ...inside] });
    }
  }
  return output;
}

/** The arguments of a call whose parenthesis is next; undefined, and nothing taken, when it is not closed. */
function takeArguments(input: Live[]): Live[][] | undefined {
  const args: Live[][] = [[]];
  for (let at = input.length - 1, depth = 0; at >= 0; at--) {
    const live = input[at]!;
    const { text } = live.token;
    if (text === '(' && depth++ === 0) continue;
    if (text === ')' && --depth === 0) {
      input.length = at;
      return args;
    }
    if (text === ',' && depth === 1) args.push([]);
    else args.at(-1)!.push(live);
  }
  return undefined;
}

function substitute(call: NonNullable<CMacro['call']>, given: readonly Live[][], macros: ReadonlyMap<string, CMacro>): Live[] {
  const { parameters, isVariadic, body } = call;
  const most = parameters.length;
  const args = isVariadic && given.length > most ? [...given.slice(0, most - 1), joined(given.slice(most - 1))] : given;
  const argument = (token: CToken | undefined): readonly Live[] | undefined => {
    const index = token?.kind === 'word' ? parameters.indexOf(token.text) : -1;
    return index < 0 ? undefined : (args[index] ?? []);
  };
  const output: Live[] = [];
  for (let i = 0; i < body.length; i++) {
    const token = body[i]!;
    const next = argument(body[i + 1]);
    if (token.text === '#' && next) {
      output.push({ token: { kind: 'string', text: JSON.stringify(next.map((live) => live.token.text).join(' ')), span: token.span }, outOf: [] });
      i++;
    } else if (token.text === '##' && i + 1 < body.length) {
      paste(output, next ?? [{ token: body[i + 1]!, outOf: [] }], body[i - 1]);
      i++;
    } else {
      const value = argument(token);
      const isPasted = body[i + 1]?.text === '##';
      if (!value) output.push({ token, outOf: [] });
      else output.push(...(isPasted ? value : run(value, macros)));
    }
  }
  return output;
}

/** `a ## b`: one token of two; `, ## args` without arguments drops the comma. */
function paste(output: Live[], right: readonly Live[], before: CToken | undefined): void {
  const [first, ...others] = right;
  if (before?.text === ',') {
    if (first) output.push(...right);
    else output.pop();
    return;
  }
  const left = output.pop();
  if (!first) {
    if (left) output.push(left);
    return;
  }
  if (left) output.push({ token: { ...left.token, text: left.token.text + first.token.text }, outOf: left.outOf }, ...others);
  else output.push(...right);
}

/** Arguments with the commas that stood between them. */
function joined(args: readonly Live[][]): Live[] {
  return args.flatMap((arg, i) => {
    const { token } = arg[0] ?? args.flat()[0] ?? {};
    return i === 0 || !token ? arg : [{ token: { kind: 'mark', text: ',', span: token.span }, outOf: [] }, ...arg];
  });
}
