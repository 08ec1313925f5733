// Reads back what writeObject wrote: for tests, and for tools that look into a compiled script.
//
//   in     bytes of an object that writeObject made (other compilers' objects use more of ELF than is understood here)
//   out    the ObjectSpec, without spans, comments and labels; the BTF; the line records
//   idea   the inverse of object.ts, section by section

import { btfExtPart } from '../../model/btf/ext-header.js';
import { textAt, viewOf } from '../../model/bytes/bytes.js';
import { TbpfError } from '../../model/diagnostics/errors.js';
import type { Insn, Reference } from '../../model/bpf/insn.js';
import { CALL_OPCODE } from '../../model/bpf/opcodes.js';
import { decodeInsns, slotCount } from '../../model/bpf/insn.js';
import type { FunctionSpec, MapSpec, MapTypeName, ObjectSpec, ProgramSpec } from '../../model/bpf/object-spec.js';
import { flag, mapType } from '../../model/bpf/uapi.js';
import { Btf } from '../../model/btf/btf.js';
import { prototypeOf } from '../../model/btf/prototype.js';
import { type ElfSection, type ElfSymbol, elfMachine, isElf, readSections, readSymbols } from '../../model/target/elf.js';
import { RELOCATION_BYTES, machine, relocationEntry, sectionType, symbolType } from '../../model/target/elf-layout.js';
import type { BtfArray, BtfComposite, BtfDatasec, BtfFunc, BtfFuncProto, BtfPtr, BtfVar } from '../../model/btf/types.js';

export interface LineRecord {
  readonly section: string;
  /** bytes from the section's start */
  readonly offset: number;
  readonly file: string;
  readonly text: string;
  /** 1-based; 0 when the instruction comes from no line */
  readonly line: number;
  readonly column: number;
}

export interface ReadObject {
  readonly spec: ObjectSpec;
  readonly btf: Btf;
  readonly lines: readonly LineRecord[];
}

const DATA_PREFIX = '.data.';

/** @throws TbpfError  ERR_OBJECT: not an ELF file for BPF */
export function readObject(bytes: Uint8Array): ReadObject {
  const sections = (isElf(bytes) && elfMachine(bytes) === machine.bpf ? readSections(bytes) : undefined) ?? damaged('it is no ELF file for BPF');
  const named = (name: string): ElfSection | undefined => sections.find((section) => section.name === name);
  const symbols = readSymbols(named('.symtab')!.data, named('.strtab')!.data);
  const btfData = named('.BTF') ?? damaged('it has no .BTF');
  const btf = Btf.parse(btfData.data);
  const functions = readFunctions(sections, symbols, btf);
  const kfuncs = [...btf.ids('func')].map((id) => btf.type(id) as BtfFunc).filter((func) => func.linkage === 'extern');
  const spec: ObjectSpec = {
    programs: functions.filter((fn) => fn.section !== '.text'),
    subprograms: functions.filter((fn) => fn.section === '.text').map(({ section: _, ...subprogram }) => subprogram),
    maps: readMaps(sections, btf),
    rodata: new Uint8Array(named('.rodata')?.data ?? []),
    license: textAt(named('license')!.data, 0),
    ...(kfuncs.length > 0 && { kfuncs: kfuncs.map(({ name }) => ({ name, prototype: prototypeOf(btf, name)! })) }),
  };
  return { spec, btf, lines: readLines(named('.BTF.ext')!.data, btfData.data) };
}

function readFunctions(sections: readonly ElfSection[], symbols: readonly ElfSymbol[], btf: Btf): ProgramSpec[] {
  const text = sections.findIndex((section) => section.name === '.text');
  const subprogramAt = (offset: number): string => symbols.find((s) => s.type === symbolType.func && s.section === text && s.value === offset)!.name;
  return symbols.filter((symbol) => symbol.type === symbolType.func).map((symbol) => {
    const { name, data } = sections[symbol.section]!;
    const relocated = symbolByOffset(sections, symbols, symbol.section);
    let at = symbol.value;
    const insns = decodeInsns(data.subarray(at, at + symbol.sizeBytes)).map((insn) => {
      const target = relocated.get(at);
      at += slotCount(insn) * 8;
      return target ? withReference(insn, target, sections, subprogramAt) : insn;
    });
    const func = btf.type(btf.find('func', symbol.name)!) as BtfFunc;
    const spec: FunctionSpec = { name: symbol.name, insns, argumentCount: (btf.type(func.type) as BtfFuncProto).parameters.length };
    return { ...spec, section: name, ...(name === '.text' && func.linkage === 'global' && { verifiedOnce: true }) };
  });
}

/** Target of each relocation of a section, by the offset that is relocated. */
function symbolByOffset(sections: readonly ElfSection[], symbols: readonly ElfSymbol[], section: number): Map<number, ElfSymbol> {
  const targets = new Map<number, ElfSymbol>();
  for (const { data } of sections.filter((other) => other.type === sectionType.rel && other.info === section)) {
    const view = viewOf(data);
    for (let at = 0; at < data.length; at += RELOCATION_BYTES) targets.set(Number(view.getBigUint64(at + relocationEntry.offset, true)), symbols[view.getUint32(at + relocationEntry.symbol, true)]!);
  }
  return targets;
}

/** The instruction as the assembler wrote it. */
function withReference(insn: Insn, target: ElfSymbol, sections: readonly ElfSection[], subprogramAt: (offset: number) => string): Insn {
  const imm = Number(insn.imm);
  if (target.section === 0) return { ...insn, src: flag.BPF_PSEUDO_KFUNC_CALL, imm: 0, reference: { kind: 'kfunc', name: target.name } };
  const section = sections[target.section]!.name;
  if (target.type !== symbolType.section) return { ...insn, imm: 0n, reference: { kind: 'map', name: target.name } };
  if (section !== '.text') {
    const name = section.startsWith(DATA_PREFIX) ? section.slice(DATA_PREFIX.length) : section;
    return { ...insn, imm: 0n, reference: { kind: 'map_value', name, offset: imm } };
  }
  const isCall = insn.opcode === CALL_OPCODE;
  const reference: Reference = { kind: 'function', name: subprogramAt(isCall ? (imm + 1) * 8 : imm) };
  return { ...insn, imm: isCall ? -1 : 0n, reference };
}

function readMaps(sections: readonly ElfSection[], btf: Btf): MapSpec[] {
  const datasec = btf.find('datasec', '.maps');
  const variables = datasec === undefined ? [] : (btf.type(datasec) as BtfDatasec).variables;
  const defined = variables.map((variable): MapSpec => {
    const { name, type } = btf.type(variable.type) as BtfVar;
    const struct = btf.type(type) as BtfComposite;
    const numbers = Object.fromEntries(struct.members.map((member) => {
      const pointer = btf.type(member.type) as BtfPtr;
      return [member.name, (btf.type(pointer.type) as BtfArray).length];
    }));
    const { type: typeNumber, key_size: keySize = 0, value_size: valueSize = 0, max_entries: maxEntries = 0, map_flags: flags = 0 } = numbers;
    const typeName = Object.entries(mapType).find(([, number]) => number === typeNumber)![0] as MapTypeName;
    return { name, type: typeName, keySize, valueSize, maxEntries, flags };
  });
  const values = sections.filter((section) => section.name.startsWith(DATA_PREFIX));
  return [...defined, ...values.map((section): MapSpec => ({
    name: section.name.slice(DATA_PREFIX.length), type: 'array', keySize: 4, valueSize: section.data.length, maxEntries: 1, flags: 0,
  }))];
}

function readLines(extBytes: Uint8Array, btfBytes: Uint8Array): LineRecord[] {
  const [ext, btf] = [viewOf(extBytes), viewOf(btfBytes)];
  const strings = btfBytes.subarray(btf.getUint32(4, true) + btf.getUint32(16, true));
  const { start, sizeBytes } = btfExtPart(ext, 'lines');
  const end = start + sizeBytes;
  const records: LineRecord[] = [];
  if (start === end) return records;
  const recordBytes = ext.getUint32(start, true);
  for (let at = start + 4; at < end;) {
    const section = textAt(strings, ext.getUint32(at, true));
    const count = ext.getUint32(at + 4, true);
    at += 8;
    for (let i = 0; i < count; i++, at += recordBytes) {
      const [offset, file, text, position] = [0, 4, 8, 12].map((field) => ext.getUint32(at + field, true)) as [number, number, number, number];
      records.push({ section, offset, file: textAt(strings, file), text: textAt(strings, text), line: position >>> 10, column: position & 1023 });
    }
  }
  return records;
}

function damaged(why: string): never {
  throw new TbpfError(`The object cannot be read: ${why}`, { code: 'ERR_OBJECT', operation: 'read object' });
}
