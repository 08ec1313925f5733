// .eh_frame: how to get from a place in the code to the caller's frame.
//
//   in     the section's bytes, and the address that it is mapped at
//   out    rows: from this address on that rule (layout/unwind.ts), ascending
//   idea   the instructions of each entry (FDE), after those of its CIE, are carried out once; a row is what they say of the CFA, the return address and
//          the frame pointer. What has no rule of ours, and what no entry covers, is a row that says so
//   facts  DWARF 5, 6.4; "Linux Standard Base Core, Exception Frames"; registers of the System V ABI for x86-64: 6 rbp, 7 rsp, 16 return address.
//          A file may say anything: an entry that is damaged covers nothing, its neighbours stay

import { DamagedDwarf } from '../../../model/dwarf/cursor.js';
import { packRule, unwindKind, type UnwindRows } from '../../../model/layout/unwind.js';

const RBP = 6;
const RSP = 7;
const RETURN = 16;
const WORD = 8;
/** DW_OP_lit0, breg6, deref */
const LIT0 = 0x30;
const BREG6 = 0x76;
const DEREF = 0x06;
const MOST_LEB_BYTES = 10;
const MOST_ADDRESS = 0xffff_fffe;
const MOST_ROWS = 1 << 23;
const MOST_REMEMBERED = 32;
const MOST_ENTRIES = 1 << 21;
/** Fewer bytes between two functions fill the place up: no call returns there. */
const PADDING = 16;

/** DW_EH_PE_… */
const encoding = { absolute: 0, u16: 2, u32: 3, u64: 4, s16: 10, s32: 11, s64: 12, format: 0x0f, application: 0x70, pcRelative: 0x10, indirect: 0x80 } as const;
/** DW_CFA_… */
const op = {
  advance: 0x40, offset: 0x80, restore: 0xc0, nop: 0, setLoc: 1, advance1: 2, advance2: 3, advance4: 4, offsetExtended: 5, restoreExtended: 6, undefined: 7, sameValue: 8, register: 9,
  rememberState: 0x0a, restoreState: 0x0b, defCfa: 0x0c, defCfaRegister: 0x0d, defCfaOffset: 0x0e, defCfaExpression: 0x0f, expression: 0x10, offsetExtendedSf: 0x11, defCfaSf: 0x12,
  defCfaOffsetSf: 0x13, valOffset: 0x14, valOffsetSf: 0x15, valExpression: 0x16, gnuArgsSize: 0x2e, gnuNegativeOffset: 0x2f,
} as const;

/** Where a register of the caller is: below 0 bytes from the CFA. pointed: where the frame pointer points */
const saved = { same: 0, undefined: 1, pointed: 2, elsewhere: 3 } as const;
/** What the CFA is: 0 to 16 the register plus the offset */
const cfa = { plt: 32, indirect: 33, other: 34 } as const;

interface Cie {
  readonly codeAlign: number;
  readonly dataAlign: number;
  readonly pointers: number;
  readonly hasAugmentation: boolean;
  readonly isSignal: boolean;
  /** what its instructions lead to */
  readonly initial: State;
}

/** @throws DamagedDwarf  the section is no .eh_frame */
export function readCallFrames(section: Uint8Array, address: number): UnwindRows {
  const entry = new Entry(section, address);
  const cies = new Map<number, Cie | undefined>();
  const rows = new Rows();
  const state = new State();
  for (let at = 0; at + 4 <= section.length;) {
    entry.open(at, section.length);
    const size = entry.length();
    if (size === 0) break;
    const end = entry.at + size;
    if (end > section.length) throw new DamagedDwarf('an entry of .eh_frame reaches beyond its section');
    try {
      entry.open(entry.at, end);
      const idAt = entry.at;
      const id = entry.u32();
      if (id !== 0) readFde(entry, idAt - id, cies, state, rows);
    } catch (error) {
      if (!(error instanceof DamagedDwarf)) throw error;
      rows.drop();
    }
    at = end;
  }
  return rows.sorted();
}

function readFde(entry: Entry, cieAt: number, cies: Map<number, Cie | undefined>, state: State, rows: Rows): void {
  let cie = cies.get(cieAt);
  if (cie === undefined) {
    if (cies.has(cieAt)) damaged('an entry belongs to a damaged one');
    cies.set(cieAt, undefined);
    cies.set(cieAt, cie = readCie(new Entry(entry.bytes, entry.address), cieAt));
  }
  const begin = entry.pointer(cie.pointers);
  const size = entry.number(cie.pointers & encoding.format);
  if (size <= 0 || begin < 0 || begin + size > MOST_ADDRESS) return;
  if (cie.hasAugmentation) entry.skip(entry.uleb());
  rows.begin(begin, begin + size);
  if (cie.isSignal) rows.add(begin, unwindKind.signal);
  else {
    state.set(cie.initial);
    run(entry, cie, state, begin, rows);
  }
  rows.end();
}

function readCie(entry: Entry, at: number): Cie {
  entry.open(at, entry.bytes.length);
  const size = entry.length();
  const end = entry.at + size;
  if (size === 0 || end > entry.bytes.length) damaged('an entry reaches beyond its section');
  entry.open(entry.at, end);
  if (entry.u32() !== 0) damaged('an entry belongs to one of its own kind');
  const version = entry.u8();
  if (version !== 1 && version !== 3) damaged('an entry has an unknown version');
  const augmentation = entry.letters();
  const codeAlign = entry.uleb();
  const dataAlign = entry.sleb();
  const returnRegister = version === 1 ? entry.u8() : entry.uleb();
  if (returnRegister !== RETURN) damaged('an entry has another return address');
  let pointers: number = encoding.absolute;
  const hasAugmentation = augmentation.startsWith('z');
  if (hasAugmentation) {
    const data = entry.uleb();
    const after = entry.at + data;
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') pointers = entry.u8();
      else if (letter === 'P') entry.number(entry.u8() & encoding.format);
      else if (letter === 'L') entry.u8();
      else if (letter !== 'B' && letter !== 'S') damaged('an entry has an unknown augmentation');
    }
    entry.skip(after - entry.at);
  } else if (augmentation !== '') damaged('an entry has an unknown augmentation');
  const cie = { codeAlign, dataAlign, pointers, hasAugmentation, isSignal: augmentation.includes('S'), initial: new State() };
  run(entry, cie, cie.initial, 0, undefined);
  return cie;
}

/** What instructions have said so far. */
class State {
  cfa: number = cfa.other;
  cfaOffset = 0;
  rbp: number = saved.same;
  returnAddress: number = saved.undefined;

  set({ cfa, cfaOffset, rbp, returnAddress }: State): this {
    this.cfa = cfa;
    this.cfaOffset = cfaOffset;
    this.rbp = rbp;
    this.returnAddress = returnAddress;
    return this;
  }

  save(register: number, where: number): void {
    if (register === RBP) this.rbp = where;
    else if (register === RETURN) this.returnAddress = where;
  }

  restore(register: number, { rbp, returnAddress }: State): void {
    if (register === RBP) this.rbp = rbp;
    else if (register === RETURN) this.returnAddress = returnAddress;
  }

  /** The expressions that compilers and linkers write. breg7 8, breg16 0, lit15, and, litN, ge, lit3, shl, plus: of .plt;  breg6 N, deref: of functions
   *  that align their stack */
  express(bytes: Uint8Array): void {
    const from = bytes[6]! - LIT0;
    this.cfa = cfa.other;
    if (equal(bytes, [0x77, 8, 0x80, 0, 0x3f, 0x1a, LIT0 + from, 0x2a, 0x33, 0x24, 0x22]) && from >= 0 && from < 16) {
      this.cfa = cfa.plt;
      this.cfaOffset = from;
    } else if (bytes[0] === BREG6 && bytes.at(-1) === DEREF) {
      const inner = new Entry(bytes, 0);
      inner.open(1, bytes.length - 1);
      this.cfaOffset = inner.sleb();
      if (inner.isAtEnd) this.cfa = cfa.indirect;
    }
  }

  get rule(): number {
    const { cfaOffset, rbp, returnAddress } = this;
    if (returnAddress === saved.undefined) return unwindKind.end;
    if (returnAddress !== -WORD) return unwindKind.uncovered;
    switch (this.cfa) {
      case cfa.plt: return packRule(unwindKind.plt, 1, cfaOffset) ?? unwindKind.uncovered;
      case cfa.indirect: return (rbp === saved.pointed && cfaOffset % WORD === 0 ? packRule(unwindKind.indirect, -cfaOffset / WORD, 0) : undefined) ?? unwindKind.uncovered;
      case RSP: case RBP: {
        const words = rbp === saved.same || rbp === saved.undefined ? 0 : rbp < 0 && rbp % WORD === 0 ? -rbp / WORD : -1;
        const kind = this.cfa === RSP ? unwindKind.stackPointer : unwindKind.framePointer;
        return (cfaOffset % WORD === 0 ? packRule(kind, cfaOffset / WORD, words) : undefined) ?? unwindKind.uncovered;
      }
      default: return unwindKind.uncovered;
    }
  }
}

/** Carries out instructions, which change `state`. @param rows  get the state from each place on */
function run(entry: Entry, { codeAlign, dataAlign, pointers, initial }: Cie, state: State, begin: number, rows: Rows | undefined): void {
  let at = begin;
  let remembered: State[] | undefined;
  const at0 = (offset: number): number => (offset < 0 ? offset : saved.elsewhere);
  while (!entry.isAtEnd) {
    const code = entry.u8();
    const low = code & 0x3f;
    let to = at;
    switch (code & 0xc0) {
      case op.advance: to = at + low * codeAlign; break;
      case op.offset: state.save(low, at0(entry.uleb() * dataAlign)); break;
      case op.restore: state.restore(low, initial); break;
      default: switch (code) {
        case op.nop: break;
        case op.setLoc: to = entry.pointer(pointers); break;
        case op.advance1: to = at + entry.u8() * codeAlign; break;
        case op.advance2: to = at + entry.u16() * codeAlign; break;
        case op.advance4: to = at + entry.u32() * codeAlign; break;
        case op.offsetExtended: state.save(entry.uleb(), at0(entry.uleb() * dataAlign)); break;
        case op.offsetExtendedSf: state.save(entry.uleb(), at0(entry.sleb() * dataAlign)); break;
        case op.gnuNegativeOffset: state.save(entry.uleb(), at0(-entry.uleb() * dataAlign)); break;
        case op.restoreExtended: state.restore(entry.uleb(), initial); break;
        case op.undefined: state.save(entry.uleb(), saved.undefined); break;
        case op.sameValue: state.save(entry.uleb(), saved.same); break;
        case op.register: case op.valOffset: case op.valOffsetSf:
          state.save(entry.uleb(), saved.elsewhere);
          entry.uleb();
          break;
        case op.rememberState:
          remembered ??= [];
          if (remembered.length >= MOST_REMEMBERED) damaged('an entry remembers too much');
          remembered.push(new State().set(state));
          break;
        case op.restoreState: state.set(remembered?.pop() ?? damaged('an entry remembers nothing')); break;
        case op.defCfa:
          state.cfa = entry.register();
          state.cfaOffset = entry.uleb();
          break;
        case op.defCfaSf:
          state.cfa = entry.register();
          state.cfaOffset = entry.sleb() * dataAlign;
          break;
        case op.defCfaRegister: state.cfa = state.cfa <= RETURN ? entry.register() : (entry.uleb(), cfa.other); break;
        case op.defCfaOffset: state.cfaOffset = entry.uleb(); break;
        case op.defCfaOffsetSf: state.cfaOffset = entry.sleb() * dataAlign; break;
        case op.defCfaExpression: state.express(entry.block(entry.uleb())); break;
        case op.expression: {
          const register = entry.uleb();
          const bytes = entry.block(entry.uleb());
          state.save(register, register === RBP && equal(bytes, [BREG6, 0]) ? saved.pointed : saved.elsewhere);
          break;
        }
        case op.valExpression:
          state.save(entry.uleb(), saved.elsewhere);
          entry.skip(entry.uleb());
          break;
        case op.gnuArgsSize: entry.uleb(); break;
        default: damaged('an entry has an unknown instruction');
      }
    }
    if (to === at) continue;
    if (to < at) damaged('an entry goes backwards');
    rows?.add(at, state.rule);
    at = to;
  }
  rows?.add(at, state.rule);
}

/** Reads an entry: as Cursor, for a hundred thousand of them. */
class Entry {
  at = 0;
  private end = 0;

  /** @param address  that the first byte is mapped at */
  constructor(readonly bytes: Uint8Array, readonly address: number) {}

  open(at: number, end: number): void {
    this.at = at;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  skip(count: number): number {
    const { at } = this;
    if (!(count >= 0) || at < 0 || at + count > this.end) damaged('an entry reaches beyond its end');
    this.at = at + count;
    return at;
  }

  u8(): number {
    return this.bytes[this.skip(1)]!;
  }

  u16(): number {
    const at = this.skip(2);
    return this.bytes[at]! | (this.bytes[at + 1]! << 8);
  }

  u32(): number {
    const at = this.skip(4);
    const { bytes } = this;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  s64(): number {
    const low = this.u32();
    return (this.u32() | 0) * 2 ** 32 + low;
  }

  uleb(): number {
    let value = 0;
    for (let i = 0, unit = 1; i < MOST_LEB_BYTES; i++, unit *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    return damaged('a number has no end');
  }

  sleb(): number {
    let value = 0;
    for (let i = 0, unit = 1; i < MOST_LEB_BYTES; i++, unit *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - unit * 128;
    }
    return damaged('a number has no end');
  }

  register(): number {
    const register = this.uleb();
    return register <= RETURN ? register : cfa.other;
  }

  block(size: number): Uint8Array {
    const at = this.skip(size);
    return this.bytes.subarray(at, at + size);
  }

  letters(): string {
    let text = '';
    for (let byte = this.u8(); byte !== 0; byte = this.u8()) text += String.fromCharCode(byte);
    return text;
  }

  /** of what follows */
  length(): number {
    const size = this.u32();
    return size === 0xffff_ffff ? this.s64() : size;
  }

  pointer(how: number): number {
    if ((how & encoding.indirect) !== 0) damaged('an address is written indirectly');
    const at = this.address + this.at;
    const value = this.number(how & encoding.format);
    return (how & encoding.application) === encoding.pcRelative ? at + value : value;
  }

  number(format: number): number {
    switch (format) {
      case encoding.absolute: case encoding.u64: case encoding.s64: return this.s64();
      case encoding.u16: return this.u16();
      case encoding.u32: return this.u32();
      case encoding.s16: return (this.u16() << 16) >> 16;
      case encoding.s32: return this.u32() | 0;
      default: return damaged('an address is written in an unknown way');
    }
  }
}

function equal(bytes: Uint8Array, wanted: readonly number[]): boolean {
  return bytes.length === wanted.length && wanted.every((byte, i) => bytes[i] === byte);
}

function damaged(why: string): never {
  throw new DamagedDwarf(why);
}

/** Collects rows of entries in any order. */
class Rows {
  #addresses = new Uint32Array(1 << 12);
  #rules = new Uint32Array(1 << 12);
  #count = 0;
  #begin = 0;
  #end = 0;
  #first = 0;
  readonly #entries: { readonly begin: number; readonly end: number; readonly first: number; readonly last: number }[] = [];

  begin(begin: number, end: number): void {
    this.#begin = begin;
    this.#end = end;
    this.#first = this.#count;
  }

  add(address: number, rule: number): void {
    if (address >= this.#end) return;
    const last = this.#count - 1;
    if (last >= this.#first && this.#addresses[last] === address) {
      this.#rules[last] = rule;
      return;
    }
    if (this.#count >= MOST_ROWS) throw new DamagedDwarf('.eh_frame has too many rows');
    if (this.#count === this.#addresses.length) {
      [this.#addresses, this.#rules] = [grown(this.#addresses), grown(this.#rules)];
    }
    this.#addresses[this.#count] = address;
    this.#rules[this.#count++] = rule;
  }

  end(): void {
    if (this.#entries.length < MOST_ENTRIES) this.#entries.push({ begin: this.#begin, end: this.#end, first: this.#first, last: this.#count });
    else this.drop();
  }

  /** The entry that was begun is damaged. */
  drop(): void {
    this.#count = Math.min(this.#count, this.#entries.at(-1)?.last ?? 0);
  }

  /** What lies between entries is a row, too; of entries that overlap the first counts. */
  sorted(): UnwindRows {
    const entries = this.#entries.sort((a, b) => a.begin - b.begin);
    const addresses = new Uint32Array(this.#count + entries.length + 1);
    const rules = new Uint32Array(addresses.length);
    let count = 1; // from address 0 on nothing is covered
    const put = (address: number, rule: number): void => {
      if (addresses[count - 1] === address) rules[count - 1] = rule;
      else if (rules[count - 1] !== rule) {
        addresses[count] = address;
        rules[count++] = rule;
      }
    };
    entries.forEach(({ begin, end, first, last }, i) => {
      if (i > 0 && begin < addresses[count - 1]!) return;
      for (let row = first; row < last; row++) put(this.#addresses[row]!, this.#rules[row]!);
      if (end + PADDING <= (entries[i + 1]?.begin ?? Infinity)) put(end, unwindKind.uncovered);
    });
    return { count, addresses, rules };
  }
}

function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
