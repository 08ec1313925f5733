// printf in iterators: the kernel makes the text, which the reader of the iterator gets.
//
//   idea   the format is rewritten in the kernel's conversions; integers are cut and extended here and printed as 64 bits, strings are
//          put into memory and printed by address
//   facts  bpf_seq_printf since Linux 5.8; bpf_bprintf_prepare: flags `-+ 0`, a width, d i u x X p s, at most 12 arguments, and about
//          500 bytes of strings in a call, so each string has a call of its own. %p would print a hash

import { s64, type Value } from '../../model/ir/ir.js';
import type { Call } from '../../model/syntax/nodes.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { type Type, int64, string, uint64 } from '../../model/types/types.js';
import { type Conversion, type FormatPiece, bitsOfLength } from '../format.js';
import type { LowerContext } from '../record.js';
import { argumentOf } from './define.js';

const MAX_ARGUMENTS = 12;
/** an integer as text, with sign */
const integerLetters = ['d', 'i', 'u', 'x', 'X', 'p', 'c'];

/** Whether the kernel can print a value of this type so. */
export function kernelPrints(c: Conversion, type: Type): boolean {
  const isNumber = type.kind === 'int' || type.kind === 'bool' || type.kind === 'enum' || type.kind === 'pointer' || type.kind === 'aggregate';
  const isText = type.kind === 'string' || type.kind === 'ksym';
  return c.conversion === 's' ? isNumber || isText : isNumber && integerLetters.includes(c.conversion);
}

/** One call of the helper. */
interface Part {
  format: string;
  readonly values: Value[];
}

export function lowerSeqPrintf(call: Call, pieces: readonly FormatPiece[], l: LowerContext): void {
  const parts: Part[] = [{ format: '', values: [] }];
  let index = 1;
  for (const piece of pieces) {
    let part = parts.at(-1)!;
    if (typeof piece === 'string') {
      part.format += piece.replaceAll('%', '%%');
      continue;
    }
    const argument = argumentOf(call, index++);
    const type = l.typeOf(argument);
    if (part.values.length === MAX_ARGUMENTS || (type.kind === 'string' && part.values.length > 0)) parts.push((part = { format: '', values: [] }));
    part.format += kernelConversion(piece, type);
    part.values.push(argumentValue(piece, argument, type, l));
  }
  for (const part of parts) if (part.format !== '') print(part, l);
}

export function kernelConversion(c: Conversion, type: Type): string {
  const width = c.width === 0 ? '' : `${c.zero && !c.left ? '0' : ''}${c.width}`;
  const flags = `${c.left ? '-' : ''}${c.plus ? '+' : ''}${c.space ? ' ' : ''}${width}`;
  const prefix = c.conversion === 'p' || (c.alternate && (c.conversion === 'x' || c.conversion === 'X')) ? '0x' : '';
  switch (c.conversion) {
    case 'd': case 'i': return `%${flags}lld`;
    case 'u': return `%${flags}llu`;
    case 'x': case 'p': return `${prefix}%${flags}llx`;
    case 'X': return `${prefix}%${flags}llX`;
    case 'c': return `%${flags}s`;
    default:
      if (type.kind === 'string') return `%${flags}s`;
      if (type.kind === 'ksym') return '%ps';
      return type.kind === 'pointer' ? `0x%${flags}llx` : `%${flags}ll${isSigned(type) ? 'd' : 'u'}`;
  }
}

function isSigned(type: Type): boolean {
  return type.kind === 'int' && type.signed;
}

export function argumentValue(c: Conversion, argument: Parameters<LowerContext['value']>[0], type: Type, l: LowerContext): Value {
  const { b } = l;
  if (c.conversion === 'c') {
    const text = l.temporary(string(2), 'character');
    b.store(text.base, text.offset, 1, l.value(argument, int64));
    b.store(text.base, text.offset + 1, 1, 0);
    return b.add(text.base, text.offset);
  }
  if (type.kind === 'string') {
    // a byte more than the string may have, so that one that fills its place ends too
    const text = l.temporary(string(type.capacity + 1), 'text');
    l.into(argument, text);
    if (c.precision !== undefined && c.precision < type.capacity) b.store(text.base, text.offset + c.precision, 1, 0);
    return b.add(text.base, text.offset);
  }
  if (c.conversion === 's' || type.kind === 'pointer') return l.value(argument);
  const signed = c.conversion === 'd' || c.conversion === 'i';
  const value = l.value(argument, signed ? int64 : uint64);
  const bits = c.conversion === 'p' ? 64 : bitsOfLength(c.length);
  return bits === 64 ? value : b.extend(value, (bits / 8) as 1 | 2 | 4, signed);
}

function print({ format, values }: Part, l: LowerContext): void {
  const { b } = l;
  const text = bytesOfText(`${format}\0`);
  const data = values.length === 0 ? undefined : l.temporaryBytes(values.length * 8, 'printed');
  values.forEach((value, i) => b.store(data!, i * 8, 8, value));
  const result = b.call('seq_printf', [l.seqFile(), l.constant(text), b.const(text.length), data ?? b.const(0), b.const(values.length * 8)], s64);
  void result;
}

