// Symbols of the vDSO, the library that the kernel maps into every process: it is no file, but our own copy has the same bytes.
//
//   facts  an Elf64_Sym has 24 bytes: name u32, info u8, other u8, section u16, value u64, size u64; the image is linked at 0.
//          32-bit processes have another image, which is not known here

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { elfSection } from '../../model/target/elf-section.js';
import { parseMaps } from '../../model/target/process-maps.js';
import { compareAliases, type SymbolTable } from './symbol-table.js';

const SYMBOL_BYTES = 24;
const STT_FUNC = 2;

/** undefined where the kernel maps none, or /proc/self/mem is closed. */
export function readVdso(): SymbolTable | undefined {
  const mapping = parseMaps(readFileSync('/proc/self/maps', 'utf8')).find(({ path }) => path === '[vdso]');
  if (mapping === undefined) return undefined;
  const image = Buffer.alloc(Number(mapping.end - mapping.start));
  try {
    const memory = openSync('/proc/self/mem', 'r');
    try {
      readSync(memory, image, 0, image.length, mapping.start);
    } finally {
      closeSync(memory);
    }
  } catch {
    // some containers close it: frames in the vDSO then stay without name
    return undefined;
  }
  return dynamicFunctions(image);
}

/** Functions of the section .dynsym. */
export function dynamicFunctions(image: Buffer): SymbolTable | undefined {
  const symbols = elfSection(image, '.dynsym');
  const strings = elfSection(image, '.dynstr');
  if (symbols === undefined || strings === undefined) return undefined;
  const byAddress = new Map<number, { name: string; local: boolean; size: number }>();
  for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    const info = symbols[at + 4]!;
    const address = Number(symbols.readBigUInt64LE(at + 8));
    if ((info & 15) !== STT_FUNC || address === 0) continue;
    const start = symbols.readUInt32LE(at);
    const one = { name: strings.toString('latin1', start, strings.indexOf(0, start)), local: info >> 4 === 0, size: Number(symbols.readBigUInt64LE(at + 16)) };
    const known = byAddress.get(address);
    if (known === undefined || compareAliases(one, known) < 0) byAddress.set(address, one);
  }
  const sorted = [...byAddress].sort(([a], [b]) => a - b);
  return {
    addresses: Float64Array.from(sorted, ([address]) => address),
    sizes: Float64Array.from(sorted, ([, one]) => one.size),
    name: (index) => sorted[index]![1].name,
  };
}
