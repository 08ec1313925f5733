// The kernel's printf for programs: snprintf, trace_printk, seq_printf.
//
//   facts  integers are 32 bit unless l or ll; %s and %pks read kernel, %pus user memory; %p, %px, %pK, %ps, %pS, %pB, %c, %%; anything
//          else gives -EINVAL (kernel/bpf/helpers.c bpf_bprintf_prepare)

import { errno } from '../errno.js';
import type { Space } from '../memory.js';
import type { Machine } from '../machine.js';

const CONVERSION = /%(?:%|([-+ 0#]*)(\d*)(?:([hl]{0,2})([diuxXoc])|(p(?:x|K|B|s|S|ks|us)?|s)))/y;
const STRING_LIMIT = 512;

/** The text, or a negative errno. Too few arguments give -EINVAL. */
export function formatKernel(machine: Machine, format: string, args: readonly bigint[]): string | number {
  let text = '';
  let next = 0;
  for (let at = 0; at < format.length;) {
    if (format[at] !== '%') {
      text += format[at++];
      continue;
    }
    CONVERSION.lastIndex = at;
    const match = CONVERSION.exec(format);
    if (match === null) return -errno.EINVAL;
    at = CONVERSION.lastIndex;
    if (match[0] === '%%') {
      text += '%';
      continue;
    }
    const value = args[next++];
    if (value === undefined) return -errno.EINVAL;
    const [, flags = '', width = '', length = '', integer, pointer] = match;
    const body = integer !== undefined ? formatInteger(value, integer, length, flags) : formatPointer(machine, value, pointer!);
    text += pad(body, flags, Number(width), integer !== undefined && integer !== 'c');
  }
  return text;
}

function formatInteger(value: bigint, conversion: string, length: string, flags: string): string {
  const bits = length.startsWith('l') ? 64 : length === 'h' ? 16 : length === 'hh' ? 8 : 32;
  const unsigned = BigInt.asUintN(bits, value);
  switch (conversion) {
    case 'd': case 'i': {
      const signed = BigInt.asIntN(bits, value);
      return signed >= 0n && flags.includes('+') ? `+${signed}` : signed.toString();
    }
    case 'x': return (flags.includes('#') ? '0x' : '') + unsigned.toString(16);
    case 'X': return (flags.includes('#') ? '0X' : '') + unsigned.toString(16).toUpperCase();
    case 'o': return unsigned.toString(8);
    case 'c': return String.fromCharCode(Number(value & 0xffn));
    default: return unsigned.toString();
  }
}

function formatPointer(machine: Machine, value: bigint, conversion: string): string {
  switch (conversion) {
    case 's': case 'pks': return readString(machine, 'kernel', value);
    case 'pus': return readString(machine, 'user', value);
    case 'ps': case 'pS': case 'pB': return machine.environment.symbolize?.(value) ?? `0x${value.toString(16)}`;
    default: return value.toString(16).padStart(16, '0');
  }
}

function readString(machine: Machine, space: Space, address: bigint): string {
  let text = '';
  for (let i = 0; i < STRING_LIMIT; i++) {
    const byte = machine.memory.byteAt(space, address + BigInt(i));
    if (byte <= 0) return text;
    text += String.fromCharCode(byte);
  }
  return text;
}

function pad(body: string, flags: string, width: number, isNumber: boolean): string {
  if (flags.includes('-')) return body.padEnd(width);
  if (!flags.includes('0') || !isNumber) return body.padStart(width);
  const sign = /^[-+]/.test(body) ? body[0]! : '';
  return sign + body.slice(sign.length).padStart(width - sign.length, '0');
}
