// Writes a compiled script as a BPF object: the ELF file that libbpf, bpftool and llvm-objdump read.
//
//   in     ObjectSpec: programs, subprograms, maps, read-only data
//   out    bytes of a relocatable ELF64 file; same input, same bytes
//   layout .text (subprograms), one section by program section name, license, .maps, .data.*, .rodata, .BTF, .BTF.ext, .rel*, .symtab, .strtab
//   facts  what libbpf wants of relocations: a map is a symbol in .maps; data and static functions are the section's symbol with the
//          offset in the instruction's imm (for calls: slots minus one); kernel functions are weak undefined symbols,
//          functions of objects to be linked with global ones.
//          libbpf gives no address into a BTF-defined map, so an array map that instructions point into becomes a section `.data.NAME`

import { bug } from '../../model/diagnostics/errors.js';
import type { Insn, Reference } from '../../model/bpf/insn.js';
import { LDDW, encodeInsns, slotCount } from '../../model/bpf/insn.js';
import type { FunctionSpec, MapSpec, ObjectSpec } from '../../model/bpf/object-spec.js';
import { flag } from '../../model/bpf/uapi.js';
import type { TypeId } from '../../model/btf/types.js';
import type { Relocation, SymbolHandle } from './elf-writer.js';
import { sectionFlag } from '../../model/target/elf-layout.js';
import { ElfWriter } from './elf-writer.js';
import type { CodeSection, FieldRelocation, PlacedFunction } from './line-info.js';
import { encodeBtfExt } from './line-info.js';
import { type FieldPlace, ObjectBtf } from './object-btf.js';

export interface WriteObjectOptions {
  /** named in line info for instructions that come from no script line; default `tbpf` */
  readonly sourceFile?: string;
}

/** Section of an array map that instructions hold addresses into; libbpf finds the map by this name. */
export function dataSectionName(mapName: string): string {
  return `.data.${mapName}`;
}

/** @throws Bug  a reference to a map or function that the spec does not have, or one that ELF cannot express */
export function writeObject(spec: ObjectSpec, options: WriteObjectOptions = {}): Uint8Array {
  return new ObjectWriter(spec).write(options.sourceFile ?? 'tbpf');
}

/** A section of programs or subprograms while it is put together. */
interface PlacedCode extends CodeSection {
  /** ELF section index */
  readonly index: number;
  readonly functions: PlacedFunction[];
  readonly relocations: FieldRelocation[];
  sizeBytes: number;
}

class ObjectWriter {
  private readonly elf = new ElfWriter();
  private readonly btf = new ObjectBtf();
  private readonly code = new Map<string, PlacedCode>();
  /** byte offset in .text, by subprogram name */
  private readonly textOffsets = new Map<string, number>();
  /** section symbol of .text */
  private text: SymbolHandle | undefined;
  private readonly maps = new Map<string, SymbolHandle>();
  /** section symbols of `.rodata` and `.data.NAME`, by the map's name */
  private readonly data = new Map<string, SymbolHandle>();
  private readonly kfuncs = new Map<string, SymbolHandle>();
  private fields: ReadonlyMap<string, FieldPlace> = new Map();

  constructor(private readonly spec: ObjectSpec) {}

  write(sourceFile: string): Uint8Array {
    const { spec, elf, btf } = this;
    for (const subprogram of spec.subprograms) this.textOffsets.set(subprogram.name, this.place('.text', subprogram, btf.subprogram(subprogram), subprogram.verifiedOnce ? 'global' : 'local'));
    for (const program of spec.programs) this.place(program.section, program, btf.program(program), 'global');
    this.addLicense();
    this.addMaps();
    if (spec.rodata.length > 0) this.addData('.rodata', '.rodata', 'rodata', spec.rodata, sectionFlag.alloc);
    this.addKfuncs();
    this.addExternals();
    this.addFields();
    for (const section of this.code.values()) this.fill(section);
    const ext = encodeBtfExt([...this.code.values()], btf.builder, sourceFile);
    elf.section('.BTF', 0, 8, btf.builder.finish());
    elf.section('.BTF.ext', 0, 8, ext);
    return elf.finish();
  }

  /** Puts a function at the end of its section; answers its offset. */
  private place(sectionName: string, spec: FunctionSpec, type: TypeId, binding: 'local' | 'global'): number {
    let section = this.code.get(sectionName);
    if (!section) {
      section = { name: sectionName, index: this.elf.section(sectionName, sectionFlag.alloc | sectionFlag.execute, 8), functions: [], relocations: [], sizeBytes: 0 };
      this.code.set(sectionName, section);
      if (sectionName === '.text') this.text = this.sectionSymbol(section.index);
    }
    const offset = section.sizeBytes;
    const sizeBytes = spec.insns.reduce((slots, insn) => slots + slotCount(insn), 0) * 8;
    section.functions.push({ spec, type, offset });
    section.sizeBytes += sizeBytes;
    this.elf.symbol({ name: spec.name, type: 'func', binding, section: section.index, value: offset, sizeBytes });
    return offset;
  }

  private addLicense(): void {
    const data = new TextEncoder().encode(`${this.spec.license}\0`);
    const section = this.elf.section('license', sectionFlag.alloc | sectionFlag.write, 1, data);
    // the linker wants a type for every global symbol
    const binding = (this.spec.externals ?? []).length > 0 ? 'local' : 'global';
    this.elf.symbol({ name: '_license', type: 'object', binding, section, value: 0, sizeBytes: data.length });
  }

  private addMaps(): void {
    const pointedInto = new Set<string>();
    for (const { insns } of [...this.spec.subprograms, ...this.spec.programs]) {
      for (const { reference } of insns) if (reference?.kind === 'map_value') pointedInto.add(reference.name);
    }
    const ordinary = this.spec.maps.filter((map) => !pointedInto.has(map.name));
    if (ordinary.length > 0) {
      const variables = this.btf.maps(ordinary);
      const section = this.elf.section('.maps', sectionFlag.alloc | sectionFlag.write, 8, new Uint8Array(variables.reduce((sum, v) => sum + v.sizeBytes, 0)));
      for (const { map, offset, sizeBytes } of variables) {
        this.maps.set(map.name, this.elf.symbol({ name: map.name, type: 'object', binding: 'global', section, value: offset, sizeBytes }));
      }
    }
    for (const map of this.spec.maps) if (pointedInto.has(map.name)) this.addValueMap(map);
  }

  private addValueMap(map: MapSpec): void {
    if (map.type !== 'array' || map.maxEntries !== 1) bug('object', `map ${map.name} is no array of one value, so nothing can point into it`);
    this.addData(map.name, dataSectionName(map.name), map.name, new Uint8Array(map.valueSize), sectionFlag.alloc | sectionFlag.write);
  }

  private addData(name: string, sectionName: string, variable: string, data: Uint8Array, flags: number): void {
    this.data.set(name, this.sectionSymbol(this.elf.section(sectionName, flags, 8, data)));
    this.btf.data(sectionName, variable, data.length, (flags & sectionFlag.write) === 0);
  }

  private addKfuncs(): void {
    const kfuncs = this.spec.kfuncs ?? [];
    if (kfuncs.length > 0) this.btf.kfuncs(kfuncs);
    for (const { name } of kfuncs) {
      this.kfuncs.set(name, this.elf.symbol({ name, type: 'none', binding: 'weak', section: 0, value: 0, sizeBytes: 0 }));
    }
  }

  private addExternals(): void {
    for (const { name, prototype } of this.spec.externals ?? []) {
      this.btf.external(name, prototype);
      this.kfuncs.set(name, this.elf.symbol({ name, type: 'none', binding: 'global', section: 0, value: 0, sizeBytes: 0 }));
    }
  }

  /** Those that are left after optimizing. */
  private addFields(): void {
    const used = new Set<string>();
    for (const { insns } of [...this.spec.subprograms, ...this.spec.programs]) for (const { reference } of insns) if (reference?.kind === 'field') used.add(reference.name);
    if (used.size > 0) this.fields = this.btf.fields((this.spec.fields ?? []).filter(({ name }) => used.has(name)));
  }

  private sectionSymbol(section: number): SymbolHandle {
    return this.elf.symbol({ name: '', type: 'section', binding: 'local', section, value: 0, sizeBytes: 0 });
  }

  private fill(section: PlacedCode): void {
    const insns: Insn[] = [];
    const relocations: Relocation[] = [];
    let at = 0;
    for (const { spec } of section.functions) {
      for (const insn of spec.insns) {
        if (insn.reference?.kind === 'field') {
          section.relocations.push({ offset: at, ...(this.fields.get(insn.reference.name) ?? missing('member', insn.reference.name)) });
          insns.push(insn);
        } else if (insn.reference && insn.reference.kind !== 'argument') {
          const { relocated, type, symbol } = this.relocate(insn, insn.reference);
          relocations.push({ offset: at, type, symbol });
          insns.push(relocated);
        } else insns.push(insn);
        at += slotCount(insn) * 8;
      }
    }
    this.elf.setData(section.index, encodeInsns(insns));
    this.elf.relocate(section.index, relocations);
  }

  /** The instruction as it stands in the file, and the symbol that its relocation names. */
  private relocate(insn: Insn, reference: Exclude<Reference, { kind: 'field' | 'argument' }>): { readonly relocated: Insn; readonly type: Relocation['type']; readonly symbol: SymbolHandle } {
    const { name } = reference;
    const isCall = insn.opcode !== LDDW;
    switch (reference.kind) {
      case 'map':
        if (this.data.has(name)) bug('object', `map ${name} is used both as a map and by the address of its value`);
        return { relocated: insn, type: 'R_BPF_64_64', symbol: this.maps.get(name) ?? missing('map', name) };
      case 'map_value':
        return { relocated: { ...insn, imm: reference.offset }, type: 'R_BPF_64_64', symbol: this.data.get(name) ?? missing('data', name) };
      case 'function': {
        const offset = this.textOffsets.get(name) ?? missing('subprogram', name);
        if (isCall) return { relocated: { ...insn, src: flag.BPF_PSEUDO_CALL, imm: offset / 8 - 1 }, type: 'R_BPF_64_32', symbol: this.text! };
        return { relocated: { ...insn, src: flag.BPF_PSEUDO_FUNC, imm: offset }, type: 'R_BPF_64_64', symbol: this.text! };
      }
      case 'kfunc':
        return { relocated: { ...insn, src: flag.BPF_PSEUDO_CALL, imm: -1 }, type: 'R_BPF_64_32', symbol: this.kfuncs.get(name) ?? missing('kfunc', name) };
    }
  }
}

function missing(what: string, name: string): never {
  return bug('object', `an instruction refers to ${what} ${name}, which the object does not have`);
}
