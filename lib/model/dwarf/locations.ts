// Where the debug information says that a parameter is when its function begins.
//
//   idea   where an expression says something else than a register, only this is known: that no register is named
//   facts  DWARF 5 2.5, 2.6 and 7.7.3: one expression, or a list of such by ranges of addresses. Without optimization a parameter has a place in the
//          stack frame, which the first instructions put it to: this says nothing of the register that it came in

import { attribute, form, listEntry, splitListEntry } from './constants.js';
import { Cursor, DamagedDwarf } from './cursor.js';
import type { Entry, Unit } from './unit.js';

/** memory: in the stack frame of its function;  lost: a constant, something that is computed, or nothing at all */
export type EntryPlace = { readonly register: number } | 'memory' | 'lost';

const MOST_LIST_BYTES = 1 << 20;
const FRAME_POINTER = 6;
const STACK_POINTER = 7;
const operation = { dereference: 0x06, constant: 0x10, and: 0x1a, stackValue: 0x9f, convert: 0xa8, register: 0x50, baseRegister: 0x70, registerx: 0x90, frameBase: 0x91, callFrame: 0x9c } as const;
const REGISTERS = 32;

/** @param address  where the function begins */
export function placeAtEntry(parameter: Entry, address: number): EntryPlace {
  const value = parameter.get(attribute.location);
  const expression = typeof value === 'number' || typeof value === 'bigint' ? listed(parameter, Number(value), address) : value;
  return expression instanceof Uint8Array && expression.length > 0 ? placeOf(expression) : 'lost';
}

function placeOf(expression: Uint8Array): EntryPlace {
  const cursor = new Cursor(expression);
  const code = cursor.u8();
  if (code >= operation.register && code < operation.register + REGISTERS && cursor.isAtEnd) return { register: code - operation.register };
  if (code === operation.registerx) {
    const register = cursor.uleb();
    return cursor.isAtEnd ? { register } : 'lost';
  }
  const offset = (): bigint => cursor.sleb();
  const frame = [FRAME_POINTER, STACK_POINTER].some((register) => code === operation.baseRegister + register);
  if (code === operation.callFrame) return 'memory';
  if (code === operation.frameBase || frame) {
    offset();
    // an object that is passed by reference has its address there
    return cursor.isAtEnd || (cursor.u8() === operation.dereference && cursor.isAtEnd) ? 'memory' : 'lost';
  }
  // what is computed from a register and cut to its own width is in that register
  const isRegister = code >= operation.baseRegister && code < operation.baseRegister + REGISTERS && offset() === 0n && isOnlyCut(cursor);
  return isRegister ? { register: code - operation.baseRegister } : 'lost';
}

/** Whether the rest of an expression does no more to a number than to cut or widen it. */
function isOnlyCut(cursor: Cursor): boolean {
  while (!cursor.isAtEnd) {
    const code = cursor.u8();
    if (code === operation.stackValue) return cursor.isAtEnd;
    if (code === operation.constant || code === operation.convert) cursor.bigUleb();
    else if (code !== operation.and) return false;
  }
  return false;
}

/** The expression of a list that holds at an address. */
function listed({ unit, abbreviation }: Entry, list: number, address: number): Uint8Array | undefined {
  const { file } = unit;
  if (file.sections.section(unit.header.version < 5 ? 'loc' : 'loclists') === undefined) return undefined;
  if (unit.header.version < 5) return file.isSplit ? ofSplitList(unit, list, address) : ofOldList(unit, list, address);
  const { offsetBytes, addressBytes } = unit.header;
  const isIndex = abbreviation.attributes.some((each) => each.name === attribute.location && each.form === form.loclistx);
  const tableAt = (file.isSplit ? undefined : unit.root.number(attribute.locationListsBase)) ?? (offsetBytes === 8 ? 20 : 12);
  const at = isIndex ? tableAt + file.placeAt('loclists', tableAt + list * offsetBytes, offsetBytes) : list;
  const cursor = new Cursor(file.need('loclists').read(at, MOST_LIST_BYTES));
  const place = (): number => cursor.place(addressBytes === 4 ? 4 : 8);
  let start = unit.baseAddress;
  for (let otherwise: Uint8Array | undefined; ;) {
    const kind = cursor.u8();
    let range: readonly [number, number];
    switch (kind) {
      case listEntry.endOfList: return otherwise;
      case listEntry.baseAddressx: start = unit.addressOfIndex(cursor.uleb()); continue;
      case listEntry.baseAddress: start = place(); continue;
      case listEntry.startxEndx: range = [unit.addressOfIndex(cursor.uleb()), unit.addressOfIndex(cursor.uleb())]; break;
      case listEntry.startxLength: range = withLength(unit.addressOfIndex(cursor.uleb()), cursor.uleb()); break;
      case listEntry.offsetPair: range = [start + cursor.uleb(), start + cursor.uleb()]; break;
      case listEntry.defaultLocation: otherwise = cursor.block(cursor.uleb()); continue;
      case listEntry.startEnd: range = [place(), place()]; break;
      case listEntry.startLength: range = withLength(place(), cursor.uleb()); break;
      case listEntry.viewPair: cursor.uleb(); cursor.uleb(); continue;
      default: throw new DamagedDwarf(`a list of locations has an entry of kind ${kind}`);
    }
    const expression = cursor.block(cursor.uleb());
    if (address >= range[0] && address < range[1]) return expression;
  }
}

function withLength(start: number, length: number): readonly [number, number] {
  return [start, start + length];
}

function ofOldList(unit: Unit, list: number, address: number): Uint8Array | undefined {
  const { file, baseAddress } = unit;
  const addressBytes = unit.header.addressBytes === 4 ? 4 : 8;
  const cursor = new Cursor(file.need('loc').read(list, MOST_LIST_BYTES));
  const highest = addressBytes === 4 ? 0xffff_ffff : Number.MAX_SAFE_INTEGER;
  for (let base = baseAddress; ;) {
    const [first, second] = [cursor.place(addressBytes), cursor.place(addressBytes)];
    if (first === 0 && second === 0) return undefined;
    if (first === highest) {
      base = second;
      continue;
    }
    const expression = cursor.block(cursor.u16());
    if (address >= base + first && address < base + second) return expression;
  }
}

/** In a .dwo file of DWARF 4, as GCC and clang write it (https://gcc.gnu.org/wiki/DebugFission). */
function ofSplitList(unit: Unit, list: number, address: number): Uint8Array | undefined {
  const cursor = new Cursor(unit.file.need('loc').read(list, MOST_LIST_BYTES));
  for (;;) {
    const kind = cursor.u8();
    let range: readonly [number, number];
    switch (kind) {
      case splitListEntry.endOfList: return undefined;
      case splitListEntry.baseAddressx: cursor.uleb(); continue;
      case splitListEntry.viewPair: cursor.uleb(); cursor.uleb(); continue;
      case splitListEntry.startxEndx: range = [unit.addressOfIndex(cursor.uleb()), unit.addressOfIndex(cursor.uleb())]; break;
      case splitListEntry.startxLength: range = withLength(unit.addressOfIndex(cursor.uleb()), cursor.u32()); break;
      default: throw new DamagedDwarf(`a list of locations has an entry of kind ${kind}`);
    }
    const expression = cursor.block(cursor.u16());
    if (address >= range[0] && address < range[1]) return expression;
  }
}
