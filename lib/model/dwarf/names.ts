// Types and enumerators by name.
//
//   idea   no index of names is needed: a unit can only define a name whose text, or a reference to whose text, stands in its bytes. Those are searched
//          for, and of the units that have them the entries are looked at. The units of the probed code come first: programs may have
//          several types of one name
//   facts  linkers let texts share their ends, so that a name may stand behind other characters. Types inside of functions have no names for others

import { attribute, tag } from './constants.js';
import { DamagedDwarf } from './cursor.js';
import type { DwarfFile } from './dwarf-file.js';
import type { ByteSource } from './sections.js';
import type { Entry, Unit } from './unit.js';

/** so many texts end with a name of one letter that it is simpler to look at all units */
const MOST_TEXTS = 64;
const MOST_DEPTH = 64;
const encoder = new TextEncoder();

export type NamedKind = 'struct' | 'union' | 'enum' | 'typedef' | 'base' | 'enumerator';

const tagsOf: Readonly<Record<NamedKind, readonly number[]>> = {
  struct: [tag.structureType, tag.classType], union: [tag.unionType], enum: [tag.enumerationType], typedef: [tag.typedef], base: [tag.baseType], enumerator: [tag.enumerator],
};

export class NameSearch {
  private readonly known = new Map<string, Entry | undefined>();

  constructor(private readonly file: DwarfFile) {}

  /** The first definition of the name; of an enumerator its enum.
   * @param first  units to look at before all others */
  find(kind: NamedKind, name: string, first: readonly Unit[]): Entry | undefined {
    const key = `${kind} ${name} ${first.map((unit) => unit.header.offset).join()}`;
    if (!this.known.has(key)) this.known.set(key, this.search(kind, name, first));
    return this.known.get(key);
  }

  private search(kind: NamedKind, name: string, first: readonly Unit[]): Entry | undefined {
    for (const unit of first) {
      const found = findIn(unit.root, kind, name, 0);
      if (found) return found;
    }
    const seen = new Set(first.map((unit) => unit.header.offset));
    for (const unit of this.unitsWith(name)) {
      if (seen.has(unit.header.offset)) continue;
      seen.add(unit.header.offset);
      const found = findIn(unit.root, kind, name, 0);
      if (found) return found;
    }
    return undefined;
  }

  private *unitsWith(name: string): Generator<Unit> {
    const text = encoder.encode(`${name}\0`);
    const texts = placesOf(this.file.sections.section('str'), text, MOST_TEXTS);
    const info = this.file.need('info');
    const isEverywhere = texts === undefined || this.file.unitHeaders.some(({ offsetBytes }) => offsetBytes === 8);
    if (isEverywhere) {
      for (const header of this.file.unitHeaders) yield this.file.unit(header);
      return;
    }
    const wanted = [text, ...texts.map(wordOf)];
    for (const bytes of wanted) {
      for (let at = info.indexOf(bytes, 0); at >= 0;) {
        const unit = this.file.unitAround(at);
        yield unit;
        at = info.indexOf(bytes, unit.header.end);
      }
    }
    yield* this.unitsByIndex(texts);
  }

  /** Units that refer to texts by their numbers in .debug_str_offsets. */
  private *unitsByIndex(texts: readonly number[]): Generator<Unit> {
    const offsets = this.file.sections.section('str_offsets');
    if (offsets === undefined || texts.length === 0) return;
    const places = texts.flatMap((text) => placesOf(offsets, wordOf(text), Infinity) ?? []);
    if (places.length === 0) return;
    const units = this.file.unitHeaders.map((header) => this.file.unit(header)).filter((unit) => unit.root.has(attribute.stringOffsetsBase));
    const bases = [...new Set(units.map((unit) => unit.textIndexBase))].sort((a, b) => a - b);
    const wanted = new Set(places.map((place) => bases.findLast((base) => base <= place)));
    for (const unit of units) if (wanted.has(unit.textIndexBase)) yield unit;
  }
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

function findIn(parent: Entry, kind: NamedKind, name: string, depth: number): Entry | undefined {
  if (depth > MOST_DEPTH) throw new DamagedDwarf('entries lie too deep in each other');
  for (const child of parent.children()) {
    if (tagsOf[kind].includes(child.tag) && !child.has(attribute.declaration) && child.name === name) return kind === 'enumerator' ? parent : child;
    const isOpen = holdsTypes.has(child.tag) || (kind === 'enumerator' && child.tag === tag.enumerationType);
    const found = isOpen ? findIn(child, kind, name, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

const holdsTypes: ReadonlySet<number> = new Set([tag.namespace, tag.structureType, tag.classType, tag.unionType]);

