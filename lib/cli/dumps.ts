// What -d shows: the products of the compiler's stages and the sections of the object.

import { wantsStage } from './stages.js';

export class Dumps {
  constructor(
    private readonly stages: readonly string[],
    private readonly print: (text: string) => void,
  ) {}

  add(stage: string, text: string): void {
    if (wantsStage(this.stages, stage)) this.print(`==> ${stage}\n${text}${text.endsWith('\n') ? '' : '\n'}`);
  }
}

const SECTION_HEADERS_AT = 0x28;
const SECTION_HEADER_SIZE_AT = 0x3a;
const SECTION_COUNT_AT = 0x3c;
const NAMES_INDEX_AT = 0x3e;
const NAME_WIDTH = 40;

/** Sections of an ELF64 object: name, offset in the file, bytes. */
export function dumpSections(elf: Uint8Array): string {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const bytes = Buffer.from(elf.buffer, elf.byteOffset, elf.byteLength);
  const headers = Number(view.getBigUint64(SECTION_HEADERS_AT, true));
  const size = view.getUint16(SECTION_HEADER_SIZE_AT, true);
  const sections = Array.from({ length: view.getUint16(SECTION_COUNT_AT, true) }, (_, index) => {
    const at = headers + index * size;
    return { name: view.getUint32(at, true), offset: Number(view.getBigUint64(at + 0x18, true)), bytes: Number(view.getBigUint64(at + 0x20, true)) };
  });
  const names = sections[view.getUint16(NAMES_INDEX_AT, true)]!.offset;
  const nameOf = (offset: number): string => bytes.toString('latin1', names + offset, bytes.indexOf(0, names + offset));
  return sections.slice(1).map(({ name, offset, bytes: length }) => `${nameOf(name).padEnd(NAME_WIDTH)} offset ${offset} bytes ${length}\n`).join('');
}
