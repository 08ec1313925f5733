// One BTF type from its words.

import type { BtfType, FuncLinkage, TypeId } from './types.js';
import { btfKinds } from './types.js';

const linkages: readonly FuncLinkage[] = ['static', 'global', 'extern'];

/** @param start  index of the type's first word
 * @param text  string by its offset */
export function decodeType(id: TypeId, words: Uint32Array, start: number, text: (offset: number) => string): BtfType {
  const info = words[start + 1]!;
  const kind = btfKinds[(info >>> 24) & 0x1f]!;
  const flag = info >>> 31 === 1;
  const sizeOrType = words[start + 2]!;
  const extra = start + 3;
  const entries = <T>(wordsEach: number, read: (at: number) => T): T[] =>
    Array.from({ length: info & 0xffff }, (_, i) => read(extra + i * wordsEach));
  const name = text(words[start]!);
  switch (kind) {
    case 'void':
      return { kind, id, name };
    case 'int': {
      const bits = words[extra]!;
      const encoding = (bits >>> 24) & 0x0f;
      return {
        kind, id, name, sizeBytes: sizeOrType, bits: bits & 0xff, offsetBits: (bits >>> 16) & 0xff,
        signed: (encoding & 1) !== 0, char: (encoding & 2) !== 0, bool: (encoding & 4) !== 0,
      };
    }
    case 'array':
      return { kind, id, name, type: words[extra]!, indexType: words[extra + 1]!, length: words[extra + 2]! };
    case 'struct':
    case 'union':
      return {
        kind, id, name, sizeBytes: sizeOrType,
        members: entries(3, (at) => {
          const offset = words[at + 2]!;
          return {
            name: text(words[at]!), type: words[at + 1]!, offsetBits: flag ? offset & 0xffffff : offset, bitfieldSize: flag ? offset >>> 24 : 0,
          };
        }),
      };
    case 'enum':
      return {
        kind, id, name, sizeBytes: sizeOrType, signed: flag,
        values: entries(2, (at) => ({ name: text(words[at]!), value: flag ? BigInt(words[at + 1]! | 0) : BigInt(words[at + 1]!) })),
      };
    case 'enum64':
      return {
        kind, id, name, sizeBytes: sizeOrType, signed: flag,
        values: entries(3, (at) => {
          const value = (BigInt(words[at + 2]!) << 32n) | BigInt(words[at + 1]!);
          return { name: text(words[at]!), value: flag ? BigInt.asIntN(64, value) : value };
        }),
      };
    case 'fwd':
      return { kind, id, name, of: flag ? 'union' : 'struct' };
    case 'ptr':
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
      return { kind, id, name, type: sizeOrType };
    case 'func':
      return { kind, id, name, type: sizeOrType, linkage: linkages[info & 0xffff] ?? 'static' };
    case 'func_proto':
      return { kind, id, name, returns: sizeOrType, parameters: entries(2, (at) => ({ name: text(words[at]!), type: words[at + 1]! })) };
    case 'var':
      return { kind, id, name, type: sizeOrType, linkage: linkages[words[extra]!] ?? 'static' };
    case 'datasec':
      return {
        kind, id, name, sizeBytes: sizeOrType,
        variables: entries(3, (at) => ({ type: words[at]!, offset: words[at + 1]!, sizeBytes: words[at + 2]! })),
      };
    case 'float':
      return { kind, id, name, sizeBytes: sizeOrType };
    case 'decl_tag':
      return { kind, id, name, type: sizeOrType, component: words[extra]! | 0 };
  }
}
