// Places of a file that the kernel refuses to put a user probe on, found out before anything is attached.
//
//   idea   a copy of the instructions in a file that only tbpf maps, and nothing runs, gets the probes first: what the kernel refuses
//          there it refuses anywhere. Equal instructions are asked about once, everyday ones not at all; of several that fail together
//          halves are tried
//   facts  the kernel looks at an instruction where a process maps the file (prepare_uprobe in kernel/events/uprobes.c). In a file
//          that nobody maps yet every probe is taken, and one on a refused instruction then never fires; of several probes of one link
//          those before the refused one run until the link is given up. ENOTSUPP: the instruction cannot be run elsewhere (a prefix such
//          as lock, an opcode out of the usual), ENOEXEC: it is not known; arm64 says EINVAL to both.
//          EINVAL: the file ends before the place. A symbol table may promise more than a file that was cut off has.
//          A copy has no place for code of another word size than tbpf's own: the kernel decodes by the process

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import { CLASS_64, MAGIC, header } from '../../../model/target/elf-layout.js';
import { instructionBytes, takesProbe } from '../../../model/target/x86-instructions.js';
import type { AttachSpec, NativeAddon, ProgramHandle } from '../../native/types.js';

/** what the kernel copies of an instruction (MAX_UINSN_BYTES) */
const STRIDE = 16;
const ARM64_BYTES = 4;
const refusals = (): readonly string[] => (process.arch === 'arm64' ? ['EINVAL'] : ['ENOTSUPP', 'ENOEXEC']);

export type Refusal = 'instruction' | 'beyond the end';

/** Puts probes on these places of a file, without a process they are for. @throws TbpfError */
type Attach = (path: string, offsets: readonly bigint[]) => AttachSpec;

export class Instructions {
  private readonly refusedByCode = new Map<string, boolean>();

  constructor(private readonly native: NativeAddon) {}

  /** Which of the places the kernel would refuse, and why. Empty as well where that cannot be found out: then attaching fails with the kernel's reason.
   * @param together  whether one spec may have several places */
  refused(path: string, offsets: readonly bigint[], handle: ProgramHandle, attach: Attach, together: boolean): ReadonlyMap<bigint, Refusal> {
    const { beyond, codeByOffset } = readCode(path, offsets);
    const unknown = [...new Set(codeByOffset.values())].filter((code) => !this.refusedByCode.has(code));
    if (unknown.length > 0) this.ask(unknown, handle, attach, together);
    const refused = new Map<bigint, Refusal>(beyond.map((offset) => [offset, 'beyond the end']));
    for (const [offset, code] of codeByOffset) if (this.refusedByCode.get(code) === true) refused.set(offset, 'instruction');
    return refused;
  }

  private ask(codes: readonly string[], handle: ProgramHandle, attach: Attach, together: boolean): void {
    const copy = orUndefined(() => this.native.copyCode(layOut(codes)));
    if (copy === undefined) return;
    const fails = (from: number, to: number): boolean | undefined => {
      try {
        handle.attach(attach(copy.path, Array.from({ length: to - from }, (_, i) => BigInt((from + i) * STRIDE)))).close();
        return false;
      } catch (error) {
        if (!(error instanceof TbpfError)) throw error;
        return refusals().includes(error.code) ? true : undefined;
      }
    };
    const tell = (from: number, to: number, refused: boolean): void => {
      for (const code of codes.slice(from, to)) this.refusedByCode.set(code, refused);
    };
    const search = (from: number, to: number): void => {
      const failed = together || to - from === 1 ? fails(from, to) : true;
      if (failed === undefined) return;
      if (!failed || to - from === 1) return tell(from, to, failed);
      const middle = (from + to) >> 1;
      search(from, middle);
      search(middle, to);
    };
    try {
      search(0, codes.length);
    } finally {
      copy.close();
    }
  }
}

interface Code {
  readonly beyond: readonly bigint[];
  /** the instruction as text; none for places that are beyond doubt */
  readonly codeByOffset: ReadonlyMap<bigint, string>;
}

/** What stands at each place; nothing in a file that cannot be read. */
function readCode(path: string, offsets: readonly bigint[]): Code {
  const codeByOffset = new Map<bigint, string>();
  const file = orUndefined(() => openSync(path, 'r'));
  if (file === undefined) return { beyond: [], codeByOffset };
  try {
    const { size } = fstatSync(file);
    const beyond = offsets.filter((offset) => offset >= size);
    const buffer = Buffer.alloc(STRIDE);
    if (!isOurKind(file, buffer)) return { beyond, codeByOffset };
    for (const offset of offsets) {
      if (offset >= size) continue;
      buffer.fill(0);
      readSync(file, buffer, 0, STRIDE, Number(offset));
      if (!(process.arch === 'x64' && takesProbe(buffer))) codeByOffset.set(offset, buffer.toString('latin1', 0, lengthOf(buffer)));
    }
    return { beyond, codeByOffset };
  } finally {
    closeSync(file);
  }
}

/** What lies behind an instruction would make equal ones different. */
function lengthOf(code: Buffer): number {
  return process.arch === 'arm64' ? ARM64_BYTES : instructionBytes(code, 0) ?? STRIDE;
}

/** Whether the file is an ELF file of 64 bits. */
function isOurKind(file: number, buffer: Buffer): boolean {
  return readSync(file, buffer, 0, 5, 0) === 5 && MAGIC.every((byte, i) => buffer[i] === byte) && buffer[header.class] === CLASS_64;
}

function layOut(codes: readonly string[]): Uint8Array {
  const bytes = Buffer.alloc(codes.length * STRIDE);
  codes.forEach((code, index) => bytes.write(code, index * STRIDE, 'latin1'));
  return bytes;
}

/** A machine may forbid executable memory, and a file may be closed to us. */
function orUndefined<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
