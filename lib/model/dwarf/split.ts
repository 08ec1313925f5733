// What -gsplit-dwarf moved out of a program: .dwo files, one for each unit, or all of them in a .dwp file.
//
//   in     a skeleton: the unit of the program that only says in which file its entries are
//   out    the unit with the entries, or where it was looked for
//   facts  DWARF 5 7.3.2 and appendix F; of DWARF 4 it is an extension of GCC (https://gcc.gnu.org/wiki/DebugFission). Skeleton and unit have a number
//          in common, which another build of the unit does not have

import { attribute, tag } from './constants.js';
import { DamagedDwarf } from './cursor.js';
import { DwarfFile, type FileRole } from './dwarf-file.js';
import { SplitPackage } from './package.js';
import type { Unit } from './unit.js';

/** why: what is wrong, behind the name of the file */
export interface MissingFile { readonly name: string; readonly why: string }

export class SplitUnits {
  private readonly skeletons = new Map<bigint, Unit>();
  private readonly fileByPlace = new Map<string, DwarfFile | MissingFile>();
  private opened: { readonly package: SplitPackage | undefined } | undefined;

  constructor(private readonly program: DwarfFile) {}

  private get role(): FileRole {
    return { skeletons: this.skeletons, kept: this.program.kept };
  }

  /** The unit with the entries of a unit: itself, where it is no skeleton. */
  whole(unit: Unit): Unit | MissingFile {
    if (!isSkeleton(unit)) return unit;
    const file = this.fileOf(unit);
    if (!(file instanceof DwarfFile)) return file;
    for (const header of file.unitHeaders) {
      const found = file.unit(header);
      if (DwarfFile.isCode(header) && found.splitId === unit.splitId) return found;
    }
    return { name: nameOf(unit), why: `${file.sections.path} is of another build of the program` };
  }

  /** The other files of all units, without those that are missing; `missing`: the first of these. */
  get files(): { readonly found: readonly DwarfFile[]; readonly missing: MissingFile | undefined } {
    const found = new Set<DwarfFile>();
    let missing: MissingFile | undefined;
    for (const header of this.program.unitHeaders) {
      if (!DwarfFile.isCode(header)) continue;
      const whole = this.whole(this.program.unit(header));
      if (!('file' in whole)) missing ??= whole;
      else if (whole.file instanceof DwarfFile && whole.file !== this.program) found.add(whole.file);
    }
    for (const file of this.opened?.package?.typeFiles ?? []) found.add(file);
    return { found: [...found], missing };
  }

  private fileOf(unit: Unit): DwarfFile | MissingFile {
    const { splitId } = unit;
    if (splitId === undefined) throw new DamagedDwarf('a unit lies in another file (-gsplit-dwarf) without a number that both have');
    this.skeletons.set(splitId, unit);
    const packed = this.package?.unit(splitId);
    if (packed !== undefined) return packed;
    const [name, folder] = [nameOf(unit), unit.root.text(attribute.compilationFolder) ?? ''];
    const key = `${folder}\0${name}`;
    let file = this.fileByPlace.get(key);
    if (file === undefined) {
      const sections = this.program.sections.split({ folder, name });
      file = 'lookedFor' in sections ? { name, why: `it was looked for here: ${[...sections.lookedFor, ...this.packagePlaces].join(', ')}` } : new DwarfFile(sections, this.role);
      this.fileByPlace.set(key, file);
    }
    return file;
  }

  private get package(): SplitPackage | undefined {
    if (this.opened === undefined) {
      const sections = this.program.sections.split('program');
      this.opened = { package: 'lookedFor' in sections ? undefined : new SplitPackage(sections, this.role) };
    }
    return this.opened.package;
  }

  private get packagePlaces(): readonly string[] {
    const sections = this.program.sections.split('program');
    return 'lookedFor' in sections ? sections.lookedFor : [sections.path];
  }
}

/** Whether the unit only says in which other file its entries are. */
function isSkeleton({ root }: Unit): boolean {
  return root.tag === tag.skeletonUnit || root.has(attribute.dwoName) || root.has(attribute.gnuDwoName);
}

function nameOf({ root }: Unit): string {
  return root.text(attribute.dwoName) ?? root.text(attribute.gnuDwoName) ?? '';
}
