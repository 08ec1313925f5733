// BTF types as C text.
//
//   idea   a C declaration is built from the inside out: the name, wrapped by pointers, arrays and parameter lists, then the base type
//   facts  spelling as libbpf's dumper has it (`long unsigned int`, `char comm[16]`, `long: 64;` for holes that alignment does not explain)

import { alignOf, layoutOf } from './align.js';
import type { Btf } from './btf.js';
import type { TypeGraph } from './type-graph.js';
import type { BtfComposite, BtfEnum, BtfFuncProto, BtfParameter, BtfType, TypeId } from './types.js';

/** The type alone: `struct sock *`, `char[16]`, `int (*)(void *)`. */
export function formatType(btf: TypeGraph, id: TypeId): string {
  return declare(btf, id, '');
}

/** As a declaration: `struct sock *sk`, `char comm[16]`, `int (*handler)(void *)`. */
export function formatDeclaration(btf: TypeGraph, id: TypeId, name: string): string {
  return declare(btf, id, name);
}

/** As parameters are listed by -lv: the type, a space, the name: `struct sock * sk`, `char[16] comm`. */
export function formatParameter(btf: TypeGraph, id: TypeId, name: string): string {
  return `${formatType(btf, id)} ${name}`;
}

/** Definition of a struct, union or enum by its name, members indented by tabs; undefined when there is none. */
export function formatDefinition(btf: Btf, kind: 'struct' | 'union' | 'enum', name: string): string | undefined {
  const id = btf.find(kind, name) ?? (kind === 'enum' ? btf.find('enum64', name) : undefined);
  if (id === undefined) return undefined;
  const type = btf.type(id);
  if (type.kind === 'struct' || type.kind === 'union') return `${formatComposite(btf, type, '')};`;
  return `${formatEnum(type as BtfEnum, '')};`;
}

/** Definition of a struct: `struct list_head {`, members, `};`. */
export function formatStruct(btf: Btf, name: string): string | undefined {
  return formatDefinition(btf, 'struct', name);
}

function declare(btf: TypeGraph, id: TypeId, inner: string, indent = ''): string {
  const type = btf.type(id);
  const join = (base: string): string => (inner === '' ? base : inner.startsWith('[') ? base + inner : `${base} ${inner}`);
  switch (type.kind) {
    case 'void':
      return join('void');
    case 'ptr':
      return declare(btf, type.type, wrapPointer(btf, type.type, inner.startsWith('(') ? `* ${inner}` : `*${inner}`), indent);
    case 'const':
    case 'volatile':
    case 'restrict': {
      // qualifiers of a pointer stand behind its star, of anything else in front
      if (skipQualifiers(btf, type.type).kind === 'ptr') return declare(btf, type.type, ` ${type.kind}${inner && ` ${inner}`}`, indent);
      const unqualified = declare(btf, type.type, inner, indent);
      // an array and its elements may both be const
      return unqualified.startsWith(`${type.kind} `) ? unqualified : `${type.kind} ${unqualified}`;
    }
    case 'type_tag':
      return declare(btf, type.type, inner, indent);
    case 'array':
      return declare(btf, type.type, `${inner}[${type.length}]`, indent);
    case 'func_proto':
      return declare(btf, type.returns, `${inner}${formatParameters(btf, type)}`, indent);
    case 'func':
      return declare(btf, type.type, type.name, indent);
    case 'struct':
    case 'union':
      return join(type.name === '' ? formatComposite(btf, type, indent) : `${type.kind} ${type.name}`);
    case 'enum':
    case 'enum64':
      return join(type.name === '' ? formatEnum(type, indent) : `enum ${type.name}`);
    case 'fwd':
      return join(`${type.of} ${type.name}`);
    default:
      return join(type.name);
  }
}

/** Brackets around a pointer to an array or function. */
function wrapPointer(btf: TypeGraph, target: TypeId, inner: string): string {
  const { kind } = skipQualifiers(btf, target);
  return kind === 'array' || kind === 'func_proto' ? `(${inner})` : inner;
}

function skipQualifiers(btf: TypeGraph, id: TypeId): BtfType {
  let type = btf.type(id);
  while (type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict' || type.kind === 'type_tag') type = btf.type(type.type);
  return type;
}

function formatParameters(btf: TypeGraph, proto: BtfFuncProto): string {
  const format = ({ name, type }: BtfParameter, i: number): string =>
    type === 0 && i === proto.parameters.length - 1 ? '...' : declare(btf, type, name);
  return `(${proto.parameters.length === 0 ? 'void' : proto.parameters.map(format).join(', ')})`;
}

function formatEnum(type: BtfEnum, indent: string): string {
  const values = type.values.map(({ name, value }) => `${indent}\t${name} = ${value},\n`).join('');
  return `enum${type.name && ` ${type.name}`} {\n${values}${indent}}`;
}

function formatComposite(btf: TypeGraph, type: BtfComposite, indent: string): string {
  const head = `${type.kind}${type.name && ` ${type.name}`} {\n`;
  const inside = `${indent}\t`;
  const packed = layoutOf(btf, type).packed;
  let body = '';
  let endBits = 0;
  for (const member of type.members) {
    const alignBits = packed ? 8 : alignOf(btf, member.type) * 8;
    if (type.kind === 'struct') body += formatHole(member.offsetBits - endBits, member.bitfieldSize ? 0 : alignBits, inside);
    const width = member.bitfieldSize ? `: ${member.bitfieldSize}` : '';
    body += `${inside}${declare(btf, member.type, member.name, inside)}${width};\n`;
    endBits = member.offsetBits + (member.bitfieldSize || (btf.sizeOf(member.type) ?? 0) * 8);
  }
  if (type.kind === 'struct') body += formatHole(type.sizeBytes * 8 - endBits, packed ? 8 : layoutOf(btf, type).align * 8, inside);
  if (body === '') return `${head.trimEnd()}}`;
  return `${head}${body}${indent}}${packed ? ' __attribute__((packed))' : ''}`;
}

/** Unnamed bit fields for a hole, unless it is what a compiler leaves anyway before something aligned to `alignBits`. */
function formatHole(bits: number, alignBits: number, indent: string): string {
  if (bits <= 0 || bits < alignBits) return '';
  const [name, size] = bits > 32 ? ['long', 64] : bits > 16 ? ['int', 32] : bits > 8 ? ['short', 16] : ['char', 8];
  const width = bits % size || size;
  return `${indent}${name}: ${width};\n${formatHole(bits - width, 0, indent)}`;
}
