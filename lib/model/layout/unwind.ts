// What unwinds stacks by .eh_frame: rows of rules in chunks of a map, and where each process maps what they are about.
//
//   made by  runtime (from files and processes);  read by  the programs (compiler/lower/memory/unwind.ts)
//   idea     a search is a few look-ups of chunks and, in each, a search without branches. The rows of a file are leaves; a chunk above them has the
//            first address of each leaf and its number. A file with more rows than one such chunk leads to has several, and a process a range for each.
//            Memory is taken chunk by chunk, as files need it
//   facts    a value of 4032 bytes makes elements of 4 KB. Whatever is looked for, a search ends inside the chunk

/** From each address on, in a file's own numbering and ascending, a rule. */
export interface UnwindRows {
  readonly count: number;
  readonly addresses: Uint32Array;
  readonly rules: Uint32Array;
}

/** A row: u32 address in the file's own numbering, u32 rule or, above leaves, number of a leaf. Keys are u32; chunk 0 is none. */
export const unwindChunk = { keyBytes: 4, bytes: 4032, rows: 504, rowBytes: 8, address: 0, value: 4 } as const;
/** What one process maps, by its number (u32) as /proc has it: ranges by their starts. start and bias: u64, chunk: u32. An address less the bias is the
 *  file's own numbering. */
export const unwindRanges = { keyBytes: 4, bytes: 4032, count: 168, rangeBytes: 24, start: 0, bias: 8, chunk: 16 } as const;
/** 128 MB of rules: some 16 million rows */
export const MOST_CHUNKS = 1 << 15;
export const MOST_PROCESSES = 1 << 10;

/** What a rule says the canonical frame address (CFA: the stack pointer before the call) is. uncovered: nobody knows;  end: the stack ends here;
 *  stackPointer, framePointer: that register plus the offset;  plt: the stack pointer plus 8, plus 8 more from a place of each 16 bytes on;
 *  signal: the kernel has put the registers on the stack;  indirect: it lies at the frame pointer less the offset */
export const unwindKind = { uncovered: 0, end: 1, stackPointer: 2, framePointer: 3, plt: 4, signal: 5, indirect: 6 } as const;

/** The parts of a rule, shift and bits. saved: where the frame pointer is, in words below the CFA, 0: in its register; of plt the place, of indirect always
 *  where the frame pointer points. offset: in words */
export const unwindRule = { kind: [0, 3], saved: [3, 11], offset: [14, 18] } as const;

/** Why a stack ended, by the index in the map that counts (u64, per CPU). complete: where a thread begins;  uncovered: in code that no table covers;
 *  unreadable: the stack could not be read, or did not go on;  limit: it has as many frames as were asked for;  unknown: nothing is known of the process */
export const unwindEnds = ['uncovered', 'complete', 'unreadable', 'limit', 'unknown'] as const;
export type UnwindEnd = (typeof unwindEnds)[number];

/** The signal frame of the kernel, bytes from the stack pointer where __restore_rt runs (struct rt_sigframe of arch/x86, less the return address). */
export const signalFrame = { framePointer: 120, stackPointer: 160, instructionPointer: 168 } as const;

/** undefined: there is no room for it in a rule. @param offset, saved  in words */
export function packRule(kind: number, offset: number, saved: number): number | undefined {
  const fits = (value: number, [, bits]: readonly [number, number]): boolean => value >= 0 && value < 2 ** bits;
  if (!fits(offset, unwindRule.offset) || !fits(saved, unwindRule.saved)) return undefined;
  return ((offset << unwindRule.offset[0]) | (saved << unwindRule.saved[0]) | kind) >>> 0;
}

export interface UnwindChunk {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** The chunks of a file, and which of them to begin with from which address on.
 * @param first  number of the first chunk */
export function chunksOf({ count, addresses, rules }: UnwindRows, first: number): { readonly chunks: readonly UnwindChunk[]; readonly roots: readonly { readonly from: number; readonly chunk: number }[] } {
  const chunks: UnwindChunk[] = [];
  const add = (rows: number, row: (i: number) => readonly [address: number, value: number]): number => {
    const bytes = new Uint8Array(unwindChunk.bytes).fill(0xff);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < rows; i++) {
      const [address, value] = row(i);
      view.setUint32(i * unwindChunk.rowBytes + unwindChunk.address, address, true);
      view.setUint32(i * unwindChunk.rowBytes + unwindChunk.value, value, true);
    }
    chunks.push({ number: first + chunks.length, bytes });
    return first + chunks.length - 1;
  };
  const leaves: (readonly [number, number])[] = [];
  for (let at = 0; at < count; at += unwindChunk.rows) leaves.push([addresses[at]!, add(Math.min(unwindChunk.rows, count - at), (i) => [addresses[at + i]!, rules[at + i]!])]);
  const roots: { from: number; chunk: number }[] = [];
  for (let at = 0; at < leaves.length; at += unwindChunk.rows) {
    const below = leaves.slice(at, at + unwindChunk.rows);
    roots.push({ from: below[0]![0], chunk: add(below.length, (i) => below[i]!) });
  }
  return { chunks, roots };
}

export interface UnwindRange {
  readonly start: bigint;
  readonly bias: bigint;
  /** 0: no table covers what is there */
  readonly chunk: number;
}

/** The value of a process. @param ranges  ascending, the first from 0 on; those that find no room are left out */
export function rangesValue(ranges: readonly UnwindRange[]): Uint8Array {
  const bytes = new Uint8Array(unwindRanges.bytes);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < unwindRanges.count; i++) {
    const at = i * unwindRanges.rangeBytes;
    view.setBigUint64(at + unwindRanges.start, ranges[i]?.start ?? NEVER, true);
    view.setBigUint64(at + unwindRanges.bias, ranges[i]?.bias ?? 0n, true);
    view.setUint32(at + unwindRanges.chunk, ranges[i]?.chunk ?? 0, true);
  }
  return bytes;
}

/** above every address */
const NEVER = (1n << 63n) - 1n;

export function unwindKey(number: number): Uint8Array {
  const key = new Uint8Array(unwindChunk.keyBytes);
  new DataView(key.buffer).setUint32(0, number, true);
  return key;
}
