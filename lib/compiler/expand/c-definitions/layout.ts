// Where the members of a struct or union lie, as C compilers for x86_64 and arm64 place them.
//
//   in     members in order with size and alignment; packed and aligned attributes
//   out    members with byte offsets, bit fields with the unit that holds them; size of the whole
//   facts  System V ABI, x86_64 supplement 3.1.2 and AAPCS64 5.9.4: a bit field does not cross a boundary of its declared type

import { type StructMember, uint8 } from '../../../model/types/types.js';
import type { Member } from './base-types.js';

export interface Placed {
  readonly members: readonly StructMember[];
  readonly size: number;
  readonly align: number;
}

export const alignedTo = (n: number, align: number): number => Math.ceil(n / align) * align;

export function placeMembers(tag: 'struct' | 'union', members: readonly Member[], attributes: { readonly packed: boolean; readonly align: number }): Placed {
  const placed: StructMember[] = [];
  let align = Math.max(1, attributes.align);
  let size = 0;
  /** bits used so far in a struct */
  let at = 0;
  for (const member of members) {
    const natural = attributes.packed ? 1 : member.type.align;
    const memberAlign = Math.max(natural, member.align ?? 1);
    const unit = member.type.size * 8;
    if (tag === 'union') at = 0;
    if (member.bits !== undefined) {
      if (member.bits === 0) {
        at = alignedTo(at, unit);
        continue;
      }
      if (!attributes.packed && at % unit + member.bits > unit) at = alignedTo(at, unit);
      if (member.align) at = alignedTo(at, member.align * 8);
      if (member.name !== '') {
        placed.push(bitField(member, at));
        align = Math.max(align, memberAlign);
      }
      at += member.bits;
    } else {
      at = alignedTo(at, memberAlign * 8);
      placed.push({ name: member.name, type: member.type.type, offset: at / 8 });
      align = Math.max(align, memberAlign);
      at += unit;
    }
    size = Math.max(size, Math.ceil(at / 8));
  }
  return { members: placed, size: alignedTo(size, align), align };
}

/** The unit is the smallest piece of the declared size that holds all bits; in packed structs it may start at any byte. */
function bitField(member: Member, at: number): StructMember {
  const bytes = member.type.size;
  const unit = bytes * 8;
  const aligned = Math.floor(at / unit) * bytes;
  const offset = at - aligned * 8 + member.bits! <= unit ? aligned : Math.floor(at / 8);
  const type = member.type.type.kind === 'bool' ? uint8 : member.type.type;
  return { name: member.name, type, offset, bitfield: { shift: at - offset * 8, bits: member.bits! } };
}
