// BTF types as data: one shape per kind, other types named by their id.
//
//   facts  <linux/btf.h>; kind numbers are the index into `btfKinds`; id 0 is void

export const btfKinds = [
  'void', 'int', 'ptr', 'array', 'struct', 'union', 'enum', 'fwd', 'typedef', 'volatile', 'const', 'restrict', 'func', 'func_proto', 'var',
  'datasec', 'float', 'decl_tag', 'type_tag', 'enum64',
] as const;
export type BtfKind = (typeof btfKinds)[number];

export const BTF_MAGIC = 0xeb9f;
export const BTF_HEADER_BYTES = 24;

/** Index into the types of one BTF and its base; 0 is void. */
export type TypeId = number;

export interface BtfMember {
  /** '' for anonymous structs and unions, whose members count as the outer type's */
  readonly name: string;
  readonly type: TypeId;
  readonly offsetBits: number;
  /** a base class in debug information of C++ */
  readonly isBase?: true;
  /** width in bits; 0 when it is no bit field */
  readonly bitfieldSize: number;
}

export interface BtfParameter {
  /** '' when not known */
  readonly name: string;
  /** 0 in the last place stands for `...` */
  readonly type: TypeId;
}

export type FuncLinkage = 'static' | 'global' | 'extern';
export type VarLinkage = 'static' | 'global' | 'extern';

interface Common<K extends BtfKind> {
  readonly kind: K;
  readonly id: TypeId;
  /** '' when it has none */
  readonly name: string;
}

export interface BtfInt extends Common<'int'> {
  readonly sizeBytes: number;
  /** below sizeBytes * 8 only in bit fields of old compilers */
  readonly bits: number;
  /** first bit within the storage unit, for the same */
  readonly offsetBits: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
}

export interface BtfPtr extends Common<'ptr'> { readonly type: TypeId }
export interface BtfArray extends Common<'array'> { readonly type: TypeId; readonly indexType: TypeId; readonly length: number }
export interface BtfComposite extends Common<'struct' | 'union'> { readonly sizeBytes: number; readonly members: readonly BtfMember[] }
export interface BtfEnum extends Common<'enum' | 'enum64'> {
  readonly sizeBytes: number;
  readonly signed: boolean;
  /** `signed` is that of the type behind it, whatever the values are */
  readonly hasUnderlying?: true;
  readonly values: readonly { readonly name: string; readonly value: bigint }[];
}
export interface BtfFwd extends Common<'fwd'> { readonly of: 'struct' | 'union' }
/** typedefs, qualifiers and tags: another name or property of `type` */
export interface BtfModifier extends Common<'typedef' | 'volatile' | 'const' | 'restrict' | 'type_tag'> { readonly type: TypeId }
export interface BtfFunc extends Common<'func'> { readonly type: TypeId; readonly linkage: FuncLinkage }
export interface BtfFuncProto extends Common<'func_proto'> { readonly returns: TypeId; readonly parameters: readonly BtfParameter[] }
export interface BtfVar extends Common<'var'> { readonly type: TypeId; readonly linkage: VarLinkage }
export interface BtfDatasec extends Common<'datasec'> {
  readonly sizeBytes: number;
  readonly variables: readonly { readonly type: TypeId; readonly offset: number; readonly sizeBytes: number }[];
}
export interface BtfFloat extends Common<'float'> { readonly sizeBytes: number }
/** `component` is the index of the member or parameter that is tagged, -1 for the type itself */
export interface BtfDeclTag extends Common<'decl_tag'> { readonly type: TypeId; readonly component: number }
export type BtfVoid = Common<'void'>;

export type BtfType =
  | BtfVoid | BtfInt | BtfPtr | BtfArray | BtfComposite | BtfEnum | BtfFwd | BtfModifier | BtfFunc | BtfFuncProto | BtfVar | BtfDatasec
  | BtfFloat | BtfDeclTag;

export function isModifier(type: BtfType): type is BtfModifier {
  switch (type.kind) {
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
      return true;
    default:
      return false;
  }
}
