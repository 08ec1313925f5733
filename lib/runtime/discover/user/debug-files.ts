// The file that has a program's debug information, and its sections.
//
//   in     path of a program; folders to look in (--debuginfo, DEBUGINFO_PATH)
//   out    DwarfSections of the program itself or of a separate file, or the paths where one was looked for
//   idea   sections are read in pieces, and only compressed ones are held in memory whole
//   facts  separate files are found by build id (/usr/lib/debug/.build-id/ab/cdef.debug) or by the name in .gnu_debuglink: beside the program, in
//          .debug there, below /usr/lib/debug (gdb's manual, "Separate Debug Files"). A file of another build id belongs to another build of the
//          program. A link without a build id is confirmed by its CRC. dwz moves what several files share to the file that .gnu_debugaltlink names.
//          -gsplit-dwarf leaves most of it in .dwo files beside the object files, which dwp puts together in PROGRAM.dwp

import { basename, dirname } from 'node:path';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import { type ByteSource, type DwarfSections, type SplitName, sourceOf } from '../../../model/dwarf/sections.js';
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
    const found = isFile(candidate) ? new ElfSections(candidate, folders, { program: path }) : undefined;
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
  readonly #program: string;
  readonly #isSplit: boolean;
  #places: ReadonlyMap<string, readonly SectionPlace[]> | undefined;
  readonly #sources = new Map<string, ByteSource | undefined>();

  /** @param of  program: the one that it belongs to, default: the file itself;  isSplit: a .dwo or .dwp file, whose sections have names of their own */
  constructor(readonly path: string, folders: readonly string[], { program = path, isSplit = false }: { readonly program?: string; readonly isSplit?: boolean } = {}) {
    this.#folders = folders;
    this.#program = program;
    this.#isSplit = isSplit;
  }

  get hasDebugInfo(): boolean {
    const place = this.#place('.debug_info') ?? this.#place('.zdebug_info');
    return place !== undefined && place.type !== NOBITS && place.sizeBytes > 0;
  }

  section(name: string): ByteSource | undefined {
    if (!this.#sources.has(name)) this.#sources.set(name, this.#open(name));
    return this.#sources.get(name);
  }

  supplement(): DwarfSections | { readonly lookedFor: readonly string[] } | undefined {
    const link = this.#bytes('.gnu_debugaltlink');
    if (link === undefined) return undefined;
    const name = latin1At(link, 0);
    const id = Buffer.from(link.subarray(name.length + 1)).toString('hex');
    const byId = [...this.#folders, SYSTEM_FOLDER].map((root) => `${root}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`);
    const places = [name.startsWith('/') ? name : `${dirname(this.path)}/${name}`, ...(id.length > 2 ? byId : [])];
    const found = places.find((place) => isFile(place) && new ElfSections(place, []).hasDebugInfo);
    return found === undefined ? { lookedFor: places } : new ElfSections(found, this.#folders);
  }

  split(of: 'program' | SplitName): DwarfSections | { readonly lookedFor: readonly string[] } {
    const lookedFor = [...new Set(of === 'program' ? this.#packagePlaces() : this.#splitPlaces(of))];
    const found = lookedFor.find(isFile);
    return found === undefined ? { lookedFor } : new ElfSections(found, this.#folders, { isSplit: true });
  }

  #packagePlaces(): readonly string[] {
    const program = this.#program;
    return [`${program}.dwp`, `${this.path}.dwp`, ...[...this.#folders, SYSTEM_FOLDER].flatMap((root) => [...(program.startsWith('/') ? [`${root}${program}.dwp`] : []), `${root}/${basename(program)}.dwp`])];
  }

  /** A process in a container was compiled where its own paths lead. */
  #splitPlaces({ folder, name }: SplitName): readonly string[] {
    const [root = ''] = /^\/proc\/\d+\/root(?=\/)/.exec(this.#program) ?? [];
    const whole = name.startsWith('/') || folder === '' ? name : `${folder}/${name}`;
    const beside = [dirname(this.#program), ...this.#folders].flatMap((place) => [...(name.startsWith('/') ? [] : [`${place}/${name}`]), `${place}/${basename(name)}`]);
    return [...(whole.startsWith('/') ? [...(root === '' ? [] : [`${root}${whole}`]), whole] : []), ...beside];
  }

  /** The CRC of the file that .gnu_debuglink names. */
  get linkChecksum(): number | undefined {
    const link = this.#bytes('.gnu_debuglink');
    return link === undefined || link.length < 4 ? undefined : viewOf(link).getUint32(link.length - 4, true);
  }

  #place(name: string): SectionPlace | undefined {
    return this.#placesOf(name)?.[0];
  }

  /** Object files have a section for each type. */
  #placesOf(name: string): readonly SectionPlace[] | undefined {
    if (this.#places === undefined) {
      const found = new Map<string, SectionPlace[]>();
      for (const place of withForeignFile(this.path, (file) => readSectionPlaces((at, bytes) => file.read(at, bytes)))) {
        const same = found.get(place.name);
        if (same) same.push(place);
        else found.set(place.name, [place]);
      }
      this.#places = found;
    }
    return this.#places.get(name);
  }

  #bytes(name: string): Uint8Array | undefined {
    const place = this.#place(name);
    if (place === undefined || place.type === NOBITS) return undefined;
    return withForeignFile(this.path, (file) => file.read(place.offset, Math.min(place.sizeBytes, MOST_LINK_BYTES)));
  }

  #open(name: string): ByteSource | undefined {
    const places = this.#placesOf(this.#isSplit && !name.endsWith('_index') ? `.debug_${name}.dwo` : `.debug_${name}`);
    if (places !== undefined && places.length > 1) return this.#joined(name, places);
    const place = places?.[0];
    if (place === undefined) {
      const old = this.#place(`.zdebug_${name}`);
      if (old !== undefined) throw new TbpfError(`The debug information of ${this.path} is compressed in a form of before 2015 (.zdebug_${name}). objcopy --decompress-debug-sections ${this.path} makes it readable.`, { code: 'ERR_DWARF', operation: 'read DWARF' });
      return undefined;
    }
    return place.type === NOBITS || place.sizeBytes === 0 ? undefined : this.#source(name, place);
  }

  #source(name: string, place: SectionPlace): ByteSource {
    return (place.flags & sectionFlag.compressed) !== 0 ? this.#inflated(name, place) : new PagedSection(this.path, place);
  }

  /** Sections of one name behind each other: what is in them refers to places in its own unit, and to other sections. */
  #joined(name: string, places: readonly SectionPlace[]): ByteSource | undefined {
    const all: Buffer[] = [];
    let remaining = MOST_INFLATED_BYTES;
    for (const place of places) {
      if (place.type === NOBITS) continue;
      const source = this.#source(name, place);
      const bytes = Buffer.from(source.read(0, Math.min(source.size, remaining)));
      remaining -= bytes.length;
      all.push(bytes);
    }
    return remaining <= 0 || all.length === 0 ? undefined : paged(Buffer.concat(all));
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

  indexOf(wanted: Uint8Array, from: number, to = this.size): number {
    return withForeignFile(this.#path, (file) => {
      // pieces overlap, so that what lies across the end of one is found in the next
      for (let at = from; at + wanted.length <= this.size && at < to; at += SEARCH_BYTES - wanted.length + 1) {
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
