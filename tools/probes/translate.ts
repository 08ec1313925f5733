// Expressions in C's notation as expressions of the script.
//
//   in     a tree, and what names mean in its probe (scope.ts)
//   out    text of the script, marked with where it comes from
//   facts  Arithmetic is the script's: 64 bits wide, `/`, `%` and `>>` unsigned. Every operand stands in parentheses, so that precedence is that of the tree

import { bytesOf } from '../../lib/index.js';
import { constantNamed } from '../shared/constants.js';
import { quoted } from '../shared/script-text.js';
import { scriptType } from './c-types.js';
import { marked } from './marks.js';
import { ProbeProblem } from './problem.js';
import type { Expression, Span } from './tree.js';

/** What names mean in one probe. */
export interface Scope {
  /** which of the texts on the command line */
  readonly probe: number;
  /** most bytes of a string, its NUL included */
  readonly stringBytes: number;
  /** the literal of STRCMP is a list of bytes */
  readonly binary: boolean;
  /** Text of a name; undefined: the scope does not know it. @throws ProbeProblem  it has no value in this probe */
  name(name: string, span: Span): string | undefined;
  /** Text of a call that only this tool has. */
  call?(name: string, args: readonly Expression[], span: Span): string | undefined;
  /** Names to suggest. */
  readonly known: readonly string[];
}

/** @throws ProbeProblem */
export function translate(e: Expression, scope: Scope): string {
  return marked(plain(e, scope), scope.probe, e);
}

function plain(e: Expression, scope: Scope): string {
  const inner = (each: Expression): string => translate(each, scope);
  switch (e.kind) {
    case 'number': return e.value < 0n ? `(${e.value})` : String(e.value);
    case 'string': return quoted(e.value);
    case 'name': return nameText(e.name, e, scope);
    case 'member': return memberText(e, scope);
    case 'index': return `${inner(e.object)}[${inner(e.index)}]`;
    case 'userPointer': return `uptr(${inner(e.operand)})`;
    case 'unary': return unaryText(e, scope);
    case 'binary': return `(${inner(e.left)} ${e.operator} ${inner(e.right)})`;
    case 'ternary': return `(${inner(e.condition)} ? ${inner(e.yes)} : ${inner(e.no)})`;
    case 'cast': return `((${scriptType(e.type).text})${inner(e.operand)})`;
    case 'sizeof': return `sizeof(${scriptType(e.type).text})`;
    case 'call': return callText(e, scope);
  }
}

function nameText(name: string, span: Span, scope: Scope): string {
  const text = scope.name(name, span);
  if (text !== undefined) return text;
  const constant = constantNamed(name);
  if (constant !== undefined) return constant < 0 ? `(${constant})` : String(constant);
  // an enumerator of the kernel, as the compiler will find or not
  if (/^[A-Z][A-Z0-9_]*$/.test(name)) return name;
  throw new ProbeProblem(`there is no '${name}' here`, span, `Known are ${scope.known.join(', ')}.`);
}

function memberText(e: Extract<Expression, { kind: 'member' }>, scope: Scope): string {
  if (e.object.kind === 'name' && e.object.name === 'ctx') return `reg("${e.field}")`;
  return `${translate(e.object, scope)}.${headerFields.get(e.field) ?? e.field}`;
}

/** Fields that are macros of the kernel's headers: types of the kernel know only what they stand for (include/net/sock.h, inet_sock.h). */
const headerFields: ReadonlyMap<string, string> = new Map<string, string>([
  ...['node', 'nulls_node', 'refcnt', 'dontcopy_begin', 'dontcopy_end', 'hash', 'portpair', 'num', 'dport', 'addrpair', 'daddr', 'rcv_saddr', 'family', 'state', 'reuse', 'reuseport', 'ipv6only',
    'net_refcnt', 'bound_dev_if', 'bind_node', 'prot', 'net', 'v6_daddr', 'v6_rcv_saddr', 'cookie', 'incoming_cpu', 'flags', 'rxhash'].map((name) => [`sk_${name}`, `__sk_common.skc_${name}`] as const),
  ...['daddr', 'rcv_saddr', 'dport', 'num'].map((name) => [`inet_${name}`, `sk.__sk_common.skc_${name}`] as const),
]);

function unaryText({ operator, operand }: Extract<Expression, { kind: 'unary' }>, scope: Scope): string {
  if (operator === '+') return translate(operand, scope);
  if (operator !== '&') return `(${operator}${translate(operand, scope)})`;
  // the address of a field: what the script knows are offsets
  if (operand.kind !== 'member') throw new ProbeProblem('& takes the address of a field, as in &sk->sk_lock', operand);
  const object = translate(operand.object, scope);
  return `((uint64)${object} + offsetof(*${object}, ${operand.field}))`;
}

/** `STRCMP("lit", expression)` and its kin. */
function callText(e: Extract<Expression, { kind: 'call' }>, scope: Scope): string {
  const own = scope.call?.(e.name, e.arguments, e);
  if (own !== undefined) return own;
  if (!comparisons.includes(e.name)) throw new ProbeProblem(`there is no function '${e.name}'`, e.nameSpan, `Functions are ${comparisons.join(', ')}; kernel functions cannot be called.`);
  const [literal, value, ...more] = e.arguments;
  if (literal?.kind !== 'string' || value === undefined || more.length > 0) throw new ProbeProblem(`the form is ${e.name}("text", expression)`, e);
  if (scope.binary) return bytesText(literal, translate(value, scope));
  const bytes = bytesOf(literal.value).length;
  switch (e.name) {
    case 'STREQ': return `(${stringText(value, scope, bytes + 2)} == ${quoted(literal.value)})`;
    case 'STRSTR': return `strcontains(${stringText(value, scope)}, ${quoted(literal.value)})`;
    // STRCMP compares as many bytes as the literal has
    default: return `(strncmp(${stringText(value, scope, bytes + 1)}, ${quoted(literal.value)}, ${bytes}) == 0)`;
  }
}

const comparisons = ['STRCMP', 'STRPREFIX', 'STREQ', 'STRSTR'];

/** The literal is a C initialiser, as in "{0x6C, 0x00}": every byte of it is compared. */
function bytesText(literal: Extract<Expression, { kind: 'string' }>, pointer: string): string {
  const list = /^\s*\{([^}]*)\}\s*$/.exec(literal.value)?.[1]?.split(',').map((word) => word.trim()).filter((word, i, all) => word !== '' || i < all.length - 1);
  const bytes = list?.map((word) => (/^(0[xX][0-9a-fA-F]{1,2}|\d{1,3})$/.test(word) ? Number(word) : NaN));
  if (bytes === undefined || bytes.length === 0 || bytes.some((byte) => !(byte < 256))) throw new ProbeProblem('with -B the text is a list of bytes in braces, as in "{0x6C, 0x00}"', literal);
  return `(${bytes.map((byte, i) => `*(uint8 *)(${pointer} + ${i}) == ${byte}`).join(' && ')})`;
}

/** A string at an address.
 * @param bytes  most of it, its NUL included */
export function stringText(e: Expression, scope: Scope, bytes = scope.stringBytes): string {
  if (e.kind === 'string' || (e.kind === 'name' && e.name === '$COMM')) return translate(e, scope);
  return marked(`str(${translate(e, scope)}, ${bytes})`, scope.probe, e);
}

/** Names that an expression asks for. */
export function namesIn(e: Expression): readonly string[] {
  switch (e.kind) {
    case 'name': return [e.name];
    case 'member': return namesIn(e.object);
    case 'index': return [...namesIn(e.object), ...namesIn(e.index)];
    case 'userPointer': case 'unary': case 'cast': return namesIn(e.operand);
    case 'binary': return [...namesIn(e.left), ...namesIn(e.right)];
    case 'ternary': return [e.condition, e.yes, e.no].flatMap(namesIn);
    case 'call': return e.arguments.flatMap(namesIn);
    case 'number': case 'string': case 'sizeof': return [];
  }
}
