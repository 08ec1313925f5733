// Functions of imported BPF objects, as scripts may call them.
//
//   in     bytes of an object that a compiler for BPF made (`x.bpf.o`)
//   out    its global functions with the types of their prototypes
//   facts  A function that others may call is a global symbol in .text with a BTF FUNC. The kernel checks such a function by itself, once: it takes
//          numbers, and pointers of which the verifier knows what is behind them; it returns a number

import { Btf } from '../model/btf/btf.js';
import { type Prototype, prototypeOf } from '../model/btf/prototype.js';
import type { BtfFunc } from '../model/btf/types.js';
import { elfMachine, isElf, readSections, readSymbols } from '../model/target/elf.js';
import { machine, symbolType } from '../model/target/elf-layout.js';
import type { Type } from '../model/types/types.js';
import { BtfTypes } from './btf-types.js';

export interface ExternalFunction {
  readonly name: string;
  /** the file that it comes from */
  readonly file: string;
  readonly prototype: Prototype;
  readonly parameters: readonly { readonly name: string; readonly type: Type }[];
  readonly result: Type;
}

/** undefined: this is no BPF object with types. */
export function externalFunctions(object: Uint8Array, file: string): readonly ExternalFunction[] | undefined {
  const sections = isElf(object) && elfMachine(object) === machine.bpf ? readSections(object) : undefined;
  const data = (name: string): Uint8Array | undefined => sections?.find((section) => section.name === name)?.data;
  const [blob, symbols, names] = [data('.BTF'), data('.symtab'), data('.strtab')];
  if (!sections || !blob || !symbols || !names) return undefined;
  const btf = Btf.parse(blob);
  const types = new BtfTypes(btf);
  const text = sections.findIndex((section) => section.name === '.text');
  const callable = readSymbols(symbols, names).filter((symbol) => symbol.type === symbolType.func && !symbol.isLocal && symbol.section === text);
  return callable.flatMap(({ name }): ExternalFunction[] => {
    const id = btf.find('func', name);
    const prototype = prototypeOf(btf, name);
    const proto = id === undefined ? undefined : btf.type((btf.type(id) as BtfFunc).type);
    if (proto?.kind !== 'func_proto' || !prototype) return [];
    return [{ name, file, prototype, parameters: proto.parameters.map((p) => ({ name: p.name, type: types.type(p.type) })), result: types.type(proto.returns) }];
  });
}
