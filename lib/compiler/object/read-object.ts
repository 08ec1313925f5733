// Reads back what writeObject wrote: for tests, and for tools that look into a compiled script.
//
//   in     bytes of an object that writeObject made (other compilers' objects use more of ELF than is understood here)
//   out    the ObjectSpec, without spans, comments and labels; the BTF; the line records
//   idea   the inverse of object.ts, section by section

import { TbpfError } from '../../model/diagnostics/errors.js';
import type { Insn, Reference } from '../../model/bpf/insn.js';
import { CALL_OPCODE } from '../../model/bpf/opcodes.js';
import { decodeInsns, slotCount } from '../../model/bpf/insn.js';
import type { FunctionSpec, MapSpec, MapTypeName, ObjectSpec, ProgramSpec } from '../../model/bpf/object-spec.js';
import { flag, mapType } from '../../model/bpf/uapi.js';
import { Btf } from '../../model/btf/btf.js';
import { prototypeOf } from '../../model/btf/prototype.js';
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

interface Section { readonly name: string; readonly type: number; readonly info: number; readonly data: Buffer }
interface Symbol { readonly name: string; readonly type: number; readonly section: number; readonly value: number; readonly sizeBytes: number }

const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 16;
const STT_FUNC = 2;
const STT_SECTION = 3;
const SHT_REL = 9;
const DATA_PREFIX = '.data.';

/** @throws TbpfError  ERR_OBJECT: not an ELF file for BPF */
export function readObject(bytes: Uint8Array): ReadObject {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sections = readSections(file);
  const named = (name: string): Section | undefined => sections.find((section) => section.name === name);
  const symbols = readSymbols(sections);
  const btfData = named('.BTF') ?? damaged('it has no .BTF');
  const btf = Btf.parse(btfData.data);
  const functions = readFunctions(sections, symbols, btf);
  const kfuncs = [...btf.ids('func')].map((id) => btf.type(id) as BtfFunc).filter((func) => func.linkage === 'extern');
  const spec: ObjectSpec = {
    programs: functions.filter((fn) => fn.section !== '.text'),
    subprograms: functions.filter((fn) => fn.section === '.text').map(({ name, insns, argumentCount }) => ({ name, insns, argumentCount })),
    maps: readMaps(sections, btf),
    rodata: new Uint8Array(named('.rodata')?.data ?? []),
    license: named('license')!.data.toString('utf8').replace(/\0$/, ''),
    ...(kfuncs.length > 0 && { kfuncs: kfuncs.map(({ name }) => ({ name, prototype: prototypeOf(btf, name)! })) }),
  };
  return { spec, btf, lines: readLines(named('.BTF.ext')!.data, btfData.data) };
}

function readSections(file: Buffer): Section[] {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file.readUInt16LE(18) !== 247) damaged('it is no ELF file for BPF');
  const headersAt = Number(file.readBigUInt64LE(40));
  const headers = Array.from({ length: file.readUInt16LE(60) }, (_, i) => file.subarray(headersAt + i * 64, headersAt + i * 64 + 64));
  const contents = headers.map((header) => {
    const at = Number(header.readBigUInt64LE(24));
    return file.subarray(at, at + Number(header.readBigUInt64LE(32)));
  });
  const names = contents[file.readUInt16LE(62)]!;
  return headers.map((header, i) => ({
    name: textAt(names, header.readUInt32LE(0)), type: header.readUInt32LE(4), info: header.readUInt32LE(44), data: contents[i]!,
  }));
}

function readSymbols(sections: readonly Section[]): Symbol[] {
  const { data } = sections.find((section) => section.name === '.symtab')!;
  const names = sections.find((section) => section.name === '.strtab')!.data;
  return Array.from({ length: data.length / SYMBOL_BYTES }, (_, i) => {
    const at = i * SYMBOL_BYTES;
    return {
      name: textAt(names, data.readUInt32LE(at)), type: data.readUInt8(at + 4) & 15, section: data.readUInt16LE(at + 6),
      value: Number(data.readBigUInt64LE(at + 8)), sizeBytes: Number(data.readBigUInt64LE(at + 16)),
    };
  });
}

function readFunctions(sections: readonly Section[], symbols: readonly Symbol[], btf: Btf): ProgramSpec[] {
  const text = sections.findIndex((section) => section.name === '.text');
  const subprogramAt = (offset: number): string => symbols.find((s) => s.type === STT_FUNC && s.section === text && s.value === offset)!.name;
  return symbols.filter((symbol) => symbol.type === STT_FUNC).map((symbol) => {
    const { name, data } = sections[symbol.section]!;
    const relocated = symbolByOffset(sections, symbols, symbol.section);
    let at = symbol.value;
    const insns = decodeInsns(data.subarray(at, at + symbol.sizeBytes)).map((insn) => {
      const target = relocated.get(at);
      at += slotCount(insn) * 8;
      return target ? withReference(insn, target, sections, subprogramAt) : insn;
    });
    const proto = btf.type((btf.type(btf.find('func', symbol.name)!) as BtfFunc).type) as BtfFuncProto;
    const spec: FunctionSpec = { name: symbol.name, insns, argumentCount: proto.parameters.length };
    return { ...spec, section: name };
  });
}

/** Target of each relocation of a section, by the offset that is relocated. */
function symbolByOffset(sections: readonly Section[], symbols: readonly Symbol[], section: number): Map<number, Symbol> {
  const targets = new Map<number, Symbol>();
  for (const { data } of sections.filter((other) => other.type === SHT_REL && other.info === section)) {
    for (let at = 0; at < data.length; at += RELOCATION_BYTES) targets.set(Number(data.readBigUInt64LE(at)), symbols[data.readUInt32LE(at + 12)]!);
  }
  return targets;
}

/** The instruction as the assembler wrote it. */
function withReference(insn: Insn, target: Symbol, sections: readonly Section[], subprogramAt: (offset: number) => string): Insn {
  const imm = Number(insn.imm);
  if (target.section === 0) return { ...insn, src: flag.BPF_PSEUDO_KFUNC_CALL, imm: 0, reference: { kind: 'kfunc', name: target.name } };
  const section = sections[target.section]!.name;
  if (target.type !== STT_SECTION) return { ...insn, imm: 0n, reference: { kind: 'map', name: target.name } };
  if (section !== '.text') {
    const name = section.startsWith(DATA_PREFIX) ? section.slice(DATA_PREFIX.length) : section;
    return { ...insn, imm: 0n, reference: { kind: 'map_value', name, offset: imm } };
  }
  const isCall = insn.opcode === CALL_OPCODE;
  const reference: Reference = { kind: 'function', name: subprogramAt(isCall ? (imm + 1) * 8 : imm) };
  return { ...insn, imm: isCall ? -1 : 0n, reference };
}

function readMaps(sections: readonly Section[], btf: Btf): MapSpec[] {
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

function readLines(ext: Buffer, btf: Buffer): LineRecord[] {
  const strings = btf.subarray(btf.readUInt32LE(4) + btf.readUInt32LE(16));
  const start = ext.readUInt32LE(4) + ext.readUInt32LE(16);
  const end = start + ext.readUInt32LE(20);
  const records: LineRecord[] = [];
  if (start === end) return records;
  const recordBytes = ext.readUInt32LE(start);
  for (let at = start + 4; at < end;) {
    const section = textAt(strings, ext.readUInt32LE(at));
    const count = ext.readUInt32LE(at + 4);
    at += 8;
    for (let i = 0; i < count; i++, at += recordBytes) {
      const [offset, file, text, position] = [0, 4, 8, 12].map((field) => ext.readUInt32LE(at + field)) as [number, number, number, number];
      records.push({ section, offset, file: textAt(strings, file), text: textAt(strings, text), line: position >>> 10, column: position & 1023 });
    }
  }
  return records;
}

const textAt = (strings: Buffer, offset: number): string => strings.toString('utf8', offset, strings.indexOf(0, offset));

function damaged(why: string): never {
  throw new TbpfError(`The object cannot be read: ${why}`, { code: 'ERR_OBJECT', operation: 'read object' });
}
