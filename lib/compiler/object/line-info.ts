// The object's .BTF.ext: which type each function has, which script line each instruction comes from, which numbers are offsets to be relocated.
//
//   layout  header (model/btf/ext-header.ts); func_info: record size 8, then by section: name, count, { offset, type }; line_info the same with
//           records of 16: { offset, file name, line text, line << 10 | column }; core_relo too: { offset, struct, access string, kind }
//   idea    a record is written where the position changes
//   facts   offsets are bytes in the ELF section. The kernel wants a record at the first instruction of every function, none in the
//           second slot of lddw, offsets ascending; it prints line text into a buffer of 1 KB, so long lines are cut

import type { FieldNumber, FunctionSpec } from '../../model/bpf/object-spec.js';
import { slotCount } from '../../model/bpf/insn.js';
import type { BtfBuilder } from '../../model/btf/builder.js';
import { ByteWriter } from '../../model/btf/byte-writer.js';
import { encodeBtfExtHeader } from '../../model/btf/ext-header.js';
import type { TypeId } from '../../model/btf/types.js';
import type { Source, Span } from '../../model/source/source.js';

/** A function in its section. */
export interface PlacedFunction {
  readonly spec: FunctionSpec;
  /** of its FUNC */
  readonly type: TypeId;
  /** byte offset in the section */
  readonly offset: number;
}

export interface CodeSection {
  readonly name: string;
  readonly functions: readonly PlacedFunction[];
  readonly relocations: readonly FieldRelocation[];
}

/** An lddw of a number of a member. */
export interface FieldRelocation {
  /** byte offset of the instruction in the section */
  readonly offset: number;
  readonly struct: TypeId;
  /** of the struct */
  readonly memberIndex: number;
  readonly number: FieldNumber;
}

const RELOCATION_RECORD_BYTES = 16;
/** enum bpf_core_relo_kind */
const relocationKinds: Readonly<Record<FieldNumber, number>> = { offset: 0, size: 1, 'left shift': 4, 'right shift': 5 };
const FUNC_RECORD_BYTES = 8;
const LINE_RECORD_BYTES = 16;
const MAX_COLUMN = 1023;
const MAX_LINE = 2 ** 22 - 1;
/** characters of a line that are shown, and how many of them before the column when the line is cut */
const LINE_WINDOW = 240;
const WINDOW_BEFORE = 60;

/** @param sourceFile  named for functions that come from no script line */
export function encodeBtfExt(sections: readonly CodeSection[], strings: BtfBuilder, sourceFile: string): Uint8Array {
  const funcs = new ByteWriter(1024).u32(FUNC_RECORD_BYTES);
  for (const { name, functions } of sections) {
    funcs.u32(strings.string(name)).u32(functions.length);
    for (const { offset, type } of functions) funcs.u32(offset).u32(type);
  }
  const lines = encodeLines(sections, strings, sourceFile);
  const relocations = encodeRelocations(sections, strings);
  const header = encodeBtfExtHeader({ functions: funcs.length, lines: lines.length, relocations: relocations.length });
  return new ByteWriter(header.length + funcs.length + lines.length + relocations.length)
    .raw(header).raw(funcs.finish()).raw(lines.finish()).raw(relocations.finish()).finish();
}

function encodeRelocations(sections: readonly CodeSection[], strings: BtfBuilder): ByteWriter {
  const out = new ByteWriter(1024);
  const some = sections.filter(({ relocations }) => relocations.length > 0);
  if (some.length === 0) return out;
  out.u32(RELOCATION_RECORD_BYTES);
  for (const { name, relocations } of some) {
    out.u32(strings.string(name)).u32(relocations.length);
    for (const { offset, struct, memberIndex, number } of relocations) out.u32(offset).u32(struct).u32(strings.string(`0:${memberIndex}`)).u32(relocationKinds[number]);
  }
  return out;
}

function encodeLines(sections: readonly CodeSection[], strings: BtfBuilder, sourceFile: string): ByteWriter {
  const out = new ByteWriter(4096);
  const known = sections.some(({ functions }) => functions.some(({ spec }) => spec.insns.some((insn) => insn.span)));
  if (!known) return out;
  out.u32(LINE_RECORD_BYTES);
  const lines = new LineWriter(out, strings);
  for (const { name, functions } of sections) {
    out.u32(strings.string(name));
    const countAt = out.length;
    out.u32(0);
    let count = 0;
    for (const placed of functions) count += lines.writeFunction(placed, sourceFile);
    out.setU32(countAt, count);
  }
  return out;
}

class LineWriter {
  private readonly textOffsets = new Map<Source, Map<number, number>>();

  constructor(
    private readonly out: ByteWriter,
    private readonly strings: BtfBuilder,
  ) {}

  /** Answers how many records it wrote. */
  writeFunction({ spec, offset }: PlacedFunction, sourceFile: string): number {
    let count = 0;
    let at = offset;
    let span: Span | undefined;
    let position = -1;
    let source: Source | undefined;
    for (const insn of spec.insns) {
      const next = insn.span ?? (at === offset ? spec.insns.find((other) => other.span)?.span : undefined);
      if (next && next !== span) {
        span = next;
        const { line, column } = next.source.positionAt(next.start);
        const packed = (Math.min(line, MAX_LINE) << 10 | Math.min(column, MAX_COLUMN)) >>> 0;
        if (packed !== position || next.source !== source) {
          position = packed;
          source = next.source;
          this.out.u32(at).u32(this.strings.string(source.name)).u32(this.textOffset(source, line, column)).u32(packed);
          count++;
        }
      } else if (!next && at === offset) {
        this.out.u32(at).u32(this.strings.string(sourceFile)).u32(0).u32(0);
        count++;
      }
      at += slotCount(insn) * 8;
    }
    return count;
  }

  private textOffset(source: Source, line: number, column: number): number {
    let byLine = this.textOffsets.get(source);
    if (!byLine) this.textOffsets.set(source, (byLine = new Map()));
    const known = byLine.get(line);
    if (known !== undefined) return known;
    const text = source.line(line);
    const offset = this.strings.string(cutLine(text, column));
    if (text.length <= LINE_WINDOW) byLine.set(line, offset);
    return offset;
  }
}

/** The part of a long line around the column, with `…` where something is missing. */
export function cutLine(text: string, column: number): string {
  if (text.length <= LINE_WINDOW) return text;
  const start = column <= LINE_WINDOW - WINDOW_BEFORE ? 0 : column - 1 - WINDOW_BEFORE;
  const end = start + LINE_WINDOW;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
