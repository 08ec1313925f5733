// What the compiler asks of a program's debug information: functions, types by name, places of source lines.

import { DwarfFile } from './dwarf-file.js';
import { type DwarfFunction, FunctionIndex } from './functions.js';
import { type LinePlace, linesOf } from './lines.js';
import { type NamedKind, NameSearch } from './names.js';
import type { DwarfSections } from './sections.js';
import { SplitUnits } from './split.js';
import { DwarfGraph } from './types.js';
import type { Unit } from './unit.js';
import type { TypeId } from '../btf/types.js';

export class DebugInfo {
  readonly types = new DwarfGraph();
  private readonly file: DwarfFile;
  private readonly split: SplitUnits;
  private readonly functions: FunctionIndex;
  private readonly search: NameSearch;

  constructor(sections: DwarfSections) {
    this.file = new DwarfFile(sections);
    this.split = new SplitUnits(this.file);
    this.functions = new FunctionIndex(this.file, this.split, this.types.idOf);
    this.search = new NameSearch(this.file, this.split);
  }

  /** the file that has it */
  get path(): string {
    return this.file.sections.path;
  }

  /** The function that begins at an address of the file.
   * @throws TbpfError  ERR_DWARF: what is written there makes no sense; so do the others */
  functionAt(address: number): DwarfFunction | undefined {
    return this.file.guarded(() => this.functions.at(address));
  }

  /** A type by its name, the enum of an enumerator by the enumerator's.
   * @param near  addresses of code: types of the units that it is in are preferred */
  find(kind: NamedKind, name: string, near: readonly number[] = []): TypeId | undefined {
    return this.file.guarded(() => {
      const entry = this.search.find(kind, name, this.unitsAt(near));
      return entry && this.types.idOf(entry);
    });
  }

  /** Where the code of a line begins, by address.
   * @param file  a path, or the end of one
   * @param column  undefined: any
   * @returns undefined  no such file. `lines`: those that have code */
  placesOf(file: string, line: number, column?: number): { readonly places: readonly LinePlace[]; readonly lines: readonly number[] } | undefined {
    return this.file.guarded(() => {
      const units = this.file.unitHeaders.filter((header) => DwarfFile.isCode(header)).map((header) => this.file.unit(header));
      const found = units.map((unit) => linesOf(unit, () => this.wholeOr(unit), file, line, column)).filter(({ isFile }) => isFile);
      if (found.length === 0) return undefined;
      const places = new Map(found.flatMap((each) => each.places).map((place) => [place.address, place]));
      return { places: [...places.values()].sort((a, b) => a.address - b.address), lines: [...new Set(found.flatMap(({ lines }) => [...lines]))].sort((a, b) => a - b) };
    });
  }

  /** Where the file with the functions is missing, the table of lines alone says where a line begins. */
  private wholeOr(unit: Unit): Unit {
    const whole = this.split.whole(unit);
    return 'file' in whole ? whole : unit;
  }

  private unitsAt(near: readonly number[]): readonly Unit[] {
    const units = new Set<Unit>();
    for (const address of near) {
      const unit = this.functions.unitOf(address);
      if (unit && 'file' in unit) units.add(unit);
    }
    return [...units];
  }
}
