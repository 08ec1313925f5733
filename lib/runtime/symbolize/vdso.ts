// Symbols of the vDSO, the library that the kernel maps into every process: it is no file, but our own copy has the same bytes.
//
//   facts  the image is linked at 0. 32-bit processes have another image, which is not known here

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { compareAliases } from '../../model/target/aliases.js';
import { type ElfSymbol, elfSection, readSymbols } from '../../model/target/elf.js';
import { symbolType } from '../../model/target/elf-layout.js';
import { parseMaps } from '../../model/target/process-maps.js';
import type { SymbolTable } from './symbol-table.js';

/** undefined where the kernel maps none, or /proc/self/mem is closed. */
export function readVdso(): SymbolTable | undefined {
  const image = readVdsoImage();
  return image === undefined ? undefined : dynamicFunctions(image);
}

/** Its bytes; undefined as above. */
export function readVdsoImage(): Uint8Array | undefined {
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
  return image;
}

/** Functions of the section .dynsym. */
export function dynamicFunctions(image: Uint8Array): SymbolTable | undefined {
  const symbols = elfSection(image, '.dynsym');
  const strings = elfSection(image, '.dynstr');
  if (symbols === undefined || strings === undefined) return undefined;
  const byAddress = new Map<number, ElfSymbol>();
  for (const one of readSymbols(symbols, strings)) {
    if (one.type !== symbolType.func || one.value === 0) continue;
    const known = byAddress.get(one.value);
    if (known === undefined || compareAliases(one, known) < 0) byAddress.set(one.value, one);
  }
  const sorted = [...byAddress].sort(([a], [b]) => a - b);
  return {
    addresses: Float64Array.from(sorted, ([address]) => address),
    sizes: Float64Array.from(sorted, ([, one]) => one.sizeBytes),
    name: (index) => sorted[index]![1].name,
  };
}
