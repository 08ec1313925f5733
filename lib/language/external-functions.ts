// Functions of imported BPF objects, as scripts may call them.
//
//   in     bytes of an object that a compiler for BPF made (`x.bpf.o`)
//   out    its global functions with the types of their prototypes
//   facts  A function that others may call is a global symbol in .text with a BTF FUNC. The kernel checks such a function by itself, once: it takes
//          numbers, and pointers of which the verifier knows what is behind them; it returns a number

import { SLOT_BYTES } from '../model/bpf/insn.js';
import { CALL_OPCODE } from '../model/bpf/opcodes.js';
import { type HelperName, helperName } from '../model/bpf/uapi.js';
import { Btf } from '../model/btf/btf.js';
import { type Prototype, prototypeOf } from '../model/btf/prototype.js';
import type { BtfFunc } from '../model/btf/types.js';
import { viewOf } from '../model/bytes/bytes.js';
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
  /** function of the kernel that the object calls to change what processes do, as only unsafe functions of the language may */
  readonly unsafeCall: string | undefined;
}

/** What signal(), signal_thread(), write_user() and override() need `--unsafe` for. */
const unsafeHelpers: ReadonlySet<string | undefined> = new Set<HelperName>(['probe_write_user', 'override_return', 'send_signal', 'send_signal_thread']);
const unsafeKfuncs: ReadonlySet<string> = new Set(['bpf_send_signal_task']);

/** undefined: this is no BPF object with types. */
export function externalFunctions(object: Uint8Array, file: string): readonly ExternalFunction[] | undefined {
  const sections = isElf(object) && elfMachine(object) === machine.bpf ? readSections(object) : undefined;
  const data = (name: string): Uint8Array | undefined => sections?.find((section) => section.name === name)?.data;
  const [blob, symbols, names] = [data('.BTF'), data('.symtab'), data('.strtab')];
  if (!sections || !blob || !symbols || !names) return undefined;
  const btf = Btf.parse(blob);
  const types = new BtfTypes(btf);
  const text = sections.findIndex((section) => section.name === '.text');
  const all = readSymbols(symbols, names);
  const helper = unsafeHelperOf(sections[text]?.data ?? new Uint8Array(0));
  const unsafeCall = helper === undefined ? all.find((symbol) => symbol.section === 0 && unsafeKfuncs.has(symbol.name))?.name : `bpf_${helper}`;
  const callable = all.filter((symbol) => symbol.type === symbolType.func && !symbol.isLocal && symbol.section === text);
  return callable.flatMap(({ name }): ExternalFunction[] => {
    const id = btf.find('func', name);
    const prototype = prototypeOf(btf, name);
    const proto = id === undefined ? undefined : btf.type((btf.type(id) as BtfFunc).type);
    if (proto?.kind !== 'func_proto' || !prototype) return [];
    return [{ name, file, prototype, parameters: proto.parameters.map((p) => ({ name: p.name, type: types.type(p.type) })), result: types.type(proto.returns), unsafeCall }];
  });
}

/** Any function in .text counts, called or not: which of them calls which is the linker's to know. */
function unsafeHelperOf(text: Uint8Array): HelperName | undefined {
  const view = viewOf(text);
  // the second half of a constant of 64 bits looks like an instruction with opcode 0
  for (let at = 0; at + SLOT_BYTES <= text.length; at += SLOT_BYTES) {
    const isHelperCall = text[at] === CALL_OPCODE && text[at + 1]! >> 4 === 0;
    const name = isHelperCall ? helperName(view.getInt32(at + 4, true)) : undefined;
    if (unsafeHelpers.has(name)) return name;
  }
  return undefined;
}
