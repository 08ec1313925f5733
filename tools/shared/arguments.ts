// The command line of a tool, read as Python's argparse reads it.
//
//   in     words, the table of options (options.ts)
//   out    Given: a value for each name of the table; or UsageError with what is wrong, in argparse's words
//   facts  short switches may be bundled (`-Tx`, `-Uu 1000`), a value may be glued (`-p181`) or follow; long options may be shortened to what only one of
//          them begins with, and take `=value`; a word that looks like a negative number is a value unless an option looks like one; a word with a
//          blank in it is a value even behind a dash; options and operands may be mixed; behind `--` there are operands only.
//          docs.python.org/3/library/argparse.html

import { ArgumentProblem, type Given, type Option, type Options } from './options.js';

/** The command line is wrong: the usage and this message are for stderr, the exit status is 2. */
export class UsageError extends Error {}

/** The words ask for the help, which goes to stdout. */
export class HelpWanted extends Error {}

type Named = readonly [name: string, option: Option<unknown>];

/** @throws UsageError, HelpWanted */
export function parseArguments<Table extends Options>(words: readonly string[], table: Table): Given<Table> {
  const reader = new Reader(Object.entries(table));
  reader.read(words);
  return reader.given() as Given<Table>;
}

/** As argparse names an option in its messages: `-u/--uid`, or the metavar of an operand. */
export function argumentName([name, { flags, metavar }]: Named): string {
  return flags.length > 0 ? flags.join('/') : metavar ?? name;
}

const negativeNumber = /^-\d+$|^-\d*\.\d+$/;

class Reader {
  private readonly values = new Map<string, unknown>();
  private readonly operands: string[] = [];
  private readonly unknown: string[] = [];
  private readonly byFlag = new Map<string, Named>();
  private readonly looksNegative: boolean;

  constructor(private readonly table: readonly Named[]) {
    for (const named of table) for (const flag of named[1].flags) this.byFlag.set(flag, named);
    this.looksNegative = [...this.byFlag.keys()].some((flag) => negativeNumber.test(flag));
  }

  read(words: readonly string[]): void {
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!;
      if (word === '--') {
        this.operands.push(...words.slice(at + 1));
        return;
      }
      if (!this.isOption(word)) this.operands.push(word);
      else at = this.readOption(word, words, at);
    }
  }

  given(): Record<string, unknown> {
    this.placeOperands();
    if (this.unknown.length > 0) throw new UsageError(`unrecognized arguments: ${this.unknown.join(' ')}`);
    return Object.fromEntries(this.table.map(([name, { absent }]) => [name, this.values.has(name) ? this.values.get(name) : absent]));
  }

  private isOption(word: string): boolean {
    if (!word.startsWith('-') || word === '-') return false;
    if (this.byFlag.has(word)) return true;
    if (negativeNumber.test(word) && !this.looksNegative) return false;
    return !word.includes(' ') || this.byFlag.has(word.split('=', 1)[0]!) || this.bundled(word);
  }

  private bundled(word: string): boolean {
    return !word.startsWith('--') && this.byFlag.has(word.slice(0, 2));
  }

  /** Reads the option at a place; answers the place of the last word that belongs to it. */
  private readOption(word: string, words: readonly string[], at: number): number {
    if (word === '-h' || isPrefix(word, '--help', this.byFlag)) throw new HelpWanted();
    const { named, value } = this.find(word);
    if (named === undefined) {
      this.unknown.push(word);
      return at;
    }
    const [, { form, flags }] = named;
    if (form === 'rest') {
      this.values.set(named[0], [...(value === undefined ? [] : [value]), ...words.slice(at + 1)]);
      return words.length;
    }
    if (form === 'switch') {
      this.values.set(named[0], true);
      if (value === undefined) return at;
      // -Tx: what follows a switch of one letter is more of them
      if (word.startsWith('--') || flags.every((flag) => flag.length !== 2)) throw new UsageError(`argument ${argumentName(named)}: ignored explicit argument '${value}'`);
      if (!this.byFlag.has(`-${value[0]}`) && value[0] !== 'h') throw new UsageError(`argument ${argumentName(named)}: ignored explicit argument '${value}'`);
      return this.readOption(`-${value}`, words, at);
    }
    const next = words[at + 1];
    if (value === undefined && (next === undefined || next === '--' || this.isOption(next))) throw new UsageError(`argument ${argumentName(named)}: expected one argument`);
    this.store(named, value ?? next!);
    return value === undefined ? at + 1 : at;
  }

  /** The option that a word means, and what is glued to it. */
  private find(word: string): { readonly named?: Named; readonly value?: string } {
    const exact = this.byFlag.get(word);
    if (exact) return { named: exact };
    const equals = word.indexOf('=');
    const [name, value] = equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
    const named = this.byFlag.get(name);
    if (named) return { named, value };
    if (!word.startsWith('--')) return this.bundled(word) ? { named: this.byFlag.get(word.slice(0, 2)), value: word.slice(2) } : {};
    const candidates = [...this.byFlag.keys(), '--help'].filter((flag) => flag.startsWith(name));
    if (candidates.length > 1) throw new UsageError(`ambiguous option: ${word} could match ${candidates.join(', ')}`);
    return candidates[0] === undefined ? {} : { named: this.byFlag.get(candidates[0]), value };
  }

  private store(named: Named, word: string): void {
    const [name, { form, choices, parse }] = named;
    let value: unknown;
    try {
      value = parse(word);
    } catch (error) {
      if (!(error instanceof ArgumentProblem)) throw error;
      throw new UsageError(`argument ${argumentName(named)}: ${error.message}`);
    }
    if (choices && !choices.includes(word)) throw new UsageError(`argument ${argumentName(named)}: invalid choice: '${word}' (choose from ${choices.map((choice) => `'${choice}'`).join(', ')})`);
    this.values.set(name, form === 'list' ? [...((this.values.get(name) as unknown[] | undefined) ?? []), value] : value);
  }

  /** Gives the operands their names: one that takes any number leaves what those behind it need. */
  private placeOperands(): void {
    const wanted = this.table.filter(([, { flags }]) => flags.length === 0);
    const missing: string[] = [];
    for (const [i, named] of wanted.entries()) {
      const { count } = named[1];
      const needed = wanted.slice(i + 1).filter(([, { count }]) => count === '1' || count === '+').length;
      const most = count === '*' || count === '+' ? Math.max(this.operands.length - needed, count === '+' ? 1 : 0) : 1;
      if (count === '?' && this.operands.length <= needed) continue;
      const words = this.operands.splice(0, most);
      if (words.length === 0 && (count === '1' || count === '+')) missing.push(argumentName(named));
      for (const word of words) this.store(named, word);
    }
    if (missing.length > 0) throw new UsageError(`the following arguments are required: ${missing.join(', ')}`);
    this.unknown.push(...this.operands);
  }
}

/** `--h`, `--he` … where no other option begins so. */
function isPrefix(word: string, flag: string, others: ReadonlyMap<string, unknown>): boolean {
  return word.length > 2 && flag.startsWith(word) && ![...others.keys()].some((other) => other.startsWith(word));
}
