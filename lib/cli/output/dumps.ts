// What -d shows: the products of the compiler's stages and the sections of the object.

import { readSections } from '../../model/target/elf.js';
import { wantsStage } from '../line/stages.js';

export class Dumps {
  constructor(
    private readonly stages: readonly string[],
    private readonly print: (text: string) => void,
  ) {}

  add(stage: string, text: string): void {
    if (wantsStage(this.stages, stage)) this.print(`==> ${stage}\n${text}${text.endsWith('\n') ? '' : '\n'}`);
  }
}

const NAME_WIDTH = 40;

/** Sections of an ELF64 object: name, offset in the file, bytes. */
export function dumpSections(elf: Uint8Array): string {
  return readSections(elf)!.slice(1).map(({ name, offset, data }) => `${name.padEnd(NAME_WIDTH)} offset ${offset} bytes ${data.length}\n`).join('');
}
