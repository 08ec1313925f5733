// The file that has a program's debug information, and its sections.
//
//   in     path of a program; folders to look in (--debuginfo, DEBUGINFO_PATH)
//   out    DwarfSections of the program itself or of a separate file, or the paths where one was looked for
//   idea   sections are read in pieces, and only compressed ones are held in memory whole
//   facts  separate files are found by build id (/usr/lib/debug/.build-id/ab/cdef.debug) or by the name in .gnu_debuglink: beside the program, in
//          .debug there, below /usr/lib/debug (gdb's manual, "Separate Debug Files"). A file of another build id belongs to another build of the
//          program. A link without a build id is confirmed by its CRC. dwz moves what several files share to the file that .gnu_debugaltlink names

import { dirname } from 'node:path';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import { type ByteSource, type DwarfSections, sourceOf } from '../../../model/dwarf/sections.js';
import { type SectionPlace, readSectionPlaces } from '../../../model/target/elf.js';
import { sectionFlag, sectionType } from '../../../model/target/elf-layout.js';
import { latin1At, viewOf } from '../../../model/bytes/bytes.js';
import { crc32 } from '../../../model/bytes/crc.js';
import { withForeignFile } from '../../native/foreign-file.js';
import { zlib } from '../../native/node-modules.js';
import type { ElfInfo, NativeAddon } from '../../native/types.js';
import { isFile } from '../glob.js';

const SYSTEM_FOLDER = '/usr/lib/debug';
const PAGE_BYTES = 1 << 12;
const KEPT_PAGES = 1024;
const SEARCH_BYTES = 1 << 22;
const MOST_INFLATED_BYTES = 1 << 30;
const MOST_LINK_BYTES = 4096;
const MOST_LINKED_BYTES = 1 << 30;
/** Elf64_Chdr */
const compressed = { type: 0, size: 8, headerBytes: 24, zlib: 1, zstd: 2 } as const;

export type FoundDebugInfo = DwarfSections | { readonly lookedFor: readonly string[] };

/** Folders of --debuginfo and DEBUGINFO_PATH: several in one text are parted by colons. bpftrace takes a plus or minus before a folder for whether
 *  checksums are looked at; here they always are where nothing else says that a file is the right one. */
export function debugFolders(texts: readonly (string | undefined)[]): readonly string[] {
  return texts.flatMap((text) => (text ?? '').split(':')).map((folder) => folder.replace(/^[+-]/, '')).filter((folder) => folder !== '');
}

/** @param folders  asked before /usr/lib/debug */
export function findDebugInfo(path: string, folders: readonly string[], native: () => NativeAddon): FoundDebugInfo {
  const own = new ElfSections(path, folders);
  if (own.hasDebugInfo) return own;
  const info = native().elfInfo(path);
  const roots = [...folders, SYSTEM_FOLDER];
  const lookedFor = [path];
  for (const candidate of candidates(path, info, roots)) {
    if (candidate === path || lookedFor.includes(candidate)) continue;
    lookedFor.push(candidate);
    const found = isFile(candidate) ? new ElfSections(candidate, folders) : undefined;
    if (found?.hasDebugInfo === true && isOf(candidate, info, own, native)) return found;
  }
  return { lookedFor };
}

function candidates(path: string, { buildId, debugLink }: ElfInfo, roots: readonly string[]): readonly string[] {
  const byId = buildId.length > 2 ? roots.map((root) => `${root}/.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}.debug`) : [];
  const folder = dirname(path);
  // a name with slashes would lead out of the folders
  const byName = debugLink === undefined || debugLink === '' || debugLink.includes('/') ? []
    : [`${folder}/${debugLink}`, `${folder}/.debug/${debugLink}`, ...roots.flatMap((root) => [`${root}${folder.startsWith('/') ? folder : ''}/${debugLink}`, `${root}/${debugLink}`])];
  return [...byId, ...byName];
}

/** Whether the separate file was made from the program. */
function isOf(candidate: string, { buildId }: ElfInfo, own: ElfSections, native: () => NativeAddon): boolean {
  if (buildId !== '') return native().elfInfo(candidate).buildId === buildId;
  const wanted = own.linkChecksum;
  return wanted !== undefined && withForeignFile(candidate, (file) => {
    if (file.stats.size > MOST_LINKED_BYTES) return false;
    let sum = 0;
    for (let at = 0; at < file.stats.size; at += SEARCH_BYTES) sum = crc32(file.read(at, SEARCH_BYTES), sum);
    return sum === wanted;
  });
}

class ElfSections implements DwarfSections {
  readonly #folders: readonly string[];
  #places: ReadonlyMap<string, SectionPlace> | undefined;
  readonly #sources = new Map<string, ByteSource | undefined>();

  constructor(readonly path: string, folders: readonly string[]) {
    this.#folders = folders;
  }

  get hasDebugInfo(): boolean {
    const place = this.#place('.debug_info') ?? this.#place('.zdebug_info');
    return place !== undefined && place.type !== NOBITS && place.sizeBytes > 0;
  }

  section(name: string): ByteSource | undefined {
    if (!this.#sources.has(name)) this.#sources.set(name, this.#open(name));
    return this.#sources.get(name);
  }

  supplement(): DwarfSections | undefined {
    const link = this.#bytes('.gnu_debugaltlink');
    if (link === undefined) return undefined;
    const name = latin1At(link, 0);
    const id = Buffer.from(link.subarray(name.length + 1)).toString('hex');
    const byId = [...this.#folders, SYSTEM_FOLDER].map((root) => `${root}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`);
    const places = [name.startsWith('/') ? name : `${dirname(this.path)}/${name}`, ...(id.length > 2 ? byId : [])];
    const found = places.find((place) => isFile(place) && new ElfSections(place, []).hasDebugInfo);
    if (found !== undefined) return new ElfSections(found, this.#folders);
    throw new TbpfError(`The debug information of ${this.path} refers to another file, which is not there: ${places.join(', ')}`, { code: 'ERR_DWARF', operation: 'open' });
  }

  /** The CRC of the file that .gnu_debuglink names. */
  get linkChecksum(): number | undefined {
    const link = this.#bytes('.gnu_debuglink');
    return link === undefined || link.length < 4 ? undefined : viewOf(link).getUint32(link.length - 4, true);
  }

  #place(name: string): SectionPlace | undefined {
    return (this.#places ??= withForeignFile(this.path, (file) => new Map(readSectionPlaces((at, bytes) => file.read(at, bytes)).map((place) => [place.name, place])))).get(name);
  }

  #bytes(name: string): Uint8Array | undefined {
    const place = this.#place(name);
    if (place === undefined || place.type === NOBITS) return undefined;
    return withForeignFile(this.path, (file) => file.read(place.offset, Math.min(place.sizeBytes, MOST_LINK_BYTES)));
  }

  #open(name: string): ByteSource | undefined {
    const place = this.#place(`.debug_${name}`);
    if (place === undefined) {
      const old = this.#place(`.zdebug_${name}`);
      if (old !== undefined) throw new TbpfError(`The debug information of ${this.path} is compressed in a form of before 2015 (.zdebug_${name}). objcopy --decompress-debug-sections ${this.path} makes it readable.`, { code: 'ERR_DWARF', operation: 'read DWARF' });
      return undefined;
    }
    if (place.type === NOBITS || place.sizeBytes === 0) return undefined;
    return (place.flags & sectionFlag.compressed) !== 0 ? this.#inflated(name, place) : new PagedSection(this.path, place);
  }

  #inflated(name: string, place: SectionPlace): ByteSource {
    const damaged = (why: string, cause?: unknown): TbpfError => new TbpfError(`Section .debug_${name} of ${this.path} cannot be read: ${why}`, { code: 'ERR_DWARF', operation: 'read DWARF', cause });
    const bytes = withForeignFile(this.path, (file) => file.read(place.offset, Math.min(place.sizeBytes, MOST_INFLATED_BYTES)));
    if (bytes.length < compressed.headerBytes) throw damaged('it is too short');
    const type = bytes.readUInt32LE(compressed.type);
    const size = Number(bytes.readBigUInt64LE(compressed.size));
    if (size > MOST_INFLATED_BYTES) throw damaged(`it has ${size} bytes, more than ${MOST_INFLATED_BYTES}`);
    const { inflateSync, zstdDecompressSync } = zlib() as ReturnType<typeof zlib> & { zstdDecompressSync?: (typeof inflateSync) };
    const inflate = type === compressed.zlib ? inflateSync : type === compressed.zstd ? zstdDecompressSync : undefined;
    if (inflate === undefined) throw damaged(type === compressed.zstd ? 'it is compressed with zstd, which this version of Node.js does not know: 22.15 does' : `it is compressed in an unknown way (${type})`);
    try {
      return paged(inflate(bytes.subarray(compressed.headerBytes), { maxOutputLength: Math.max(size, 1) }));
    } catch (error) {
      throw damaged('what is compressed there is damaged', error);
    }
  }
}

const NOBITS: number = sectionType.nobits;

/** In memory, searched by Buffer. */
function paged(bytes: Buffer): ByteSource {
  return { ...sourceOf(bytes), indexOf: (wanted, from) => bytes.indexOf(wanted, from) };
}

/** A section that is read in pieces, of which the last are kept. */
class PagedSection implements ByteSource {
  readonly size: number;
  readonly #path: string;
  readonly #offset: number;
  readonly #pages = new Map<number, Buffer>();

  constructor(path: string, { offset, sizeBytes }: SectionPlace) {
    this.#path = path;
    this.#offset = offset;
    this.size = sizeBytes;
  }

  read(at: number, bytes: number): Uint8Array {
    const end = Math.min(at + bytes, this.size);
    if (!(at >= 0) || at >= end) return new Uint8Array(0);
    const page = Math.floor(at / PAGE_BYTES);
    if (end > (page + 1) * PAGE_BYTES) return this.#readFile(at, end - at);
    let kept = this.#pages.get(page);
    if (kept === undefined) {
      kept = this.#readFile(page * PAGE_BYTES, Math.min(PAGE_BYTES, this.size - page * PAGE_BYTES));
      if (this.#pages.size >= KEPT_PAGES) this.#pages.delete(this.#pages.keys().next().value!);
      this.#pages.set(page, kept);
    }
    return kept.subarray(at - page * PAGE_BYTES, end - page * PAGE_BYTES);
  }

  indexOf(wanted: Uint8Array, from: number): number {
    return withForeignFile(this.#path, (file) => {
      // pieces overlap, so that what lies across the end of one is found in the next
      for (let at = from; at + wanted.length <= this.size; at += SEARCH_BYTES - wanted.length + 1) {
        const found = file.read(this.#offset + at, Math.min(SEARCH_BYTES, this.size - at)).indexOf(wanted);
        if (found >= 0) return at + found;
      }
      return -1;
    });
  }

  #readFile(at: number, bytes: number): Buffer {
    return withForeignFile(this.#path, (file) => file.read(this.#offset + at, bytes));
  }
}
