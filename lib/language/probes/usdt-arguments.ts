// Arguments of USDT probes: from the text of a note to where each argument lies when the probe fires.
//
//   in     `-4@%edi 8@-16(%rbp) 4@$7`: for each argument its size (negative: signed) and an operand as the assembler writes it
//   out    sums of registers and constants, and whether the sum is the value or the address of it; or the reason why it cannot be read
//   facts  https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation, "Argument Format"; operands are what GCC's and clang's `%n`, `%1`
//          print for the constraint "nor". Registers are named as in registers.ts.
//          A size with an f (`8f@%xmm0`) is a floating-point number

import type { UsdtOperand, UsdtSum, UsdtTerm } from '../../model/layout/usdt.js';
import type { Arch } from '../../model/target/target.js';

/** symbol: its address is added to the displacement (whole, or its lower 12 bits), which only the file can tell. */
export interface UsdtArgument {
  /** as the note has it */
  readonly text: string;
  readonly sizeBytes: number;
  readonly signed: boolean;
  readonly operand: UsdtOperand;
  readonly symbol?: { readonly name: string; readonly part: 'whole' | 'low 12 bits' };
}

export interface UnreadableArgument {
  readonly text: string;
  /** follows "it": `is a floating-point number` */
  readonly unreadable: string;
}

/** of one argument: a symbol of C++ has some hundred */
const MOST_CHARACTERS = 1000;
/** As many as bpftrace reads; the macros of C have 12. */
const MOST_ARGUMENTS = 255;
const MOST_BYTES = 8;
const WORD_BYTES = 8;

type Located = Pick<UsdtArgument, 'operand' | 'symbol'> | string;

/** In their order. Notes without sizes are of programs older than sizes: words. */
export function parseUsdtArguments(text: string, arch: Arch): (UsdtArgument | UnreadableArgument)[] {
  const locate = arch === 'x86_64' ? locateX86 : locateArm64;
  return split(text).slice(0, MOST_ARGUMENTS).map((argument) => {
    const [, minus, digits, float, operand = argument] = /^(?:(-?)(\d{1,9})(f?)@)(.*)$/s.exec(argument) ?? [];
    const sizeBytes = digits === undefined ? WORD_BYTES : Number(digits);
    if (argument.length > MOST_CHARACTERS) return { text: argument, unreadable: `lies at an operand of ${argument.length} characters` };
    if (float === 'f') return { text: argument, unreadable: isFloat };
    const located = locate(operand);
    if (typeof located === 'string') return { text: argument, unreadable: located };
    if (sizeBytes < 1 || sizeBytes > MOST_BYTES) return { text: argument, unreadable: `has ${sizeBytes} bytes, and arguments have 1 to ${MOST_BYTES}` };
    return { text: argument, sizeBytes, signed: minus === '-', ...located };
  });
}

/** At blanks, which in brackets separate nothing. */
function split(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let open = false;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at] ?? ' ';
    if ('[('.includes(character)) open = true;
    else if ('])'.includes(character)) open = false;
    else if (at === text.length || (!open && /\s/.test(character))) {
      if (at > from) parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return parts;
}

const isFloat = 'is a floating-point number';
const isThreadLocal = 'is thread-local';
const unknown = (operand: string): string => `lies at ${operand.replace(/[^ -~]/g, '?')}, which is no operand that is known here`;

// ---- numbers and symbols

const NUMBER = '0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20}';
const SYMBOL = '[A-Za-z_.$][\\w.$]*';

interface Displacement { readonly number: bigint; readonly symbol?: string }

/** `-16`, `0x20`, `table+8`, `8+table-4`. undefined: it is something else */
function readDisplacement(text: string): Displacement | undefined {
  if (!new RegExp(`^[+-]?(?:${NUMBER}|${SYMBOL})(?:[+-](?:${NUMBER}|${SYMBOL}))*$`).test(text)) return undefined;
  let number = 0n;
  let symbol: string | undefined;
  for (const [, sign, digits, name] of text.matchAll(new RegExp(`([+-]?)(?:(${NUMBER})|(${SYMBOL}))`, 'g'))) {
    if (digits !== undefined) number += sign === '-' ? -BigInt(digits) : BigInt(digits);
    else if (symbol !== undefined || sign === '-') return undefined;
    else symbol = name!;
  }
  return { number: BigInt.asIntN(64, number), ...(symbol === undefined ? {} : { symbol }) };
}

function sumOf({ number, symbol }: Displacement, terms: readonly UsdtTerm[], bits: 32 | 64): { readonly sum: UsdtSum; readonly more: Pick<UsdtArgument, 'symbol'> } {
  return { sum: { displacement: number, terms, bits }, more: symbol === undefined ? {} : { symbol: { name: symbol, part: 'whole' } } };
}

// ---- x86-64, and x86-32 by the lower halves of its registers

interface Register { readonly name: string; readonly bits: 8 | 16 | 32 | 64; readonly shift: 0 | 8 }

const x86Registers: ReadonlyMap<string, Register> = new Map([
  ...['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp', 'sp', 'ip'].flatMap((name): [string, Register][] => [
    [`r${name}`, { name, bits: 64, shift: 0 }], [`e${name}`, { name, bits: 32, shift: 0 }], [name, { name, bits: 16, shift: 0 }],
  ]),
  ...['a', 'b', 'c', 'd'].flatMap((letter): [string, Register][] => [
    [`${letter}l`, { name: `${letter}x`, bits: 8, shift: 0 }], [`${letter}h`, { name: `${letter}x`, bits: 8, shift: 8 }],
  ]),
  ...['si', 'di', 'bp', 'sp'].map((name): [string, Register] => [`${name}l`, { name, bits: 8, shift: 0 }]),
  ...Array.from({ length: 8 }, (_, i) => `r${i + 8}`).flatMap((name): [string, Register][] => [
    [name, { name, bits: 64, shift: 0 }], [`${name}d`, { name, bits: 32, shift: 0 }], [`${name}w`, { name, bits: 16, shift: 0 }],
    [`${name}b`, { name, bits: 8, shift: 0 }], [`${name}l`, { name, bits: 8, shift: 0 }],
  ]),
]);

function locateX86(text: string): Located {
  if (/^%(?:[xyz]?mm\d|st\b)/.test(text)) return isFloat;
  if (/^%[fg]s:/.test(text) || /@(?:n?tp|dtp|got(?:n?tp|tp))off/i.test(text)) return isThreadLocal;
  if (text.startsWith('%')) {
    const register = x86Registers.get(text.slice(1));
    return register === undefined ? unknown(text) : { operand: { kind: 'register', register: register.name, shift: register.shift, bits: register.bits } };
  }
  if (text.startsWith('$')) {
    const constant = readDisplacement(text.slice(1));
    if (constant === undefined) return unknown(text);
    const { sum, more } = sumOf(constant, [], 64);
    return { operand: { kind: 'value', sum }, ...more };
  }
  const [, before = text, inside] = /^([^()]*)\(([^()]*)\)$/.exec(text) ?? [];
  const displacement = before === '' && inside !== undefined ? { number: 0n } : readDisplacement(before);
  if (displacement === undefined) return unknown(text);
  // `symbol(%rip)` is the assembler's way to say the address of the symbol; a number there would count from the next instruction
  if (inside === '%rip' && displacement.symbol !== undefined) return memoryX86(displacement, []);
  const terms = termsX86(inside);
  return terms === undefined ? unknown(text) : memoryX86(displacement, terms);
}

function memoryX86(displacement: Displacement, terms: readonly UsdtTerm[]): Located {
  const { sum, more } = sumOf(displacement, terms, terms.some((term) => term.bits === 32) ? 32 : 64);
  return { operand: { kind: 'memory', sum }, ...more };
}

/** `%base`, `%base,%index,scale`, `,%index,scale` */
function termsX86(inside: string | undefined): readonly UsdtTerm[] | undefined {
  if (inside === undefined) return [];
  const [base, index, scale = '1', ...rest] = inside.split(',').map((part) => part.trim());
  const shift = ['1', '2', '4', '8'].indexOf(scale);
  if (rest.length > 0 || shift < 0 || (base === '' && (index ?? '') === '')) return undefined;
  const terms = [base === '' ? [] : termX86(base!, 0), index === undefined || index === '' ? [] : termX86(index, shift)].flat();
  return terms.includes(undefined) || new Set(terms.map((term) => term!.bits)).size > 1 ? undefined : terms as UsdtTerm[];
}

function termX86(text: string, shift: number): UsdtTerm | undefined {
  const register = text.startsWith('%') ? x86Registers.get(text.slice(1)) : undefined;
  return register === undefined || register.bits < 32 || register.name === 'ip' ? undefined : { register: register.name, bits: register.bits as 32 | 64, signed: false, shift };
}

// ---- arm64

function locateArm64(text: string): Located {
  if (/^[vqdshb]\d/.test(text)) return isFloat;
  if (/^:?\w*tprel|:tls/.test(text)) return isThreadLocal;
  if (/^[xw]zr$/.test(text)) return { operand: { kind: 'value', sum: { displacement: 0n, terms: [], bits: 64 } } };
  const register = registerArm64(text);
  if (register !== undefined) return { operand: { kind: 'register', register: register.name, shift: 0, bits: register.bits } };
  const constant = readDisplacement(text.replace(/^#/, ''));
  if (constant !== undefined) return constant.symbol === undefined ? { operand: { kind: 'value', sum: sumOf(constant, [], 64).sum } } : unknown(text);
  const [, inside] = /^\[([^\]]*)\]$/.exec(text) ?? [];
  return (inside === undefined ? undefined : memoryArm64(inside)) ?? unknown(text);
}

/** `sp, 16`, `x0, #:lo12:table`, `x0, w1, sxtw 2` */
function memoryArm64(inside: string): Located | undefined {
  const [first, second, third, ...rest] = inside.split(',').map((part) => part.trim());
  const base = registerArm64(first ?? '');
  if (base?.bits !== 64 || rest.length > 0) return undefined;
  const from: UsdtTerm = { register: base.name, bits: 64, signed: false, shift: 0 };
  const at = (displacement: bigint, terms: readonly UsdtTerm[], symbol?: UsdtArgument['symbol']): Located => (
    { operand: { kind: 'memory', sum: { displacement, terms, bits: 64 } }, ...(symbol === undefined ? {} : { symbol }) });
  if (second === undefined) return at(0n, [from]);
  const index = registerArm64(second);
  if (index !== undefined) {
    const extended = extensionArm64(index, third);
    return extended === undefined ? undefined : at(0n, [from, extended]);
  }
  const low = /^#?:lo12:(.*)$/.exec(second)?.[1];
  const displacement = third === undefined ? readDisplacement(low ?? second.replace(/^#/, '')) : undefined;
  if (displacement === undefined || (displacement.symbol !== undefined) !== (low !== undefined)) return undefined;
  return at(displacement.number, [from], displacement.symbol === undefined ? undefined : { name: displacement.symbol, part: 'low 12 bits' });
}

/** `lsl 3`, `sxtw`, `uxtw #2` behind an index */
function extensionArm64({ name, bits }: Register, text: string | undefined): UsdtTerm | undefined {
  if (text === undefined) return bits === 64 ? { register: name, bits, signed: false, shift: 0 } : undefined;
  const [, how, by = '0'] = /^(lsl|uxtw|sxtw|sxtx)(?: +#?([0-4]))?$/.exec(text) ?? [];
  if (how === undefined || how.endsWith('w') !== (bits === 32)) return undefined;
  return { register: name, bits: bits as 32 | 64, signed: how === 'sxtw', shift: Number(by) };
}

function registerArm64(text: string): Register | undefined {
  const plain = ({ fp: 'x29', lr: 'x30' } as Readonly<Record<string, string>>)[text] ?? text;
  if (plain === 'sp' || plain === 'wsp') return { name: 'sp', bits: plain === 'sp' ? 64 : 32, shift: 0 };
  const [, size, digits] = /^([xw])([12]?\d|30)$/.exec(plain) ?? [];
  return size === undefined ? undefined : { name: `r${Number(digits)}`, bits: size === 'x' ? 64 : 32, shift: 0 };
}
