// Small programs for the tests of the addon, and the smallest ELF object that libbpf opens.
//
//   idea   the addon is tested without the compiler: programs are written with the assembler, maps are passed by file descriptor
//   facts  ELF: System V ABI; sections that libbpf knows: tools/lib/bpf/libbpf.c section_defs

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeInsns, type Insn } from '../../../lib/model/bpf/insn.js';
import { Assembler } from '../../../lib/model/bpf/assembler.js';
import { R0, R1, R10, R2, R3, R4, R6 } from '../../../lib/model/bpf/registers.js';
import { flag, helper, mapType, programType } from '../../../lib/model/bpf/uapi.js';
import { loadNative, type MapHandle, type ProgramHandle } from '../../../lib/runtime/native/index.js';

export { helper, mapType, programType };

const BPF_PSEUDO_MAP_FD = flag.BPF_PSEUDO_MAP_FD;

/** Bytes of a program whose maps are file descriptors, by the names it uses. */
export function assemble(asm: Assembler, maps: Record<string, MapHandle> = {}): Uint8Array {
  const linked = asm.finish().map((insn): Insn => {
    if (insn.reference?.kind !== 'map') return insn;
    return { ...insn, src: BPF_PSEUDO_MAP_FD, imm: maps[insn.reference.name]!.fd };
  });
  return encodeInsns(linked);
}

/** return value; */
export const returns = (value: number): Uint8Array => assemble(new Assembler().mov64(R0, value).exit());

/** Reads through a null pointer: no verifier accepts it. */
export const refused = (): Uint8Array => assemble(new Assembler().mov64(R6, 0).load(R0, R6, 0, 'u64').exit());

/** counts[0] += 1 when the current process is `pid` (or always, without). */
export function counter(counts: MapHandle, pid?: number): Uint8Array {
  const asm = new Assembler();
  const end = asm.label('end');
  if (pid !== undefined) asm.call(helper.get_current_pid_tgid).rsh64(R0, 32).jumpIf(R0, '!=', pid, end);
  asm.store(R10, -4, 0, 'u32').loadMap(R1, 'counts').mov64(R2, R10).add64(R2, -4).call(helper.map_lookup_elem);
  asm.jumpIf(R0, '==', 0, end).mov64(R1, 1).atomicAdd(R0, 0, R1, 'u64').place(end).mov64(R0, 0).exit();
  return assemble(asm, { counts });
}

/** Puts the 8 (or `size`) bytes at the context's start into the ring buffer, as one record. */
export function emitter(ring: MapHandle, size = 8): Uint8Array {
  const asm = new Assembler();
  asm.load(R6, R1, 0, 'u64').store(R10, -8, R6, 'u64');
  for (let at = 16; at <= ((size + 7) & ~7); at += 8) asm.store(R10, -at, R6, 'u64');
  asm.loadMap(R1, 'ring').mov64(R2, R10).add64(R2, -((size + 7) & ~7)).mov64(R3, size).mov64(R4, 0).call(helper.ringbuf_output).exit();
  return assemble(asm, { ring });
}

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

export const u64 = (value: bigint | number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

export function counts(name = 'test_counts'): MapHandle {
  return loadNative().createMap({ name, type: mapType.array, keySize: 4, valueSize: 8, maxEntries: 1 });
}

export const countOf = (map: MapHandle): bigint => map.lookup(u32(0))!.readBigUInt64LE();

export function rawTracepoint(insns: Uint8Array, name = 'test_raw'): ProgramHandle {
  return loadNative().loadProgram({ name, type: programType.raw_tracepoint, insns });
}

/** What an error must look like. */
export type Refusal = { code: string | RegExp; [field: string]: unknown };

/** Collects garbage, finalizers of handles included. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export interface TestProgram {
  name: string;
  section: string;
  insns: Uint8Array;
}

/** A relocatable BPF object with programs and a license; no maps, no BTF. */
export function elfObject(programs: readonly TestProgram[], license = 'GPL'): Uint8Array {
  const strings = new StringTable();
  const sectionNames = [...new Set(programs.map((p) => p.section))];
  const sections: { name: number; type: number; flags: number; link: number; info: number; entry: number; bytes: Buffer }[] = [];
  const add = (name: string, type: number, bytes: Buffer, flags = 0, link = 0, info = 0, entry = 0) =>
    sections.push({ name: strings.offsetOf(name), type, flags, link, info, entry, bytes });
  add('', 0, Buffer.alloc(0));
  const symbols: Buffer[] = [Buffer.alloc(24)];
  for (const section of sectionNames) {
    let at = 0;
    const parts = programs.filter((p) => p.section === section);
    for (const { name, insns } of parts) {
      const symbol = Buffer.alloc(24);
      symbol.writeUInt32LE(strings.offsetOf(name), 0);
      symbol.writeUInt8(0x12, 4); // global function
      symbol.writeUInt16LE(sections.length, 6);
      symbol.writeBigUInt64LE(BigInt(at), 8);
      symbol.writeBigUInt64LE(BigInt(insns.length), 16);
      symbols.push(symbol);
      at += insns.length;
    }
    add(section, 1, Buffer.concat(parts.map((p) => p.insns)), 6);
  }
  add('license', 1, Buffer.from(`${license}\0`), 3);
  add('.symtab', 2, Buffer.concat(symbols), 0, sections.length + 1, 1, 24);
  strings.offsetOf('.strtab');
  add('.strtab', 3, strings.bytes());

  const header = Buffer.alloc(64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(header);
  header.writeUInt16LE(1, 16); // ET_REL
  header.writeUInt16LE(247, 18); // EM_BPF
  header.writeUInt32LE(1, 20);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(sections.length, 60);
  header.writeUInt16LE(sections.length - 1, 62);
  const parts: Buffer[] = [header];
  let at = header.length;
  const headers = sections.map((section) => {
    const padding = Buffer.alloc(-at & 7);
    parts.push(padding, section.bytes);
    at += padding.length;
    const entry = Buffer.alloc(64);
    entry.writeUInt32LE(section.name, 0);
    entry.writeUInt32LE(section.type, 4);
    entry.writeBigUInt64LE(BigInt(section.flags), 8);
    entry.writeBigUInt64LE(BigInt(at), 24);
    entry.writeBigUInt64LE(BigInt(section.bytes.length), 32);
    entry.writeUInt32LE(section.link, 40);
    entry.writeUInt32LE(section.info, 44);
    entry.writeBigUInt64LE(8n, 48);
    entry.writeBigUInt64LE(BigInt(section.entry), 56);
    at += section.bytes.length;
    return entry;
  });
  const padding = Buffer.alloc(-at & 7);
  header.writeBigUInt64LE(BigInt(at + padding.length), 40);
  return Buffer.concat([...parts, padding, ...headers]);
}

class StringTable {
  private text = '\0';

  offsetOf(name: string): number {
    if (name === '') return 0;
    const found = this.text.indexOf(`\0${name}\0`);
    if (found >= 0) return found + 1;
    this.text += `${name}\0`;
    return this.text.length - name.length - 1;
  }

  bytes(): Buffer {
    return Buffer.from(this.text);
  }
}
