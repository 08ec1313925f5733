// The name of the probe that fired, where one program stands for several.
//
//   idea   a table of NUL-padded names in read-only data, indexed by what the selector answers: the cookie of the link, or the
//          number of the system call, with holes for those that are not traced

import type { Value } from '../../../model/ir/ir.js';
import { usdtCookie } from '../../../model/layout/usdt.js';
import { bytesOfText } from '../../../model/syntax/text.js';
import { sizeOf } from '../../../model/types/size.js';
import { type LowerContext, type Place, probeNames } from '../../../language/record.js';
import type { ProbeIndex } from '../maps/probe-index.js';
import { syscallNumber } from '../memory/syscalls.js';

export function storeProbeName(l: LowerContext, to: Place): void {
  const { probe } = l;
  const names = probeNames(probe);
  if (probe.selector === undefined || names.length === 1) return l.storeText(names[0]!, to);
  const { b } = l;
  const bytes = names.map(bytesOfText);
  const stride = Math.max(...bytes.map((name) => name.length)) + 1;
  const index = nameIndex(l);
  b.zero(to.base, to.offset, sizeOf(to.type));
  // The selector never answers an index outside of the table; the verifier does not know that.
  l.branch('ult', index, names.length, () => {
    const entry = b.add(l.constant(tableOf(bytes, stride)), b.binary('mul', index, b.const(stride)));
    b.copy(to.base, to.offset, entry, 0, Math.min(stride, sizeOf(to.type)));
  });
}

function nameIndex(l: LowerContext): Value {
  if (l.probe.selector === 'syscall') return syscallNumber(l);
  const cookie = l.b.call('get_attach_cookie', [l.context]);
  return l.probe.numbers === undefined ? cookie : l.b.and(cookie, usdtCookie.probeMask);
}

function tableOf(names: readonly Uint8Array[], stride: number): Uint8Array {
  const table = new Uint8Array(names.length * stride);
  names.forEach((name, i) => table.set(name, i * stride));
  return table;
}

/** Index of the element of the probe that fired. */
export function probeElement(l: LowerContext, { first }: ProbeIndex): Value {
  const from = first.get(l.probe)!;
  if (l.probe.selector === undefined || probeNames(l.probe).length === 1) return l.b.const(from);
  return l.b.add(nameIndex(l), l.b.const(from));
}
