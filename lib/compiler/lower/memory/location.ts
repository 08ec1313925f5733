// Where a value lies: in memory that loads may touch, in traced memory behind an address, or in the probe's context.

import type { Value } from '../../../model/ir/ir.js';
import type { AddressSpace, StructMember, Type } from '../../../model/types/types.js';
import type { LowerContext, ProbeArgument } from '../../../language/record.js';

export type Location =
  /** directly accessible. asInC, as it always is behind an address: a part of a struct or array, where an enum has the width C gives it */
  | { readonly kind: 'direct'; readonly base: Value; readonly offset: number; readonly type: Type; readonly bitfield?: StructMember['bitfield']; readonly asInC?: boolean; /** of the context, which it is a part of */ readonly argument?: string | undefined }
  /** behind probe_read */
  | { readonly kind: 'remote'; readonly address: Value; readonly offset: number; readonly space: AddressSpace; readonly type: Type; readonly bitfield?: StructMember['bitfield']; readonly asInC?: boolean;
    /** of a bitfield that is relocated: bytes of its unit, and shifts of it as 64 bits */
    readonly movedBits?: { readonly size: Value; readonly left: Value; readonly right: Value } }
  /** an argument of the probe */
  | { readonly kind: 'argument'; readonly argument: ProbeArgument; readonly type: Type }
  /** only to be had by evaluating the expression */
  | { readonly kind: 'value'; readonly type: Type };

/** Memory that any load may touch: neither the context nor what the verifier knows the type of. */
export function isLoadable(l: LowerContext, where: Location): where is Extract<Location, { kind: 'direct' }> {
  return where.kind === 'direct' && where.base !== l.context && !isTypedMemory(where);
}

/** Memory of a kernel object, whose type the verifier knows. */
export function isTypedMemory(where: Location): boolean {
  return where.kind === 'direct' && isTypedAddress(where.base);
}

export function isTypedAddress({ type }: Value): boolean {
  return type.kind === 'ptr' && type.region === 'btf';
}
