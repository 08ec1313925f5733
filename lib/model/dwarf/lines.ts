// .debug_line: where the code of a source line begins.
//
//   idea   a program of a few operations makes a table of addresses and lines; of it the rows of one file and line are kept
//          A line begins at the first of neighbouring rows, in each function and each inlined copy of one: several may stand on a line. What
//          it calls, and is inlined there, is part of the line, which goes on behind it
//   facts  DWARF 5 6.2. Numbers of files begin with 0 in version 5, before with 1. Rows that are no statements are passed over.
//          Code that a linker has thrown away keeps its rows, from address 0 on

import { attribute } from './constants.js';
import { Copies, type Copy, type RowPlace } from './copies.js';
import { Cursor, DamagedDwarf } from './cursor.js';
import type { FileOfUnits, Unit } from './unit.js';

const MOST_TABLE_BYTES = 64 << 20;
const MOST_ENTRIES = 1 << 16;
const content = { path: 1, folder: 2 } as const;
const form = { string: 0x08, data1: 0x0b, data2: 0x05, data4: 0x06, data8: 0x07, data16: 0x1e, udata: 0x0f, strp: 0x0e, lineStrp: 0x1f, block: 0x09 } as const;
const standard = { copy: 1, advancePc: 2, advanceLine: 3, setFile: 4, setColumn: 5, negateStatement: 6, basicBlock: 7, addConstant: 8, fixedAdvance: 9 } as const;
const extended = { endSequence: 1, setAddress: 2 } as const;

export interface LinePlace {
  readonly address: number;
  readonly line: number;
  readonly column: number;
}

interface Row { readonly address: number; readonly file: number; readonly line: number; readonly column: number; readonly isStatement: boolean }

type RowInTable = Row & RowPlace;

/** Where the line begins in a unit, and the names of the unit's files. A file is meant by its whole path or the last parts of it.
 * @param whole  asked for the unit with the functions: that of a skeleton lies in another file */
export function linesOf(unit: Unit, whole: () => Unit, file: string, line: number, column: number | undefined): { readonly isFile: boolean; readonly places: readonly LinePlace[]; readonly lines: ReadonlySet<number> } {
  const nothing = { isFile: false, places: [], lines: new Set<number>() };
  const at = unit.root.number(attribute.statementList);
  if (at === undefined) return nothing;
  const program = readHeader(unit, at);
  const wanted = new Set(program.files.flatMap((path, index) => (isNamed(path, file) ? [index] : [])));
  if (wanted.size === 0) return nothing;
  const isCode = (row: { readonly file: number | undefined; readonly line: number | undefined; readonly column: number | undefined }): boolean =>
    row.file !== undefined && wanted.has(row.file) && row.line === line && (column === undefined || row.column === column);
  const lines = new Set<number>();
  const candidates: number[] = [];
  runProgram(program, (row) => {
    if (row === undefined || !row.isStatement || !wanted.has(row.file)) return;
    lines.add(row.line);
    if (isCode(row)) candidates.push(row.address);
  });
  if (candidates.length === 0) return { isFile: true, places: [], lines };
  const copies = new Copies(whole(), candidates);
  const places: LinePlace[] = [];
  /** the copies in which the line goes on; undefined: code of no function that is described */
  let going = new Set<Copy | undefined>();
  for (const row of rowsOf(program)) {
    const isOfLine = row !== undefined && isCode(row);
    if (going.size === 0 && !isOfLine) continue;
    const [inner, ...outer] = row === undefined ? [] : copies.at(row);
    const still = new Set<Copy | undefined>();
    if (isOfLine && (row.isStatement || going.has(inner) || isFirstOf(inner, row))) still.add(inner);
    let call = inner?.call;
    for (const copy of outer) {
      if (going.has(copy) && call !== undefined && isCode(call)) still.add(copy);
      call = copy.call;
    }
    if (isOfLine && still.has(inner) && !going.has(inner)) places.push({ address: row.address, line: row.line, column: row.column });
    going = still;
  }
  return { isFile: true, places, lines };
}

/** clang marks only rows as statements whose line is not that of the row before, which another copy may have. */
function isFirstOf(copy: Copy | undefined, { address }: Row): boolean {
  return copy !== undefined && copy.firstView === undefined && copy.entry === address;
}

/** All rows but those that neither have code nor begin a statement. */
function rowsOf(program: LineProgram): readonly (RowInTable | undefined)[] {
  const rows: (RowInTable | undefined)[] = [];
  let before: Row | undefined;
  let view = 0;
  runProgram(program, (row) => {
    const isSame = row !== undefined && before?.address === row.address;
    if (isSame && !before!.isStatement) rows.pop();
    if (isSame && rows.at(-1)?.address === row.address) rows[rows.length - 1] = { ...rows.at(-1)!, isLast: false };
    view = isSame ? view + 1 : 0;
    rows.push(row && { ...row, view, isLast: true });
    before = row;
  });
  return rows;
}

function isNamed(path: string, wanted: string): boolean {
  return path === wanted || (!wanted.startsWith('/') && path.endsWith(`/${wanted}`));
}

interface LineProgram {
  readonly cursor: Cursor;
  readonly programAt: number;
  readonly version: number;
  readonly files: readonly string[];
  readonly minimumBytes: number;
  readonly isStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly firstSpecial: number;
  readonly operands: readonly number[];
  readonly addressBytes: 4 | 8;
}

function readHeader(unit: Unit, at: number): LineProgram {
  const { file } = unit;
  const source = file.need('line');
  const head = new Cursor(source.read(at, 12));
  const short = head.u32();
  const offsetBytes = short === 0xffff_ffff ? 8 : 4;
  const length = offsetBytes === 8 ? head.place(8) : short;
  if (at + head.at + length > source.size || length > MOST_TABLE_BYTES) throw new DamagedDwarf('.debug_line reaches beyond its end');
  const cursor = new Cursor(source.read(at + head.at, length));
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new DamagedDwarf(`a table of lines has version ${version}; tbpf reads 2 to 5`);
  let addressBytes: 4 | 8 = unit.header.addressBytes === 4 ? 4 : 8;
  if (version >= 5) {
    addressBytes = cursor.u8() === 4 ? 4 : 8;
    cursor.skip(1);
  }
  const headerBytes = cursor.place(offsetBytes);
  const programAt = cursor.at + headerBytes;
  const minimumBytes = cursor.u8();
  if (version >= 4) cursor.skip(1);
  const isStatement = cursor.u8() !== 0;
  const lineBase = (cursor.u8() << 24) >> 24;
  const lineRange = cursor.u8();
  const firstSpecial = cursor.u8();
  if (lineRange === 0 || firstSpecial === 0) throw new DamagedDwarf('a table of lines has no range of lines');
  const operands = Array.from({ length: firstSpecial - 1 }, () => cursor.u8());
  const folder = unit.root.text(attribute.compilationFolder) ?? '';
  const files = version >= 5 ? filesOf5(file, cursor, offsetBytes) : filesOf4(cursor, folder, unit.root.name);
  return { cursor, programAt, version, files, minimumBytes, isStatement, lineBase, lineRange, firstSpecial, operands, addressBytes };
}

function joined(folder: string, name: string): string {
  return name.startsWith('/') || folder === '' ? name : `${folder}/${name}`;
}

function filesOf4(cursor: Cursor, folder: string, name: string): readonly string[] {
  const folders = [folder];
  for (let text = cursor.text(); text !== ''; text = cursor.text()) folders.push(joined(folder, text));
  const files = [joined(folder, name)];
  for (let text = cursor.text(); text !== ''; text = cursor.text()) {
    files.push(joined(folders[cursor.uleb()] ?? '', text));
    cursor.uleb();
    cursor.uleb();
  }
  return files;
}

function filesOf5(file: FileOfUnits, cursor: Cursor, offsetBytes: 4 | 8): readonly string[] {
  const folders = entriesOf5(file, cursor, offsetBytes).map(({ path }) => path);
  return entriesOf5(file, cursor, offsetBytes).map(({ path, folder }) => joined(joined(folders[0] ?? '', folders[folder] ?? ''), path));
}

function entriesOf5(file: FileOfUnits, cursor: Cursor, offsetBytes: 4 | 8): readonly { readonly path: string; readonly folder: number }[] {
  const formats = Array.from({ length: cursor.u8() }, () => ({ content: cursor.uleb(), form: cursor.uleb() }));
  const count = cursor.uleb();
  if (count > MOST_ENTRIES) throw new DamagedDwarf('a table of lines has too many files');
  return Array.from({ length: count }, () => {
    const entry = { path: '', folder: 0 };
    for (const format of formats) {
      const value = valueOf(file, cursor, format.form, offsetBytes);
      if (format.content === content.path && typeof value === 'string') entry.path = value;
      if (format.content === content.folder && typeof value === 'number') entry.folder = value;
    }
    return entry;
  });
}

function valueOf(file: FileOfUnits, cursor: Cursor, wanted: number, offsetBytes: 4 | 8): string | number {
  switch (wanted) {
    case form.string: return cursor.text();
    case form.strp: return file.text({ section: 'str', offset: cursor.place(offsetBytes) });
    case form.lineStrp: return file.text({ section: 'line_str', offset: cursor.place(offsetBytes) });
    case form.data1: return cursor.u8();
    case form.data2: return cursor.u16();
    case form.data4: return cursor.u32();
    case form.data8: return cursor.place(8);
    case form.udata: return cursor.uleb();
    case form.data16: return cursor.skip(16);
    case form.block: return cursor.skip(cursor.uleb());
    default: throw new DamagedDwarf(`a table of lines has form 0x${wanted.toString(16)}, which is not known`);
  }
}

/** Calls back for each row of code that is in the file; undefined where a run of addresses ends. */
function runProgram(program: LineProgram, add: (row: Row | undefined) => void): void {
  let isFirst = true;
  let isGone = false;
  runAll(program, (row) => {
    if (isFirst) isGone = row?.address === 0;
    isFirst = row === undefined;
    if (!isGone) add(row);
  });
}

function runAll(program: LineProgram, add: (row: Row | undefined) => void): void {
  const { cursor, programAt, minimumBytes, lineBase, lineRange, firstSpecial, operands } = program;
  cursor.at = programAt;
  const start = { address: 0, file: 1, line: 1, column: 0, isStatement: program.isStatement };
  let row = { ...start };
  const special = (operation: number): void => {
    const adjusted = operation - firstSpecial;
    row.address += Math.floor(adjusted / lineRange) * minimumBytes;
    row.line += lineBase + (adjusted % lineRange);
  };
  while (!cursor.isAtEnd) {
    const operation = cursor.u8();
    if (operation >= firstSpecial) {
      special(operation);
      add({ ...row });
      continue;
    }
    switch (operation) {
      case 0: {
        const size = cursor.uleb();
        const end = cursor.at + size;
        const kind = size === 0 ? 0 : cursor.u8();
        if (kind === extended.endSequence) {
          add(undefined);
          row = { ...start };
        } else if (kind === extended.setAddress) row.address = cursor.place(size === 5 ? 4 : 8);
        cursor.at = end;
        break;
      }
      case standard.copy: add({ ...row }); break;
      case standard.advancePc: row.address += cursor.uleb() * minimumBytes; break;
      case standard.advanceLine: row.line += Number(cursor.sleb()); break;
      case standard.setFile: row.file = cursor.uleb(); break;
      case standard.setColumn: row.column = cursor.uleb(); break;
      case standard.negateStatement: row.isStatement = !row.isStatement; break;
      case standard.basicBlock: break;
      case standard.addConstant: row.address += Math.floor((255 - firstSpecial) / lineRange) * minimumBytes; break;
      case standard.fixedAdvance: row.address += cursor.u16(); break;
      default: for (let i = 0; i < (operands[operation - 1] ?? 0); i++) cursor.uleb();
    }
  }
}
