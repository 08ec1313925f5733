// The text of a script as programs give it, with values put into it. Needs no Node.
//
//   idea   a value can only stand where an expression may: inside of strings and comments of the script its quotes would be those of the script
//   facts  literals and their escapes: language.md 1.4

import { OptionError } from '../model/diagnostics/errors.js';
import { bytesOfText } from '../model/syntax/text.js';
import { describe } from './describe.js';

/** The constructor is nobody else's: set by the class itself. */
let makeText: (text: string) => ScriptText;

/** Text of a script made by bpf`…`. */
export class ScriptText {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  static {
    makeText = (text) => new ScriptText(text);
  }
}

/** A script with values in it: bpf`begin { printf("%s", ${name}); }`. A value becomes a literal: a string in quotes, a number, true or false; whatever
 *  it holds, it is never more of the script than that. `\n` reaches the script as it is written.
 * @throws OptionError  a value is no string, boolean, bigint or whole number of at most 64 bits, or stands within a string or comment */
export function bpf(text: TemplateStringsArray, ...values: readonly (number | bigint | boolean | string)[]): ScriptText {
  let whole = text.raw[0]!;
  values.forEach((value, i) => {
    const inside = textState(whole);
    if (inside !== undefined) throw new OptionError('bpf', `value ${i + 1} of bpf\`…\` stands inside of a ${inside}: put it where an expression may stand, e.g. printf("%s", \${name})`, 'ERR_OPTION_VALUE');
    whole += literal(value, i) + text.raw[i + 1]!;
  });
  return makeText(whole);
}

/** What the end of a text lies within; undefined: plain script. */
function textState(text: string): 'string' | 'comment' | undefined {
  const parts = /"(?:[^"\\\n]|\\[^\n])*("|$|\n)|\/\/[^\n]*(\n|$)|\/\*[^]*?(\*\/|$)/g;
  for (let part = parts.exec(text); part; part = parts.exec(text)) {
    const [all, quote, newline, close] = part;
    if (part.index + all.length < text.length) continue;
    if (all.startsWith('"')) return quote === '"' ? undefined : 'string';
    if (newline === '' || close === '') return 'comment';
  }
  return undefined;
}

const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 64n - 1n;

function literal(value: unknown, index: number): string {
  if (typeof value === 'string') return quoted(value, index);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) {
    const number = BigInt(value);
    if (number >= LEAST && number <= GREATEST) return number < 0n ? `(${number})` : String(number);
  }
  throw new OptionError('bpf', `value ${index + 1} of bpf\`…\` is ${describe(value)}: it takes strings, booleans, bigints and whole numbers of at most 64 bits`, 'ERR_OPTION_TYPE');
}

/** Quotes and backslashes are escaped so that literals and quoted parts of an attach point mean the same by it; a byte that is no printable character
 *  becomes three octal digits, which no following digit can lengthen. */
function quoted(text: string, index: number): string {
  if (text.includes('\0')) throw new OptionError('bpf', `value ${index + 1} of bpf\`…\` holds a NUL, where strings of the kernel end`, 'ERR_OPTION_VALUE');
  let inside = '';
  for (const character of text) {
    if (character === '"' || character === '\\') inside += `\\${character}`;
    else if (printable.test(character)) inside += character;
    else for (const byte of bytesOfText(character)) inside += `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `"${inside}"`;
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
