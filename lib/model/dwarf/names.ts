// Types and enumerators by name.
//
//   idea   no index of names is needed: a unit can only define a name whose text, or a reference to whose text, stands in its bytes. Those are searched
//          for, and of the units that have them the entries are looked at. The units of the probed code come first: programs may have
//          several types of one name
//   facts  linkers let texts share their ends, so that a name may stand behind other characters. Types inside of functions have no names for others

import { attribute, tag } from './constants.js';
import { TbpfError } from '../diagnostics/errors.js';
import { DamagedDwarf } from './cursor.js';
import type { DwarfFile } from './dwarf-file.js';
import type { ByteSource } from './sections.js';
import type { SplitUnits } from './split.js';
import type { AttributeValue, Entry, Unit } from './unit.js';

/** so many texts end with a name of one letter that it is simpler to look at all units */
const MOST_TEXTS = 64;
const MOST_IMPORTED = 4096;
const MOST_DEPTH = 64;
const MOST_SHAPE_DEPTH = 3;
const encoder = new TextEncoder();

export type NamedKind = 'struct' | 'union' | 'enum' | 'typedef' | 'base' | 'enumerator';

const tagsOf: Readonly<Record<NamedKind, readonly number[]>> = {
  struct: [tag.structureType, tag.classType], union: [tag.unionType], enum: [tag.enumerationType], typedef: [tag.typedef], base: [tag.baseType], enumerator: [tag.enumerator],
};

export class NameSearch {
  private readonly known = new Map<string, Entry | undefined>();

  constructor(private readonly file: DwarfFile, private readonly split: SplitUnits) {}

  /** The first definition of the name; of an enumerator its enum.
   * @param first  units to look at before all others */
  find(kind: NamedKind, name: string, first: readonly Unit[]): Entry | undefined {
    const key = `${kind} ${name} ${first.map(({ inProgram: { header } }) => header.offset).join()}`;
    if (!this.known.has(key)) this.known.set(key, this.search(kind, name, first));
    return this.known.get(key);
  }

  private search(kind: NamedKind, name: string, first: readonly Unit[]): Entry | undefined {
    const others = new Set<Unit>();
    for (const file of this.files) for (const unit of unitsWith(file, name)) others.add(unit);
    // C++ means the type outside of classes and namespaces by a bare name
    for (const isNested of [false, true]) {
      for (const units of [withImported(first), [...others]]) {
        const found = units.flatMap((unit) => definitionsIn(unit.root, kind, name, isNested, 0));
        if (found.length > 0) return this.only(found, kind, name);
      }
    }
    return undefined;
  }

  private only(found: readonly Entry[], kind: NamedKind, name: string): Entry {
    if (new Set(found.map((entry) => shapeOf(entry, kind, name, 0))).size === 1) return found[0]!;
    throw new TbpfError(`${this.file.sections.path} has several types for ${kind} ${name} that differ, and its debug information does not say which one the probed code means. Define it in the script under another name.`, { code: 'ERR_DWARF', operation: 'read DWARF' });
  }

  /** All that names may stand in: the program's own file, those that -gsplit-dwarf or dwz moved something to, and the parts that have types alone. */
  private get files(): readonly DwarfFile[] {
    const files = [this.file, ...this.split.files.found];
    return [...files.flatMap((file) => file.typesFile ?? []), ...files, ...(this.file.supplementFile === undefined ? [] : [this.file.supplementFile])];
  }
}

/** Units in which the name may be defined. */
function *unitsWith(file: DwarfFile, name: string): Generator<Unit> {
  for (const header of file.unitHeaders) if (header.signature !== undefined) yield file.unit(header);
  const text = encoder.encode(`${name}\0`);
  const texts = placesOf(file.sections.section('str'), text, MOST_TEXTS);
  const isEverywhere = texts === undefined || file.unitHeaders.some(({ offsetBytes }) => offsetBytes === 8);
  if (isEverywhere) {
    for (const header of file.unitHeaders) yield file.unit(header);
    return;
  }
  const info = file.sections.section('info');
  for (const bytes of info === undefined ? [] : [text, ...texts.map(wordOf)]) {
    for (let at = info!.indexOf(bytes, 0); at >= 0;) {
      const unit = file.unitAround(at);
      yield unit;
      at = info!.indexOf(bytes, unit.header.end);
    }
  }
  yield* unitsByIndex(file, texts);
}

/** Units that refer to texts by their numbers in .debug_str_offsets. */
function *unitsByIndex(file: DwarfFile, texts: readonly number[]): Generator<Unit> {
  const offsets = file.sections.section('str_offsets');
  if (offsets === undefined || texts.length === 0) return;
  const places = texts.flatMap((text) => placesOf(offsets, wordOf(text), Infinity) ?? []);
  if (places.length === 0) return;
  const units = file.unitHeaders.map((header) => file.unit(header)).filter((unit) => file.isSplit || unit.root.has(attribute.stringOffsetsBase));
  const bases = [...new Set(units.map((unit) => unit.textIndexBase))].sort((a, b) => a - b);
  const wanted = new Set(places.map((place) => bases.findLast((base) => base <= place)));
  for (const unit of units) if (wanted.has(unit.textIndexBase)) yield unit;
}

/** Units, and those that they say they have the entries of, too: parts that dwz and the linker found several units to have in common. */
function withImported(units: readonly Unit[]): readonly Unit[] {
  const all = new Set(units);
  for (const unit of all) {
    for (const child of unit.root.children()) {
      if (child.tag !== tag.importedUnit) continue;
      const imported = child.entry(attribute.import);
      if (imported !== undefined) all.add(imported.unit);
      if (all.size > MOST_IMPORTED) return [...all];
    }
  }
  return [...all];
}

/** undefined: more than `most` */
function placesOf(source: ByteSource | undefined, bytes: Uint8Array, most: number): number[] | undefined {
  const found: number[] = [];
  for (let at = source?.indexOf(bytes, 0) ?? -1; at >= 0; at = source!.indexOf(bytes, at + 1)) {
    if (found.length === most) return undefined;
    found.push(at);
  }
  return found;
}

function wordOf(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function definitionsIn(parent: Entry, kind: NamedKind, name: string, isNested: boolean, depth: number): Entry[] {
  if (depth > MOST_DEPTH) throw new DamagedDwarf('entries lie too deep in each other');
  const found: Entry[] = [];
  for (const child of parent.children()) {
    if (tagsOf[kind].includes(child.tag) && !child.has(attribute.declaration) && !child.has(attribute.signature) && child.name === name) found.push(kind === 'enumerator' ? parent : child);
    if ((isNested && holdsTypes.has(child.tag)) || (kind === 'enumerator' && child.tag === tag.enumerationType)) found.push(...definitionsIn(child, kind, name, isNested, depth + 1));
  }
  return found;
}

/** Numbers and expressions as text; none of the attributes that are compared refers to something else. */
function attributeText(value: AttributeValue | undefined): string {
  if (value instanceof Uint8Array) return value.join(' ');
  return typeof value === 'object' || value === undefined ? '' : String(value);
}

/** What two definitions of a name have to have in common to be one type. */
function shapeOf(entry: Entry, kind: NamedKind, name: string, depth: number): string {
  const children = [...entry.children()];
  if (kind === 'enumerator') return attributeText(children.find((child) => child.name === name)?.get(attribute.constValue));
  const parts = depth > MOST_SHAPE_DEPTH ? [] : children.filter((child) => child.tag === tag.member || child.tag === tag.inheritance || child.tag === tag.enumerator || child.tag === tag.subrangeType);
  const own = [entry.tag, entry.name, ...[attribute.byteSize, attribute.encoding, attribute.memberLocation, attribute.dataBitOffset, attribute.bitOffset, attribute.bitSize, attribute.constValue, attribute.upperBound].map((each) => attributeText(entry.get(each)))].join();
  const type = depth < MOST_SHAPE_DEPTH ? entry.entry(attribute.type) : undefined;
  return `${own}{${parts.map((part) => shapeOf(part, kind === 'enum' ? kind : 'struct', name, depth + 1)).join(';')}}${type ? shapeOf(type, 'struct', name, depth + 1) : ''}`;
}

const holdsTypes: ReadonlySet<number> = new Set([tag.namespace, tag.structureType, tag.classType, tag.unionType]);

