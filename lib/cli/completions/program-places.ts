// Functions and USDT probes of a program or library, for completion: read from the file itself, without the addon and without separate debug files.
//
//   facts  the names that a file has are in .dynsym, and in .symtab where it is not stripped; USDT probes are notes of type 3 and owner `stapsdt` in .note.stapsdt, whose
//          text follows on three addresses (model/target/usdt-note.ts). Names of C++ (`_Z…`) are offered to whom types one: `cpp:` has them in words

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readSectionPlaces, type SectionPlace } from '../../model/target/elf.js';
import { SYMBOL_BYTES, symbolEntry, symbolType } from '../../model/target/elf-layout.js';
import { isLibraryNamed, readLibraryCache } from '../../runtime/discover/user/library-cache.js';
import { withForeignFile } from '../../runtime/native/foreign-file.js';

const MOST_SECTION_BYTES = 1 << 28;
const NOTE_TYPE = 3;
const NOTE_OWNER = 'stapsdt\0';
const ADDRESSES_BYTES = 24;
const tables = [['.symtab', '.strtab'], ['.dynsym', '.dynstr']] as const;

type Section = (name: string) => Buffer | undefined;

/** Names of functions that begin so, sorted; [] where there is no such program. */
export function functionsOf(program: string, prefix: string): string[] {
  const names = new Set<string>();
  readSections(program, (section) => {
    for (const [table, texts] of tables) addFunctions(section(table), section(texts), Buffer.from(prefix), names);
  });
  const showsMangled = prefix.startsWith('_');
  return [...names].filter((name) => /^[\w.$]+$/.test(name) && (showsMangled || !name.startsWith('_Z'))).sort();
}

/** `provider:name` of the probes that begin so, sorted. */
export function usdtProbesOf(program: string, prefix: string): string[] {
  let notes: Buffer | undefined;
  readSections(program, (section) => (notes = section('.note.stapsdt')));
  const names = new Set<string>();
  for (let at = 0; notes !== undefined && at + 12 <= notes.length;) {
    const [ownerBytes, bytes, type] = [0, 4, 8].map((offset) => notes!.readUInt32LE(at + offset)) as [number, number, number];
    const owner = at + 12;
    const content = owner + padded(ownerBytes);
    if (type === NOTE_TYPE && notes.toString('latin1', owner, owner + ownerBytes) === NOTE_OWNER) {
      const [provider, name] = notes.toString('latin1', content + ADDRESSES_BYTES, content + bytes).split('\0');
      if (/^[\w-]+$/.test(provider ?? '') && /^[\w-]+$/.test(name ?? '')) names.add(`${provider}:${name}`);
    }
    at = content + padded(bytes);
  }
  return [...names].filter((each) => each.startsWith(prefix)).sort();
}

const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** Calls back with what reads the sections of the file that a probe's target means; not at all where there is none. */
function readSections(program: string, use: (section: Section) => void): void {
  const path = pathOf(program);
  if (path === undefined) return;
  try {
    withForeignFile(path, (file) => {
      const places = new Map<string, SectionPlace>(readSectionPlaces((at, bytes) => file.read(at, bytes)).map((place) => [place.name, place]));
      use((name) => {
        const place = places.get(name);
        return place && place.sizeBytes <= MOST_SECTION_BYTES ? file.read(place.offset, place.sizeBytes) : undefined;
      });
    });
  } catch {
    // a file that cannot be read, or is no program, has nothing to offer
  }
}

/** A path, a program of PATH, or a library by its name (runtime/discover/user/binaries.ts). */
function pathOf(program: string): string | undefined {
  if (program.includes('/')) return program;
  const found = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, program)).find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  return found ?? readLibraryCache(process.arch === 'arm64' ? 'arm64' : 'x86_64').find(({ name }) => isLibraryNamed(name, program))?.path;
}

function addFunctions(symbols: Buffer | undefined, texts: Buffer | undefined, prefix: Buffer, names: Set<string>): void {
  if (!symbols || !texts) return;
  for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    const type = symbols[at + symbolEntry.info]! & 15;
    if ((type !== symbolType.func && type !== symbolType.gnuIfunc) || symbols.readUInt16LE(at + symbolEntry.section) === 0) continue;
    const start = symbols.readUInt32LE(at + symbolEntry.name);
    if (start + prefix.length > texts.length || texts.compare(prefix, 0, prefix.length, start, start + prefix.length) !== 0) continue;
    names.add(texts.toString('latin1', start, Math.max(start, texts.indexOf(0, start))));
  }
}
