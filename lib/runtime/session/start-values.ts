// Values of `.rodata` that are known only when the script starts, put into the object before it is loaded.
//
//   in     ELF bytes, Manifest.startValues, the values by name
//   out    a copy of the bytes with the values in place; the same bytes when there are none
//   facts  ELF64 section headers: System V ABI; numbers are little endian

import { bug } from '../../model/diagnostics/errors.js';
import type { Manifest } from '../../model/layout/manifest.js';

export type StartValueName = Manifest['startValues'][number]['name'];
export type StartValues = Partial<Record<StartValueName, bigint>>;

const SECTION_HEADERS_AT = 0x28;
const SECTION_HEADER_SIZE_AT = 0x3a;
const SECTION_COUNT_AT = 0x3c;
const NAMES_INDEX_AT = 0x3e;

export function patchStartValues(elf: Uint8Array, startValues: Manifest['startValues'], values: StartValues): Uint8Array {
  if (startValues.length === 0) return elf;
  const patched = elf.slice();
  for (const spec of startValues) putStartValue(patched, findSection(patched, spec.map), spec, values);
  return patched;
}

/** Writes one value into the bytes of its map, which begin at `base`. */
export function putStartValue(bytes: Uint8Array, base: number, { name, offset, size }: Manifest['startValues'][number], values: StartValues): void {
  const value = values[name];
  if (value === undefined) bug('session', `nobody knows the start value '${name}'`);
  for (let i = 0; i < size; i++) bytes[base + offset + i] = Number((value >> BigInt(i * 8)) & 0xffn);
}

/** Offset in the file of a section's bytes. */
export function findSection(elf: Uint8Array, name: string): number {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const headers = Number(view.getBigUint64(SECTION_HEADERS_AT, true));
  const size = view.getUint16(SECTION_HEADER_SIZE_AT, true);
  const headerOf = (index: number): number => headers + index * size;
  const offsetOf = (index: number): number => Number(view.getBigUint64(headerOf(index) + 0x18, true));
  const names = offsetOf(view.getUint16(NAMES_INDEX_AT, true));
  const wanted = Buffer.from(`${name}\0`, 'latin1');
  for (let index = 0; index < view.getUint16(SECTION_COUNT_AT, true); index++) {
    const at = names + view.getUint32(headerOf(index), true);
    if (wanted.equals(elf.subarray(at, at + wanted.length))) return offsetOf(index);
  }
  return bug('session', `the object has no section ${name}`);
}
