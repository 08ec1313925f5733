// Functions of the kernel as BTF describes them: arguments and result as words of a tracing program's context.
//
//   facts  bpf_trampoline and btf_ctx_access of the kernel: each argument is a u64, a struct passed by value as many as it needs;
//          what the function returned follows the arguments. A pointer argument is loadable when it points at a struct (then the
//          verifier knows its type) or at an integer or void (then it is a number), and at nothing else: `const void *` is nothing

import type { Btf } from '../model/btf/btf.js';
import type { BtfFuncProto, TypeId } from '../model/btf/types.js';
import type { Arch } from '../model/target/target.js';
import type { Type } from '../model/types/types.js';
import type { ProbeArgument } from './record.js';

type Word = Extract<ProbeArgument['source'], { kind: 'word' }>;

export interface FunctionFacts {
  readonly arguments: readonly ProbeArgument[];
  /** undefined: the function returns nothing */
  readonly returns: { readonly type: Type; readonly source: Word } | undefined;
  /** Set when the kernel attaches no tracing program to functions of this kind; names the kind: `functions with more than 6 parameters`. */
  readonly unsupported?: string;
}

const VOID: TypeId = 0;
/** words that trampolines hand on */
const registerWords: Readonly<Record<Arch, number>> = { x86_64: 6, arm64: 8 };
/** a struct larger than this is not passed in registers */
const MAX_STRUCT_BYTES = 16;

/** Prototype of a function; undefined when this BTF has none of that name. */
export function functionPrototype(btf: Btf, name: string): BtfFuncProto | undefined {
  const id = btf.find('func', name);
  const func = id === undefined ? undefined : btf.type(id);
  const proto = func?.kind === 'func' ? btf.resolve(func.type) : undefined;
  return proto?.kind === 'func_proto' ? proto : undefined;
}

export function describeFunction(btf: Btf, proto: BtfFuncProto, arch: Arch, typeOf: (id: TypeId) => Type): FunctionFacts {
  let index = 0;
  const args = proto.parameters.map((parameter, i): ProbeArgument => {
    const source: Word = { kind: 'word', index, ...accessOf(btf, parameter.type) };
    index += wordsOf(btf, parameter.type);
    return { name: parameter.name || `arg${i}`, type: typeOf(parameter.type), source };
  });
  const returns = btf.resolve(proto.returns).kind === 'void' ? undefined : { type: typeOf(proto.returns), source: { kind: 'word', index, ...accessOf(btf, proto.returns) } as const };
  const unsupported = unsupportedKind(btf, proto, index, registerWords[arch]);
  return { arguments: args, returns, ...(unsupported === undefined ? {} : { unsupported }) };
}

function unsupportedKind(btf: Btf, proto: BtfFuncProto, words: number, most: number): string | undefined {
  if (proto.parameters.at(-1)?.type === 0) return 'functions with a variable number of arguments';
  const sizes = proto.parameters.map(({ type }) => (isStruct(btf, type) ? btf.sizeOf(type) ?? 0 : 0));
  if (sizes.some((size) => size > MAX_STRUCT_BYTES)) return 'functions that take a struct on the stack';
  return words > most ? `functions with more than ${most} parameters` : undefined;
}

function wordsOf(btf: Btf, id: TypeId): number {
  return isStruct(btf, id) ? Math.ceil((btf.sizeOf(id) ?? 8) / 8) : 1;
}

function isStruct(btf: Btf, id: TypeId): boolean {
  const { kind } = btf.resolve(id);
  return kind === 'struct' || kind === 'union';
}

/** How a typed program may load a parameter of this type. The verifier looks through `const` for an integer, not for void. */
export function accessOf(btf: Btf, id: TypeId): Pick<Word, 'access'> {
  const type = btf.resolve(id);
  if (type.kind !== 'ptr') return {};
  const { kind } = btf.resolve(type.type);
  if (type.type === VOID || kind === 'int') return {};
  return { access: kind === 'struct' || kind === 'union' ? 'typed' : 'closed' };
}
