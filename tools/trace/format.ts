// The format of a trace probe: `"%s returned %-5d (%K)"`.
//
//   in     the string as typed, the values behind it
//   out    for each conversion: the text of the script that fetches its value, and how the value becomes text
//   facts  a conversion decides how wide its value is: `%d` of 64 bits shows the lower 32 as a signed number, as C's printf does

import type { Type } from '../../lib/index.js';
import { errorName } from '../shared/constants.js';
import { namedText, shownText, type Names } from '../probes/names.js';
import { ProbeProblem } from '../probes/problem.js';
import { stringText, translate, type Scope } from '../probes/translate.js';
import type { Expression, Span } from '../probes/tree.js';

export interface Conversion {
  /** `-`, `0`, `+`, `#`, blank */
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  /** `d`, `lx`, `s`, `K` … */
  readonly form: string;
  /** of %T: names that the type of the value does not tell */
  readonly names?: Names;
}

export interface Format {
  /** text before, between and behind the conversions: one more than there are of these */
  readonly literals: readonly string[];
  readonly conversions: readonly Conversion[];
}

const conversion = /%([-0+# ]*)(\d*)(?:\.(\d+))?(hh|h|ll|l|z|j)?([a-zA-Z%])/g;
const integers: Readonly<Record<string, number>> = { hh: 8, h: 16, '': 32, l: 64, ll: 64, z: 64, j: 64 };
const others = 'cspKUeTBIS';

/** @throws ProbeProblem  there is no such conversion */
export function parseFormat(text: string, span: Span): Format {
  const literals = [''];
  const conversions: Conversion[] = [];
  let at = 0;
  const literal = (more: string): void => {
    const lone = more.indexOf('%');
    if (lone >= 0) throw new ProbeProblem(`'${more.slice(lone, lone + 3)}' is no conversion`, span, known);
    literals[literals.length - 1] += more;
  };
  for (const match of text.matchAll(conversion)) {
    const [whole, flags, width, precision, size = '', letter] = match as unknown as [string, string, string, string | undefined, string | undefined, string];
    literal(text.slice(at, match.index));
    at = match.index + whole.length;
    if (letter === '%') {
      literals[literals.length - 1] += '%';
      continue;
    }
    const isInteger = 'diuxXo'.includes(letter);
    if (!isInteger && (size !== '' || !others.includes(letter))) throw new ProbeProblem(`'${whole}' is no conversion`, span, known);
    conversions.push({ flags, width: Number(width), precision: precision === undefined ? undefined : Number(precision), form: `${size}${letter === 'i' ? 'd' : letter}` });
    literals.push('');
  }
  literal(text.slice(at));
  return { literals, conversions };
}

const known = 'Conversions are %d %u %x %o with h, l or ll; %c %s %p; %K and %U (kernel and user symbol), %e (errno), %T (enum, flags), %.16B (bytes), %I (IP address), %S (struct); %% is a percent sign.';
/** bytes that %B shows */
const DUMPED = 16;

/** The text that fetches a value. */
export function valueText({ form, precision }: Conversion, value: Expression, scope: Scope): string {
  const plain = (): string => translate(value, scope);
  switch (form.at(-1)) {
    case 'd': return `(int${integers[form.slice(0, -1)]})${plain()}`;
    case 'u': case 'x': case 'X': case 'o': return `(uint${integers[form.slice(0, -1)]})${plain()}`;
    case 'c': return `(uint8)${plain()}`;
    case 's': return stringText(value, scope);
    case 'p': return `(uint64)${plain()}`;
    case 'K': return `ksym((uint64)${plain()})`;
    case 'U': return `usym((uint64)${plain()})`;
    case 'e': return `(int64)(int32)${plain()}`;
    case 'T': return plain();
    case 'B': return `buf(${plain()}, ${precision ?? DUMPED})`;
    case 'I': return `ntop(${plain()})`;
    default: return `*${plain()}`;
  }
}

/** A value as it comes from the script. */
export type FormatValue = unknown;

export interface FormatTools {
  /** `name+0x1c`, ` [module]` behind it where wanted; of what ksym() and usym() give */
  symbol(value: FormatValue, withModule: boolean): string;
}

/** The text of a line.
 * @param types  of the values, as the program says */
export function formatted({ literals, conversions }: Format, values: readonly FormatValue[], types: readonly (Type | undefined)[], tools: FormatTools): string {
  return conversions.reduce((text, each, i) => text + padded(each, converted(each, values[i], types[i], tools)) + literals[i + 1], literals[0]!);
}

function converted({ form, flags, names }: Conversion, value: FormatValue, type: Type | undefined, tools: FormatTools): string {
  const number = (): bigint => BigInt(value as number | bigint | boolean);
  switch (form.at(-1)) {
    case 'd': return `${flags.includes('+') && number() >= 0n ? '+' : ''}${number()}`;
    case 'u': return String(number());
    case 'x': return `${flags.includes('#') && number() !== 0n ? '0x' : ''}${number().toString(16)}`;
    case 'X': return `${flags.includes('#') && number() !== 0n ? '0X' : ''}${number().toString(16).toUpperCase()}`;
    case 'o': return `${flags.includes('#') ? '0' : ''}${number().toString(8)}`;
    case 'c': return String.fromCharCode(Number(number()));
    case 'p': return `0x${number().toString(16)}`;
    case 'K': return tools.symbol(value, false);
    case 'U': return tools.symbol(value, true);
    case 'e': return errorName(number()) ?? String(number());
    case 'B': return [...(value as Uint8Array)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    case 'T': return names === undefined ? shownText(value, type) : namedText(number(), names);
    default: return shownText(value, type);
  }
}

function padded({ flags, width, form, precision }: Conversion, text: string): string {
  const cut = form === 's' && precision !== undefined ? text.slice(0, precision) : text;
  if (flags.includes('-')) return cut.padEnd(width);
  if (flags.includes('0') && 'diuxXo'.includes(form.at(-1)!)) return cut.replace(/^[-+]?(0[xX])?/, (sign) => sign + '0'.repeat(Math.max(width - cut.length, 0)));
  return cut.padStart(width);
}
