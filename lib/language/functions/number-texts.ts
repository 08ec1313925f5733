// Texts of numbers, in the program: strerror, signal_name, syscall_name.
//
//   idea   a table in read-only data, a row for each number, and one more for the numbers that have no text. A number that is known when
//          the script is compiled needs no table

import { s64 } from '../../model/ir/ir.js';
import { bytesOfText } from '../../model/syntax/text.js';
import type { Target } from '../../model/target/target.js';
import { roundUp, sizeOf } from '../../model/types/size.js';
import { int64, string } from '../../model/types/types.js';
import type { FunctionRecord, LowerContext, Place } from '../record.js';
import { signalTexts } from '../signals.js';
import { errnoTexts } from '../strerror.js';
import { argumentOf, defineFunction } from './define.js';

/** of the results; every text is shorter */
const CAPACITY = 64;

interface NumberTexts {
  readonly name: string;
  readonly doc: string;
  readonly parameter: { readonly name: string; readonly doc: string };
  /** by number; '' where there is none */
  readonly texts: (target: Target) => readonly string[];
  readonly unknown: string;
  /** a number below 0 means the same as the one above */
  readonly takesNegative?: boolean;
}

function textsOf({ name, doc, parameter, texts, unknown, takesNegative }: NumberTexts): FunctionRecord {
  return defineFunction({
    name, doc, mode: 'S',
    params: [{ ...parameter, accepts: 'integer' }],
    check: () => string(CAPACITY),
    lowerInto(call, l, to) {
      const literal = l.literal(call.args[0]!);
      const known = texts(l.target);
      if (typeof literal === 'bigint') {
        const number = takesNegative && literal < 0n ? -literal : literal;
        return l.storeText(known[Number(number)] || unknown, to);
      }
      const given = l.value(argumentOf(call, 0), int64);
      const number = takesNegative ? l.select('slt', given, 0, () => l.b.emit('neg', s64, [given]), () => given) : given;
      const row = l.select('ult', number, known.length, () => number, () => l.b.const(known.length));
      return copyRow(l, [...known.map((text) => text || unknown), unknown], row, to);
    },
  });
}

function copyRow(l: LowerContext, texts: readonly string[], row: Parameters<LowerContext['b']['add']>[0], to: Place): void {
  const { b } = l;
  const rows = texts.map(bytesOfText);
  const length = roundUp(Math.max(...rows.map((bytes) => bytes.length)) + 1, 8);
  const table = new Uint8Array(rows.length * length);
  rows.forEach((bytes, i) => table.set(bytes, i * length));
  const from = b.add(l.constant(table), b.binary('mul', row, b.const(length)));
  const room = sizeOf(to.type);
  b.copy(to.base, to.offset, from, 0, Math.min(length, room));
  if (room > length) b.zero(to.base, to.offset + length, room - length);
}

export const strerror = textsOf({
  name: 'strerror', doc: 'What an error number means: `No such file or directory` for 2 and for -2.', parameter: { name: 'errno', doc: 'error number, or what a system call or a function of the kernel answers' },
  texts: () => errnoTexts, unknown: 'Unknown error', takesNegative: true,
});

export const signalName = textsOf({
  name: 'signal_name', doc: 'What a signal means: `Killed` for 9.', parameter: { name: 'signal', doc: 'number of a signal' },
  texts: () => signalTexts, unknown: 'N/A',
});

/** Numbers above belong to no call of any kernel so far. */
const MOST_SYSCALLS = 1024;

export const syscallName = textsOf({
  name: 'syscall_name', doc: 'Name of a system call by its number.', parameter: { name: 'number', doc: 'number of the call, as raw_syscalls:sys_enter has it in args.id' },
  texts: syscallNames, unknown: 'Unknown syscall',
});

function syscallNames(target: Target): readonly string[] {
  const names = Array.from({ length: MOST_SYSCALLS }, (_, number) => target.syscallName(number) ?? '');
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
}
