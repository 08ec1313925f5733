// Scripts that are wrong, and what is said about them: how a file of this directory is written, read, compiled and blessed.
//
//   file   //% key: value                    settings (Settings below), any number of lines, first
//          a script, with behind each guilty line
//          //! CODE [text under the marks] message //? hint //? hint //+ [text] note
//   place  `//! …` means the line it stands on. `//!@3 …` means line 3 and `//!@- …` the script as a whole; these stand at the end of
//          the file, where the script's line cannot hold a comment
//   facts  everything is compared, so that a follow-up of an error that was told already fails a case. A newline in the text under the
//          marks is written `⏎`

import type { DebugInfo } from '../../lib/model/dwarf/debug-info.js';
import { TbpfError } from '../../lib/model/diagnostics/errors.js';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile, type CompileResult } from '../../lib/compile.js';
import type { Diagnostic } from '../../lib/model/diagnostics/diagnostic.js';
import { Source, textOf, type Span } from '../../lib/model/source/source.js';
import type { BinaryFacts, FunctionSymbol } from '../../lib/model/target/target.js';
import { matcher } from '../../lib/model/target/pattern.js';
import type { UsdtNote } from '../../lib/model/target/usdt-note.js';
import { FixtureTarget } from '../helpers/fixture-target.js';

export const directory = fileURLToPath(new URL('./', import.meta.url));

export interface Settings {
  /** `--unsafe` */
  readonly unsafe?: boolean;
  /** positional parameters, separated by blanks; `''` is an empty one */
  readonly parameters?: string;
  /** `-p` */
  readonly pid?: number;
  /** for a file, which takes parameters when it is run */
  readonly portable?: boolean;
  /** features the machine has not, separated by blanks */
  readonly lacks?: string;
  /** false: a kernel without types */
  readonly btf?: boolean;
}

export interface Case {
  readonly name: string;
  readonly settings: Settings;
  readonly text: string;
  /** sorted lines `LINE CODE [text] message …`, LINE is `-` for the whole script */
  readonly expected: readonly string[];
}

const expectation = /[ \t]*\/\/!(@(\d+|-))? (.*)$/;

export function caseNames(): string[] {
  return readdirSync(directory).filter((file) => file.endsWith('.bt')).sort();
}

export function readCase(name: string): Case {
  const text = readFileSync(`${directory}${name}`, 'utf8');
  const expected: string[] = [];
  text.split('\n').forEach((line, i) => {
    const [, , place, rest] = expectation.exec(line) ?? [];
    if (rest === undefined) return;
    for (const each of rest.split(' //! ')) expected.push(`${place ?? i + 1} ${each}`);
  });
  return { name, settings: readSettings(name, text), text, expected: expected.sort() };
}

function readSettings(name: string, text: string): Settings {
  const settings: Record<string, string | number | boolean> = {};
  for (const [, key, value] of text.matchAll(/^\/\/% (\w+): (.*)$/gm)) {
    switch (key) {
      case 'unsafe': case 'btf': case 'portable': settings[key] = value === 'yes'; break;
      case 'parameters': case 'lacks': settings[key] = value!; break;
      case 'pid': settings[key] = Number(value); break;
      default: throw new Error(`${name}: there is no setting ${key}`);
    }
  }
  return settings;
}

// ---- compiling -------------------------------------------------------------------------------------------------

const notes: readonly UsdtNote[] = [
  ['app', 'start', '-4@%edi 8f@%xmm0 8@lost(%rip)'], ['app', 'end', ''], ['lib', 'end', ''], ['app', 'outside', '', -1], ['app', 'counted', '', 0x1010, -1],
].map(([provider, name, text, place = 0x1010, semaphore = 0]) => (
  { provider, name, arguments: text, address: place, fileOffset: place, semaphoreAddress: Math.abs(semaphore as number), semaphoreOffset: semaphore } as UsdtNote));

/** A program for uprobes: main of 64 bytes, its instructions two each, `empty` of no size, two C++ functions. */
export const binary: BinaryFacts = (() => {
  const symbol = (name: string, address: bigint, size: number): FunctionSymbol => ({ name, address, size, fileOffset: address });
  const symbols = [symbol('main', 0x1000n, 64), symbol('empty', 0x1100n, 0), symbol('ns::run(int)', 0x1200n, 32), symbol('ns::run(char)', 0x1300n, 32), symbol('table', 0x3000n, 64), { ...symbol('copy', 0x1400n, 16), isChooser: true as const }, symbol('__copy_fast', 0x1410n, 16)];
  return {
    path: '/bin/app', isExecutable: true, inode: 77n, isPie: false, debugInfo: () => ({ lookedFor: ['/bin/app', '/usr/lib/debug/bin/app.debug'] }),
    findFunctions: (name) => symbols.filter((each) => each.name === name),
    importsFunction: (name) => name === 'malloc',
    matchFunctions: (pattern) => symbols.filter((each) => matcher(pattern)(each.name)),
    fileOffsetOf: (address) => (address >= 0x1000n && address < 0x2000n ? address : undefined),
    functionAt: (address) => symbols.find((each) => address >= each.address && address < each.address + BigInt(each.size)),
    beginsInstruction: (_, offset) => offset % 2n === 0n,
    usdtNotes: () => notes,
    findData: (name) => (name === 'counter' ? [{ address: 0x3000n, size: 4 }] : name === 'twice' ? [{ address: 0x3000n, size: 4 }, { address: 0x3004n, size: 4 }] : []),
  };
})();

/** Of a program whose x.c has code in line 4 alone, and no function that a probe knows. */
const described = {
  path: '/bin/described', functionAt: () => undefined, find: () => undefined, placesOf: (file: string) => (file === 'x.c' ? { places: [], lines: [4] } : undefined),
} as unknown as DebugInfo;

function damaged(): never {
  throw new TbpfError('The debug information (DWARF) of /bin/damaged cannot be read: a text has no end', { code: 'ERR_DWARF', operation: 'read DWARF' });
}

/** With the first of all, which says that addresses may be seen; `closed` must not be traced. */
const kernelSymbols = { _stext: 0xffff_ffff_8100_0000n, vfs_read: 0xffff_ffff_8130_0000n, vfs_write: 0xffff_ffff_8130_1000n, closed: 0xffff_ffff_8120_0000n, jiffies: 0xffff_ffff_8260_0000n };

export function compileCase({ settings, text }: Pick<Case, 'settings' | 'text'>): CompileResult {
  const target = new FixtureTarget({
    btf: settings.btf, lacks: settings.lacks?.split(' '), symbols: kernelSymbols,
    binaries: { '/bin/app': binary, '/bin/application': { ...binary, path: '/bin/application' }, '/bin/nothing': { ...binary, path: '/bin/nothing', usdtNotes: () => [] }, '/bin/described': { ...binary, path: '/bin/described', debugInfo: () => described }, '/bin/damaged': { ...binary, path: '/bin/damaged', debugInfo: damaged } },
  });
  return compile(new Source('case.bt', text), target, {
    unsafe: settings.unsafe, pid: settings.pid, portable: settings.portable,
    parameters: settings.parameters?.split(' ').map((each) => (each === "''" ? '' : each)),
    readImport(path) {
      if (path.startsWith('shared/')) return { problem: 'writable', directory: 'shared' };
      if (path.startsWith('unusable/')) return { problem: 'unusable', text: `${path} is not a regular file` };
      const found = readText(path);
      return found === undefined ? { problem: 'missing', checked: [`./${path}`] } : { files: [{ name: path, text: found }] };
    },
    readHeader: (name) => {
      const found = readText(name);
      return found === undefined ? undefined : { name, text: found };
    },
  });
}

/** What the scripts import and include: the files in `files/`. */
function readText(name: string): string | undefined {
  return readdirSync(`${directory}files`).includes(name) ? readFileSync(`${directory}files/${name}`, 'utf8') : undefined;
}

// ---- what was said ---------------------------------------------------------------------------------------------

/** One line per diagnostic, as an expectation is written, its place in front. */
export function saidOf(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map((d) => `${placeOf(d.span)} ${spell(d)}`).sort();
}

function placeOf(span: Span | undefined): string {
  if (!span) return '-';
  // inside of imported text there is no line of the script
  if (span.source.name !== 'case.bt') return '-';
  return String(span.source.positionAt(span.start).line);
}

function spell(d: Diagnostic): string {
  const at = (span: Span | undefined): string => (span ? ` [${textOf(span).split('\n').map((line) => line.replace(expectation, '')).join('⏎')}]` : '');
  const notes = d.notes.map((note) => ` //+${at(note.span)} ${note.message}`).join('');
  const { message, hints } = d.saidBy('command');
  return `${d.code}${at(d.span)} ${message}${hints.map((hint) => ` //? ${hint}`).join('')}${notes}`.trimEnd();
}

/** The text with the expectations that fit what is said about it. */
export function bless({ settings, text }: Case): string {
  let lines = text.split('\n').filter((line) => !/^\/\/!@/.test(line)).map((line) => line.replace(expectation, ''));
  const said = (): string[] => saidOf(compileCase({ settings, text: lines.join('\n') }).diagnostics);
  const before = said();
  for (const each of before) {
    const [, place, rest] = /^(\S+) (.*)$/.exec(each)!;
    const written = lines.map((line, i) => (String(i + 1) !== place ? line : expectation.test(line) ? `${line} //! ${rest}` : `${line}  //! ${rest}`));
    // a line that cannot hold a comment: the comment would change what is said
    const same = JSON.stringify(saidOf(compileCase({ settings, text: written.join('\n') }).diagnostics)) === JSON.stringify(before);
    if (place !== '-' && same) lines = written;
    else lines = [...lines.slice(0, lines.at(-1) === '' ? -1 : undefined), `//!@${place} ${rest}`, ''];
  }
  return lines.join('\n');
}
