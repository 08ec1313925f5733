// What the command line of a tool may say: one value for each option and each operand.
//
//   idea   a tool lists its options as an object; parseArguments() answers an object with the same names, whose values have the types that the
//          options declare
//   facts  the five forms are those of Python's argparse that bcc's tools use: store_true, store, append, nargs=REMAINDER, positionals

/** One option, or one operand where `flags` is empty. `Value` is what a parsed command line has under its name. */
export interface Option<Value> {
  /** as they are typed, the short one first; empty: an operand */
  readonly flags: readonly string[];
  readonly form: 'switch' | 'value' | 'list' | 'rest';
  /** what stands for the value in the help; undefined: the name in capitals */
  readonly metavar?: string;
  /** undefined: works, and the help does not show it */
  readonly help: string | undefined;
  /** Operands: how many of them there may be. */
  readonly count: '1' | '?' | '*' | '+';
  readonly choices?: readonly string[];
  /** @throws ArgumentProblem  the text cannot be such a value */
  readonly parse: (text: string) => unknown;
  /** what the name means without the option */
  readonly absent: Value;
}

// A table of options of any types; `never` and `unknown` would refuse parsers of texts.
export type Options = Readonly<Record<string, Option<unknown>>>;

/** The parsed command line of a table of options. */
export type Given<Table extends Options> = { readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never };

/** A value cannot be what the option wants. `message` goes behind `argument -u/--uid: `. */
export class ArgumentProblem extends Error {}

type Flags = string | readonly [short: string, long: string];

interface ValueOptions<T> {
  readonly help: string | undefined;
  readonly metavar?: string;
  readonly parse: (text: string) => T;
  readonly choices?: readonly string[];
}

export function flag(flags: Flags, help: string | undefined): Option<boolean> {
  return { flags: listed(flags), form: 'switch', help, count: '1', parse: text, absent: false };
}

/** An option with a value; of several the last counts. */
export function option<T>(flags: Flags, { help, metavar, parse, choices }: ValueOptions<T>): Option<T | undefined> {
  return { flags: listed(flags), form: 'value', help, metavar, choices, count: '1', parse, absent: undefined };
}

/** An option with a value that counts even where it is not given. */
export function optionOr<T>(flags: Flags, absent: T, { help, metavar, parse, choices }: ValueOptions<T>): Option<T> {
  return { flags: listed(flags), form: 'value', help, metavar, choices, count: '1', parse, absent };
}

/** An option that may be given several times. */
export function list<T>(flags: Flags, { help, metavar, parse, choices }: ValueOptions<T>): Option<readonly T[]> {
  return { flags: listed(flags), form: 'list', help, metavar, choices, count: '1', parse, absent: [] };
}

/** The last option: takes every word behind it. */
export function rest(flags: Flags, help: string): Option<readonly string[] | undefined> {
  return { flags: listed(flags), form: 'rest', help, count: '*', parse: text, absent: undefined };
}

export function operand<T>({ help, metavar, parse }: ValueOptions<T>): Option<T> {
  return { flags: [], form: 'value', help, metavar, count: '1', parse, absent: undefined as T };
}

export function optionalOperand<T>(absent: T, { help, metavar, parse }: ValueOptions<T>): Option<T> {
  return { flags: [], form: 'value', help, metavar, count: '?', parse, absent };
}

/** @param count  `*`: any number, `+`: one at least */
export function operands<T>(count: '*' | '+', { help, metavar, parse }: ValueOptions<T>): Option<readonly T[]> {
  return { flags: [], form: 'list', help, metavar, count, parse, absent: [] };
}

function listed(flags: Flags): readonly string[] {
  return typeof flags === 'string' ? [flags] : flags;
}

// ---- how texts become values ----

export function text(word: string): string {
  return word;
}

/** An integer as Python's int() reads it. @throws ArgumentProblem */
export function integer(word: string): number {
  const trimmed = word.trim();
  const value = Number(trimmed.replaceAll('_', ''));
  if (!/^[+-]?\d+(_\d+)*$/.test(trimmed)) throw new ArgumentProblem(`invalid int value: '${word}'`);
  if (!Number.isSafeInteger(value)) throw new ArgumentProblem(`the number '${word}' is too large`);
  return value;
}

/** An integer between two bounds, both included. */
export function integerFrom(least: number, most = Number.MAX_SAFE_INTEGER): (word: string) => number {
  return (word) => {
    const value = integer(word);
    if (value >= least && value <= most) return value;
    throw new ArgumentProblem(most === Number.MAX_SAFE_INTEGER ? `'${word}' is less than ${least}` : `'${word}' is not between ${least} and ${most}`);
  };
}

/** @throws ArgumentProblem */
export function powerOfTwo(word: string): number {
  const value = integer(word);
  if (value > 0 && 2 ** Math.round(Math.log2(value)) === value) return value;
  throw new ArgumentProblem(`'${word}' is not a power of two`);
}

/** A regular expression. The syntax is JavaScript's; what bcc's users write in Python's means the same there, but for `(?P<name>…)` and
 *  flags like `(?i)` at the start, which are taken too. @throws ArgumentProblem */
export function regex(word: string): RegExp {
  const [, letters, pattern] = /^(?:\(\?([aimsux]+)\))?([^]*)$/.exec(word)!;
  const flags = [...(letters ?? '')].filter((letter) => 'ims'.includes(letter)).join('');
  try {
    return new RegExp(pattern!.replaceAll('(?P<', '(?<').replace(/\(\?P=(\w+)\)/g, '\\k<$1>'), flags);
  } catch (error) {
    throw new ArgumentProblem(`'${word}' is not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`);
  }
}
