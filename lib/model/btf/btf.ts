// Reads a BTF blob: types by id, ids by name.
//
//   in     bytes of /sys/kernel/btf/vmlinux, of a module (with the kernel's as base) or of an object's .BTF
//   out    Btf: type(id), find(kind, name), names(kind), resolve(id), sizeOf(id)
//   idea   opening only notes where each type starts; a type is decoded when asked for. The first names are looked up by searching
//          the string section; after LOOKUPS_BEFORE_INDEX of them an index over all names is built
//   facts  <linux/btf.h>; vmlinux has 100 to 200 thousand types in 5 MB; strings are not repeated within one BTF and its base

import { textAt } from '../bytes/bytes.js';

import { TbpfError } from '../diagnostics/errors.js';
import { decodeType } from './decode.js';
import type { BtfDeclTag, BtfKind, BtfType, TypeId } from './types.js';
import { BTF_HEADER_BYTES, BTF_MAGIC, btfKinds, isModifier } from './types.js';

const LOOKUPS_BEFORE_INDEX = 24;
const MAX_DEPTH = 64;

/** 32-bit words that follow the three of every type: a fixed number and one for each of its vlen entries. */
const fixedWords = [0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];
const entryWords = [0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3];

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class Btf {
  private readonly decoded = new Map<TypeId, BtfType>();
  /** the string section as one string, made at the first use, when every byte of it is one character */
  private text: string | false | undefined;
  private lookups = 0;
  private index: NameIndex | undefined;
  private tagsByType: Map<TypeId, BtfDeclTag[]> | undefined;

  private constructor(
    /** types that ids below `firstId` refer to; undefined for a BTF that stands alone */
    readonly base: Btf | undefined,
    /** the type section */
    private readonly words: Uint32Array,
    private readonly strings: Uint8Array,
    /** index into words by id - firstId */
    private readonly starts: Uint32Array,
    /** id of the first type of its own: 1, or the base's endId */
    readonly firstId: TypeId,
    /** offset of its own first string: 0, or where the base's strings end */
    private readonly firstString: number,
  ) {}

  /** @param base  for the split BTF of a module: vmlinux's
   * @throws TbpfError  ERR_BTF: not BTF, of the other byte order, or damaged */
  static parse(bytes: Uint8Array, base?: Btf): Btf {
    if (bytes.length < BTF_HEADER_BYTES) throw damaged('it is too short');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint16(0, true) !== BTF_MAGIC) throw damaged('it does not start with the magic number of little-endian BTF');
    if (view.getUint8(2) !== 1) throw damaged(`its version is ${view.getUint8(2)}, not 1`);
    const headerBytes = view.getUint32(4, true);
    const typesStart = headerBytes + view.getUint32(8, true);
    const typesBytes = view.getUint32(12, true);
    const stringsStart = headerBytes + view.getUint32(16, true);
    const stringsBytes = view.getUint32(20, true);
    if (typesBytes % 4 !== 0 || typesStart + typesBytes > bytes.length || stringsStart + stringsBytes > bytes.length) {
      throw damaged('its sections reach beyond its end');
    }
    const at = bytes.byteOffset + typesStart;
    const words = at % 4 === 0
      ? new Uint32Array(bytes.buffer, at, typesBytes / 4)
      : new Uint32Array(bytes.slice(typesStart, typesStart + typesBytes).buffer);
    const strings = bytes.subarray(stringsStart, stringsStart + stringsBytes);
    if (stringsBytes > 0 && strings[stringsBytes - 1] !== 0) throw damaged('its strings do not end with zero');
    return new Btf(base, words, strings, findStarts(words), base?.endId ?? 1, base?.endString ?? 0);
  }

  /** One more than the highest id. */
  get endId(): TypeId {
    return this.firstId + this.starts.length;
  }

  private get endString(): number {
    return this.firstString + this.strings.length;
  }

  /** The type with this id; the same object each time.
   * @throws TbpfError  ERR_BTF: no such id */
  type(id: TypeId): BtfType {
    const known = this.decoded.get(id);
    if (known) return known;
    if (id === 0) return { kind: 'void', id: 0, name: '' };
    if (this.base && id < this.firstId) return this.base.type(id);
    const start = this.starts[id - this.firstId];
    if (start === undefined) throw damaged(`it has no type ${id}`);
    const type = decodeType(id, this.words, start, (offset) => this.string(offset));
    this.decoded.set(id, type);
    return type;
  }

  /** Kind without decoding. */
  kindOf(id: TypeId): BtfKind {
    if (id === 0) return 'void';
    if (this.base && id < this.firstId) return this.base.kindOf(id);
    return btfKinds[(this.words[this.starts[id - this.firstId]! + 1]! >>> 24) & 0x1f]!;
  }

  /** Id of the first type of this kind and name, its own before the base's. A struct that is only declared is no struct but a fwd. */
  find(kind: BtfKind, name: string): TypeId | undefined {
    return this.findAll(kind, name)[0];
  }

  /** All types of this kind and name: kernels have several static functions of one name. */
  findAll(kind: BtfKind, name: string): TypeId[] {
    const kindNumber = btfKinds.indexOf(kind);
    const own = this.ownByName(name).filter((id) => ((this.words[this.starts[id - this.firstId]! + 1]! >>> 24) & 0x1f) === kindNumber);
    return this.base ? [...own, ...this.base.findAll(kind, name)] : own;
  }

  /** Ids of all types of a kind, the base's not included. */
  *ids(kind: BtfKind): Generator<TypeId> {
    const kindNumber = btfKinds.indexOf(kind);
    for (let i = 0; i < this.starts.length; i++) {
      if (((this.words[this.starts[i]! + 1]! >>> 24) & 0x1f) === kindNumber) yield this.firstId + i;
    }
  }

  /** Names of all types of a kind in the order of their ids, the base's not included; unnamed ones are skipped. */
  *names(kind: BtfKind): Generator<string> {
    for (const id of this.ids(kind)) {
      const name = this.nameOf(id);
      if (name !== '') yield name;
    }
  }

  /** Name without decoding the type; '' when it has none. */
  nameOf(id: TypeId): string {
    if (id === 0) return '';
    if (this.base && id < this.firstId) return this.base.nameOf(id);
    return this.string(this.words[this.starts[id - this.firstId]!]!);
  }

  /** The type behind typedefs, qualifiers and tags. */
  resolve(id: TypeId): BtfType {
    let type = this.type(id);
    for (let depth = 0; isModifier(type); depth++) {
      if (depth === MAX_DEPTH) throw damaged(`type ${id} refers to itself`);
      type = this.type(type.type);
    }
    return type;
  }

  /** Size in bytes; undefined for what has none: void, functions, forward declarations. */
  sizeOf(id: TypeId): number | undefined {
    const type = this.resolve(id);
    switch (type.kind) {
      case 'int':
      case 'struct':
      case 'union':
      case 'enum':
      case 'enum64':
      case 'float':
      case 'datasec':
        return type.sizeBytes;
      case 'ptr':
        return 8;
      case 'var':
        return this.sizeOf(type.type);
      case 'array': {
        const element = this.sizeOf(type.type);
        return element === undefined ? undefined : element * type.length;
      }
      default:
        return undefined;
    }
  }

  /** Declaration tags on a type or its components, such as `bpf_kfunc` on functions. */
  declTags(id: TypeId): readonly BtfDeclTag[] {
    if (!this.tagsByType) {
      this.tagsByType = new Map();
      for (const tagId of this.ids('decl_tag')) {
        const tag = this.type(tagId) as BtfDeclTag;
        const known = this.tagsByType.get(tag.type);
        if (known) known.push(tag);
        else this.tagsByType.set(tag.type, [tag]);
      }
    }
    const own = this.tagsByType.get(id) ?? [];
    return this.base && id < this.firstId ? [...this.base.declTags(id), ...own] : own;
  }

  private string(offset: number): string {
    if (offset === 0) return '';
    if (offset < this.firstString) return this.base!.string(offset);
    const text = this.asciiText;
    const start = offset - this.firstString;
    const end = text === false ? this.strings.indexOf(0, start) : text.indexOf('\0', start);
    if (end < 0) throw damaged(`it has no string ${offset}`);
    return text === false ? textAt(this.strings, start) : text.slice(start, end);
  }

  private get asciiText(): string | false {
    return (this.text ??= asciiOf(this.strings));
  }

  /** Ids of its own types with this name. */
  private ownByName(name: string): TypeId[] {
    if (name === '') return [];
    if (++this.lookups > LOOKUPS_BEFORE_INDEX) {
      this.index ??= new NameIndex(this.words, this.starts, (offset) => this.bytesAt(offset));
      return this.index.find(name).map((i) => this.firstId + i).filter((id) => this.nameOf(id) === name);
    }
    const offset = this.offsetOf(name);
    const ids: TypeId[] = [];
    if (offset === undefined) return ids;
    for (let i = 0; i < this.starts.length; i++) if (this.words[this.starts[i]!] === offset) ids.push(this.firstId + i);
    return ids;
  }

  private offsetOf(name: string): number | undefined {
    const text = this.asciiText;
    const at = text === false ? placeOfBytes(this.strings, encoder.encode(`\0${name}\0`)) : text.indexOf(`\0${name}\0`);
    if (at >= 0) return this.firstString + at + 1;
    // a split BTF's first string has no zero before it
    if (this.base && textAt(this.strings, 0) === name) return this.firstString;
    return this.base?.offsetOf(name);
  }

  /** Where a string's bytes are: the section that holds it, and its start there. */
  private bytesAt(offset: number): { readonly strings: Uint8Array; readonly start: number } {
    if (this.base && offset < this.firstString) return this.base.bytesAt(offset);
    return { strings: this.strings, start: offset - this.firstString };
  }
}

/** Positions of all types, by a hash of their names. */
class NameIndex {
  /** first position + 1 by hash, and the next + 1 by position; 0 ends a chain */
  private readonly heads: Int32Array;
  private readonly nexts: Int32Array;

  constructor(words: Uint32Array, starts: Uint32Array, bytesAt: (offset: number) => { readonly strings: Uint8Array; readonly start: number }) {
    this.heads = new Int32Array(2 ** Math.ceil(Math.log2(starts.length + 2)));
    this.nexts = new Int32Array(starts.length);
    for (let i = starts.length - 1; i >= 0; i--) {
      const offset = words[starts[i]!]!;
      if (offset === 0) continue;
      const { strings, start } = bytesAt(offset);
      const bucket = hash(strings, start) & (this.heads.length - 1);
      this.nexts[i] = this.heads[bucket]!;
      this.heads[bucket] = i + 1;
    }
  }

  /** Positions that may have this name, ascending. */
  find(name: string): number[] {
    const found: number[] = [];
    const bucket = hash(encoder.encode(`${name}\0`), 0) & (this.heads.length - 1);
    for (let next = this.heads[bucket]!; next !== 0; next = this.nexts[next - 1]!) found.push(next - 1);
    return found;
  }
}

/** Bytes as text where each is one character. Bytes that are no UTF-8 become U+FFFD one by one. */
function asciiOf(bytes: Uint8Array): string | false {
  const text = decoder.decode(bytes);
  return text.length === bytes.length && !text.includes('\ufffd') && text;
}

/** Where `wanted` stands in `bytes`; -1: nowhere. */
function placeOfBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/** FNV-1a of the bytes up to the next zero. */
function hash(bytes: Uint8Array, start: number): number {
  let value = 0x811c9dc5;
  for (let i = start, byte = bytes[i]!; byte; byte = bytes[++i]!) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

function findStarts(words: Uint32Array): Uint32Array {
  const starts = new Uint32Array(Math.floor(words.length / 3));
  let count = 0;
  let at = 0;
  while (at < words.length) {
    const info = words[at + 1]!;
    const kind = (info >>> 24) & 0x1f;
    if (kind === 0 || kind >= btfKinds.length) throw damaged(`type ${count + 1} is of kind ${kind}, which this version does not know`);
    starts[count++] = at;
    at += 3 + fixedWords[kind]! + (info & 0xffff) * entryWords[kind]!;
  }
  if (at !== words.length) throw damaged('its last type is cut off');
  return starts.subarray(0, count);
}

function damaged(why: string): TbpfError {
  return new TbpfError(`The BTF cannot be read: ${why}`, { code: 'ERR_BTF', operation: 'parse BTF' });
}
