// Which addresses the code of a unit or a function has.
//
//   facts  DWARF 5 2.17 and 7.28. Lists of .dwo files of DWARF 4 lie in the program itself, from a place on that its skeleton says

import { attribute, form, rangeEntry } from './constants.js';
import { Cursor, DamagedDwarf } from './cursor.js';
import type { Entry } from './unit.js';

const MOST_RANGES = 1 << 16;
const WIDE = 0xffff_ffff;
const addressForms: readonly number[] = [form.addr, form.addrx, form.addrx1, form.addrx2, form.addrx3, form.addrx4, form.gnuAddrIndex];

export interface AddressRange { readonly start: number; readonly end: number }

/** [] when it has none. The first is where it is entered. */
export function rangesOf(entry: Entry): readonly AddressRange[] {
  const start = entry.address(attribute.lowPc);
  const high = entry.get(attribute.highPc);
  if (start !== undefined && high !== undefined) {
    const isAddress = entry.abbreviation.attributes.some(({ name, form }) => name === attribute.highPc && addressForms.includes(form));
    const end = isAddress ? entry.address(attribute.highPc)! : start + (entry.number(attribute.highPc) ?? 0);
    return end > start ? [{ start, end }] : [];
  }
  const list = entry.number(attribute.ranges);
  if (list === undefined) return [];
  return entry.unit.header.version >= 5 ? rangeList(entry, list) : oldRangeList(entry, list);
}

function rangeList({ unit, abbreviation }: Entry, list: number): readonly AddressRange[] {
  const { file } = unit;
  const isIndex = abbreviation.attributes.some((each) => each.name === attribute.ranges && each.form === form.rnglistx);
  const { offsetBytes, addressBytes } = unit.header;
  const tableAt = (file.isSplit ? undefined : unit.root.number(attribute.rangeListsBase)) ?? (offsetBytes === 8 ? 20 : 12);
  const at = isIndex ? tableAt + file.placeAt('rnglists', tableAt + list * offsetBytes, offsetBytes) : list;
  const cursor = new Cursor(file.need('rnglists').read(at, MOST_RANGES * 18));
  const address = (): number => cursor.place(addressBytes === 4 ? 4 : 8);
  const found: AddressRange[] = [];
  for (let base = unit.baseAddress; found.length < MOST_RANGES;) {
    const kind = cursor.u8();
    switch (kind) {
      case rangeEntry.endOfList: return found;
      case rangeEntry.baseAddressx: base = unit.addressOfIndex(cursor.uleb()); break;
      case rangeEntry.baseAddress: base = address(); break;
      case rangeEntry.startxEndx: found.push({ start: unit.addressOfIndex(cursor.uleb()), end: unit.addressOfIndex(cursor.uleb()) }); break;
      case rangeEntry.startxLength: {
        const first = unit.addressOfIndex(cursor.uleb());
        found.push({ start: first, end: first + cursor.uleb() });
        break;
      }
      case rangeEntry.offsetPair: found.push({ start: base + cursor.uleb(), end: base + cursor.uleb() }); break;
      case rangeEntry.startEnd: found.push({ start: address(), end: address() }); break;
      case rangeEntry.startLength: {
        const first = address();
        found.push({ start: first, end: first + cursor.uleb() });
        break;
      }
      default: throw new DamagedDwarf(`a list of ranges has an entry of kind ${kind}`);
    }
  }
  return found;
}

function oldRangeList({ unit }: Entry, list: number): readonly AddressRange[] {
  const { file, root, header } = unit.inProgram;
  const addressBytes = header.addressBytes === 4 ? 4 : 8;
  const at = list + (unit.file.isSplit ? root.number(attribute.gnuRangesBase) ?? 0 : 0);
  const cursor = new Cursor(file.need('ranges').read(at, MOST_RANGES * 16));
  const highest = addressBytes === 4 ? WIDE : Number.MAX_SAFE_INTEGER;
  const found: AddressRange[] = [];
  for (let base = unit.baseAddress; found.length < MOST_RANGES;) {
    const [first, second] = [cursor.place(addressBytes), cursor.place(addressBytes)];
    if (first === 0 && second === 0) return found;
    if (first === highest) base = second;
    else found.push({ start: base + first, end: base + second });
  }
  return found;
}
