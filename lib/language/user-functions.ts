// Functions of user-space programs as their debug information describes them: which register holds which argument when the function begins.
//
//   idea   an argument whose place is certain can be read; of any other one it is known why it cannot, and the script is told when it uses it.
//          Behind one whose way into the function is unknown, no place is certain
//   facts  System V ABI for x86-64, 3.2.3: integers and pointers take the next of six registers, a struct of at most 16 bytes as many as it has
//          words with integers, all or none; floating-point numbers take others. What a function returns in memory is written to where its first
//          register says. The ABI of C++ for Itanium: objects that cannot be copied by their bytes are passed by reference. Upper halves of
//          registers of narrow arguments are undefined

import type { TypeId } from '../model/btf/types.js';
import type { DwarfFunction } from '../model/dwarf/functions.js';
import type { DwarfGraph } from '../model/dwarf/types.js';
import type { Arch } from '../model/target/target.js';
import { inSpace } from '../model/types/space.js';
import { sizeInC } from '../model/types/size.js';
import { type Type, isSigned } from '../model/types/types.js';
import type { DwarfTypes } from './dwarf-types.js';
import type { ProbeArgument } from './record.js';
import { argumentRegisters, returnRegister } from './registers.js';

type RegisterSource = Extract<ProbeArgument['source'], { kind: 'register' }>;

/** a reason follows "it" */
export interface Unreadable { readonly name: string; readonly reason: string }

export interface UserFunction {
  readonly arguments: readonly ProbeArgument[];
  readonly unreadable: readonly Unreadable[];
  /** undefined: nothing;  unreadable: no general register holds it */
  readonly returns: { readonly type: Type; readonly source: RegisterSource } | { readonly unreadable: string } | undefined;
}

/** How a value is passed. registers: general ones that it takes when there are enough of them; undefined: nothing certain is known */
interface Passing {
  readonly registers: number | undefined;
  /** undefined: one register holds the value */
  readonly unreadable?: string;
}

const WORD_BYTES = 8;
const MOST_STRUCT_BYTES = 16;
const onStack = 'lies on the stack, because no register is left for it';
const convention = 'is not where the caller of a function usually puts it: the compiler changed how the function is called';
const lost = 'has no register when the function begins, as the debug information says: the compiler may have left it out';
const besideLost = 'stands beside a parameter that the compiler may have left out, so that its own register is not certain';
/** numbers that DWARF has for argumentRegisters */
const dwarfRegisters: Readonly<Record<Arch, readonly number[]>> = { x86_64: [5, 4, 1, 2, 8, 9], arm64: [0, 1, 2, 3, 4, 5, 6, 7] };
const unusual: Passing = { registers: undefined, unreadable: 'is of a type that compilers pass each in their own way' };
const afterUnknown = 'comes behind an argument that is passed in a way that tbpf does not know';

export function describeUserFunction(f: DwarfFunction, types: DwarfTypes, arch: Arch): UserFunction {
  const { graph } = types;
  const registers = argumentRegisters[arch];
  const returned = passingOf(graph, f.returns, arch, f);
  const found: ProbeArgument[] = [];
  const unreadable: Unreadable[] = [];
  const keepsConvention = !f.isPrivate && !contradicts(f, types, arch, returned);
  const isSomeLost = f.parameters.some(({ place }) => place === 'lost');
  let next: number | undefined = firstOf(f, graph, arch, returned);
  f.parameters.forEach(({ name: given, type, place, isUnusual }, index) => {
    const name = given || `arg${index}`;
    if (!keepsConvention || next === undefined) {
      unreadable.push({ name, reason: keepsConvention ? afterUnknown : convention });
      return;
    }
    const passing = isUnusual ? unusual : passingOf(graph, type, arch, f);
    const first: number = next;
    const fits = passing.registers !== undefined && first + passing.registers <= registers.length;
    next = passing.registers === undefined ? undefined : fits ? first + passing.registers : first;
    if (passing.unreadable !== undefined || !fits) unreadable.push({ name, reason: passing.unreadable ?? onStack });
    else if (place === 'lost' || (place === 'memory' && isSomeLost)) unreadable.push({ name, reason: place === 'lost' ? lost : besideLost });
    else found.push({ name, type: userType(types, type), source: sourceOf(userType(types, type), registers[first]!) });
  });
  return { arguments: found, unreadable, returns: returnsOf(f, types, returned, arch) };
}

/** Whether a parameter begins in another register than callers of the function's declaration put it to: the compiler knows all callers, and changed them. */
function contradicts(f: DwarfFunction, { graph }: DwarfTypes, arch: Arch, returned: Passing): boolean {
  let next = firstOf(f, graph, arch, returned);
  for (const { type, place, isUnusual } of f.parameters) {
    if (next === undefined) return false;
    const { registers, unreadable } = isUnusual ? unusual : passingOf(graph, type, arch, f);
    const isSimple = registers === 1 && unreadable === undefined;
    if (isSimple && typeof place === 'object' && place.register !== dwarfRegisters[arch][next]) return true;
    if (registers === undefined) return false;
    if (next + registers <= dwarfRegisters[arch].length) next += registers;
  }
  return false;
}

function firstOf(f: DwarfFunction, graph: DwarfGraph, arch: Arch, returned: Passing): number | undefined {
  return arch === 'x86_64' ? hiddenRegisters(graph, f, returned) : 0;
}

function userType(types: DwarfTypes, id: TypeId): Type {
  return inSpace(types.type(id), 'user');
}

function sourceOf(type: Type, register: string): RegisterSource {
  return { kind: 'register', register, sizeBytes: sizeInC(type) as 1 | 2 | 4 | 8, signed: isSigned(type) };
}

function returnsOf(f: DwarfFunction, types: DwarfTypes, { unreadable }: Passing, arch: Arch): UserFunction['returns'] {
  if (types.graph.resolve(f.returns).kind === 'void') return undefined;
  if (unreadable !== undefined) return { unreadable };
  const type = userType(types, f.returns);
  return { type, source: sourceOf(type, returnRegister[arch]) };
}

/** Registers that the caller fills before those of the parameters: where the result is to be written. */
function hiddenRegisters(graph: DwarfGraph, f: DwarfFunction, returned: Passing): number | undefined {
  const { kind } = graph.resolve(f.returns);
  if (f.returnsUnusual) return undefined;
  if (kind !== 'struct' && kind !== 'union') return 0;
  if (graph.passing(f.returns) === 'reference' || (graph.sizeOf(f.returns) ?? 0) > MOST_STRUCT_BYTES) return 1;
  const leaves = leavesOf(graph, f.returns, 0);
  // compilers return such a struct each in their own way
  const isWide = leaves.some(({ isFloat, sizeBytes }) => isFloat && sizeBytes > WORD_BYTES);
  return returned.registers === undefined || isWide ? undefined : isInMemory(leaves) ? 1 : 0;
}

function passingOf(graph: DwarfGraph, id: TypeId, arch: Arch, { isCpp }: Pick<DwarfFunction, 'isCpp'>): Passing {
  const type = graph.resolve(id);
  switch (type.kind) {
    case 'int': return type.sizeBytes <= WORD_BYTES ? { registers: 1 } : { registers: arch === 'x86_64' ? 2 : undefined, unreadable: 'is an integer of 128 bits' };
    case 'enum': case 'enum64': case 'ptr': return { registers: 1 };
    case 'float':
      return graph.isArithmetic(type.id) ? { registers: 0, unreadable: 'is a floating-point number, which no register that programs can read holds' } : { registers: undefined, unreadable: `is of a type that C does not have (${type.name})` };
    case 'array': return { registers: arch === 'x86_64' ? 0 : undefined, unreadable: 'is a vector, which no register that programs can read holds' };
    case 'struct': case 'union': return structPassing(graph, id, arch, isCpp);
    default: return { registers: undefined, unreadable: 'is of a type that the debug information does not describe' };
  }
}

function structPassing(graph: DwarfGraph, id: TypeId, arch: Arch, isCpp: boolean): Passing {
  const unreadable = `is a ${graph.resolve(id).kind} that is passed by value`;
  const how = graph.passing(id);
  if (how === 'reference') return { registers: 1, unreadable: 'is an object of C++ that is passed by a hidden reference' };
  const size = graph.sizeOf(id) ?? 0;
  if (arch !== 'x86_64' || (isCpp && how === undefined)) return { registers: undefined, unreadable };
  if (size > MOST_STRUCT_BYTES) return { registers: 0, unreadable };
  const leaves = leavesOf(graph, id, 0);
  if (!isCertain(leaves, size)) return { registers: undefined, unreadable };
  return { registers: isInMemory(leaves) ? 0 : wordsWithIntegers(leaves).size, unreadable };
}

interface Leaf { readonly offset: number; readonly sizeBytes: number; readonly isFloat: boolean; readonly isBitfield: boolean }

/** Whether the members show how a struct is passed. Bitfields without a name are not among them, and compilers differ in what they make of those. */
function isCertain(leaves: readonly Leaf[], size: number): boolean {
  if (leaves.length === 0) return size <= 1;
  const widest = Math.max(1, ...leaves.map(({ sizeBytes, isBitfield }) => (isBitfield ? WORD_BYTES : sizeBytes)));
  const end = Math.max(...leaves.map((leaf) => leaf.offset + leaf.sizeBytes));
  const isPadded = Math.ceil(end / widest) * widest < size || Math.min(...leaves.map(({ offset }) => offset)) > 0;
  // whether a wide number is a long double, or one of 128 bits, or complex does not matter where it is alone
  const isMixed = leaves.length > 1 && leaves.some(({ isFloat, sizeBytes }) => isFloat && sizeBytes > WORD_BYTES);
  return !isPadded && !isMixed && !leaves.some((leaf) => leaf.isFloat && !isAligned(leaf));
}

/** A struct of few bytes lies in memory all the same when something in it is not aligned. */
function isInMemory(leaves: readonly Leaf[]): boolean {
  return leaves.some((leaf) => !leaf.isBitfield && !isAligned(leaf));
}

function isAligned({ offset, sizeBytes }: Leaf): boolean {
  return offset % Math.max(1, sizeBytes) === 0;
}

function wordsWithIntegers(leaves: readonly Leaf[]): ReadonlySet<number> {
  return new Set(leaves.filter(({ isFloat, sizeBytes }) => !isFloat && sizeBytes > 0).flatMap(({ offset, sizeBytes }) => {
    const first = Math.floor(offset / WORD_BYTES);
    return Array.from({ length: Math.ceil((offset + sizeBytes) / WORD_BYTES) - first }, (_, i) => first + i);
  }));
}

function leavesOf(graph: DwarfGraph, id: TypeId, offset: number): readonly Leaf[] {
  const type = graph.resolve(id);
  if (type.kind === 'struct' || type.kind === 'union') {
    return type.members.flatMap((member) => (member.bitfieldSize > 0
      ? [{ offset: offset + member.offsetBits / 8, sizeBytes: member.bitfieldSize / 8, isFloat: false, isBitfield: true }]
      : leavesOf(graph, member.type, offset + member.offsetBits / 8)));
  }
  if (type.kind === 'array') {
    const each = graph.sizeOf(type.type) ?? 0;
    // of a larger one it does not matter what it is: it lies in memory
    return Array.from({ length: each === 0 ? 0 : Math.min(type.length, MOST_STRUCT_BYTES + 1) }, (_, i) => leavesOf(graph, type.type, offset + i * each)).flat();
  }
  return [{ offset, sizeBytes: graph.sizeOf(id) ?? 0, isFloat: type.kind === 'float', isBitfield: false }];
}
