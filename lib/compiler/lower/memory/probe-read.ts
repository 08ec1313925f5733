// Reads of traced memory: probe_read helpers by address space (language.md 2.6).

import { type Value, s64 } from '../../../model/ir/ir.js';
import type { Span } from '../../../model/source/source.js';
import { sizeOf } from '../../../model/types/size.js';
import type { AddressSpace } from '../../../model/types/types.js';
import type { LowerContext, Place } from '../../../language/record.js';
import { addressOfPlace } from '../../../language/place.js';

/** On x86_64 and arm64 an address tells its half by its top bit, by which probe_read chooses; XDP programs have no such helper and no user memory. */
function helperFor(l: LowerContext, space: AddressSpace): 'probe_read' | 'probe_read_kernel' | 'probe_read_user' {
  if (space === 'none') return l.probe.record.programKind === 'xdp' ? 'probe_read_kernel' : 'probe_read';
  return `probe_read_${space}`;
}

/** Reads the bytes of `to.type` (or `size` of them) at `address`; when the read fails, the kernel fills the place with zeros.
 * @returns 0, or a negative number on failure */
export function probeRead(l: LowerContext, to: Place, address: Value, space: AddressSpace, span: Span, size?: Value): Value {
  const helper = helperFor(l, space);
  const result = l.b.call(helper, [addressOfPlace(l.b, to), size ?? l.b.const(sizeOf(to.type)), address], s64);
  l.runtimeError({ kind: 'helper', helper, result, level: 'verbose' }, span);
  return result;
}

/** Reads a string. @returns bytes read, NUL included; negative on failure, and then the place holds an empty string */
export function probeReadString(l: LowerContext, to: Place, address: Value, space: AddressSpace, options: { pad: boolean; size?: Value }, span: Span): Value {
  const { b } = l;
  const capacity = sizeOf(to.type);
  const at = addressOfPlace(l.b, to);
  if (options.pad) b.zero(to.base, to.offset, capacity);
  const helper = `${helperFor(l, space)}_str`;
  const result = b.call(helper, [at, options.size ?? b.const(capacity), address], s64);
  l.runtimeError({ kind: 'helper', helper, result, level: 'verbose' }, span);
  return result;
}
