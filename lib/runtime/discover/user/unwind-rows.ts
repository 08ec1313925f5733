// The rows by which stacks are unwound, of files that processes map.
//
//   out    rows (model/layout/unwind.ts); undefined: the file has no .eh_frame for x86-64
//   facts  the vDSO is linked at 0 and, of all processes of 64 bits, the same

import { readCallFrames } from './call-frames.js';
import type { UnwindRows } from '../../../model/layout/unwind.js';
import { elfMachine, isElf, readSectionPlaces } from '../../../model/target/elf.js';
import { HEADER_BYTES, machine, sectionFlag, sectionType } from '../../../model/target/elf-layout.js';
import { withForeignFile } from '../../native/foreign-file.js';

/** ten times what the largest browsers have */
const MOST_SECTION_BYTES = 256 << 20;
/** SHT_X86_64_UNWIND: what some linkers call it */
const X86_64_UNWIND = 0x7000_0001;

/** @throws NodeJS.ErrnoException, TbpfError  the file cannot be read, or is damaged */
export function readUnwindRows(path: string): UnwindRows | undefined {
  return withForeignFile(path, (file) => rowsOf((at, bytes) => file.read(at, bytes)));
}

/** The same of a file in memory. */
export function unwindRowsOf(image: Uint8Array): UnwindRows | undefined {
  return rowsOf((at, bytes) => image.subarray(at, at + bytes));
}

function rowsOf(read: (at: number, bytes: number) => Uint8Array): UnwindRows | undefined {
  const head = read(0, HEADER_BYTES);
  if (!isElf(head) || elfMachine(head) !== machine.x86_64) return undefined;
  const section = readSectionPlaces(read).find(({ name, type, flags }) => name === '.eh_frame' && (type === sectionType.progbits || type === X86_64_UNWIND) && (flags & sectionFlag.alloc) !== 0);
  if (section === undefined || section.sizeBytes > MOST_SECTION_BYTES) return undefined;
  return readCallFrames(read(section.offset, section.sizeBytes), section.address);
}
