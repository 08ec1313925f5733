// Which bits of a value can be 1.
//
//   facts  only what the verifier concludes too: a bound that it cannot see must not make a mask go away. It knows widths of
//          loads, masks, shifts and sums of bounded values, and forgets everything at division, byte swaps and calls

import type { Value } from '../../model/ir/ir.js';

const ALL = 0xffffffffffffffffn;

export class KnownBits {
  private readonly known = new Map<Value, bigint>();

  /** A mask; a bit that is 0 in it is 0 in the value. */
  possible(value: Value): bigint {
    if (value.isConst) return BigInt.asUintN(64, value.constant);
    let bits = this.known.get(value);
    if (bits === undefined) {
      this.known.set(value, ALL); // in case of a long chain that comes back here
      bits = this.compute(value);
      this.known.set(value, bits);
    }
    return bits;
  }

  /** Possible bits of the operation, by those of its arguments, which come before it in the function. */
  private compute(value: Value): bigint {
    const { op, args, attributes } = value;
    const a = (): bigint => this.possible(args[0]!);
    const b = (): bigint => this.possible(args[1]!);
    const shift = args[1]?.isConst ? args[1].constant & 63n : undefined;
    switch (op) {
      case 'load': return value.type.kind === 'int' && !attributes.signed ? lowBytes(attributes.width!) : ALL;
      case 'extend': {
        const inside = a() & lowBytes(attributes.width!);
        return attributes.signed && inside >> BigInt(attributes.width! * 8 - 1) ? ALL : inside;
      }
      case 'and': return a() & b();
      case 'or':
      case 'xor': return a() | b();
      case 'lshr': return shift === undefined ? ALL : a() >> shift;
      case 'shl': return shift === undefined ? ALL : (a() << shift) & ALL;
      case 'add': {
        const sum = a() + b();
        return value.type.kind === 'ptr' || sum > ALL ? ALL : allBelow(sum);
      }
      case 'eq': case 'ne': case 'ult': case 'ule': case 'ugt': case 'uge': case 'slt': case 'sle': case 'sgt': case 'sge': return 1n;
      default: return ALL;
    }
  }
}

export function lowBytes(width: number): bigint {
  return (1n << BigInt(width * 8)) - 1n;
}

/** All bits up to the highest of n. */
function allBelow(n: bigint): bigint {
  return (1n << BigInt(n.toString(2).length)) - 1n & (n === 0n ? 0n : ALL);
}
