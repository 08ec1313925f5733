// Prototypes of functions as far as the loader compares them: shapes of types, names of structs.
//
//   facts  libbpf accepts an extern kernel function when result and parameters have the kernel's kinds all the way down the
//          pointers; widths, signs and members do not count

import { bug } from '../diagnostics/errors.js';
import type { Btf } from './btf.js';
import type { BtfBuilder } from './builder.js';
import type { BtfFunc, TypeId } from './types.js';

export type PrototypeType =
  | { readonly kind: 'void' }
  | { readonly kind: 'int'; readonly sizeBytes: number; readonly signed: boolean }
  | { readonly kind: 'ptr'; readonly to: PrototypeType }
  | { readonly kind: 'struct' | 'union' | 'enum'; readonly name: string };

export interface Prototype {
  readonly returns: PrototypeType;
  readonly parameters: readonly PrototypeType[];
}

/** Prototype of a kernel function; undefined when BTF does not know it. */
export function prototypeOf(btf: Btf, functionName: string): Prototype | undefined {
  const id = btf.find('func', functionName);
  if (id === undefined) return undefined;
  const proto = btf.type((btf.type(id) as BtfFunc).type);
  if (proto.kind !== 'func_proto') return undefined;
  return { returns: reduce(btf, proto.returns), parameters: proto.parameters.map((parameter) => reduce(btf, parameter.type)) };
}

/** Adds the prototype's types to a BTF that is being written; answers the id of its FUNC_PROTO. */
export function buildPrototype(builder: BtfBuilder, prototype: Prototype): TypeId {
  const returns = build(builder, prototype.returns);
  return builder.funcProto(returns, prototype.parameters.map((type, i) => ({ name: `a${i + 1}`, type: build(builder, type) })));
}

function reduce(btf: Btf, id: TypeId): PrototypeType {
  const type = btf.resolve(id);
  switch (type.kind) {
    case 'int':
      return { kind: 'int', sizeBytes: type.sizeBytes, signed: type.signed };
    case 'ptr':
      return { kind: 'ptr', to: reduce(btf, type.type) };
    case 'struct':
    case 'union':
      return { kind: type.kind, name: type.name };
    case 'fwd':
      return { kind: type.of, name: type.name };
    case 'enum':
    case 'enum64':
      return { kind: 'enum', name: type.name };
    default:
      return { kind: 'void' };
  }
}

const intNames: Readonly<Record<string, string>> = {
  s1: 'signed char', s2: 'short', s4: 'int', s8: 'long long', u1: 'unsigned char', u2: 'unsigned short', u4: 'unsigned int', u8: 'unsigned long long',
};

function build(builder: BtfBuilder, type: PrototypeType): TypeId {
  switch (type.kind) {
    case 'void':
      return 0;
    case 'int': {
      const name = intNames[`${type.signed ? 's' : 'u'}${type.sizeBytes}`] ?? bug('btf', `no C type is an int of ${type.sizeBytes} bytes`);
      return builder.int(name, type.sizeBytes, { signed: type.signed });
    }
    case 'ptr':
      return builder.ptr(build(builder, type.to));
    case 'struct':
      return builder.struct(type.name, 0, []);
    case 'union':
      return builder.union(type.name, 0, []);
    case 'enum':
      return builder.enum(type.name, 4, []);
  }
}
