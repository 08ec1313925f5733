// A compiled script as one file: what `tbpf build` and Program.toBytes() write, what `tbpf run` and load() read.
//
//   layout  header of 28 bytes, numbers little endian:
//             0  magic   89 't' 'b' 'p' 'f' 0d 0a 1a: no text, and a transfer that changes ends of lines shows
//             8  u32     version of the format
//            12  u32     CRC-32 of all bytes behind it
//            16  3 × u32 bytes of the parts: object, manifest, script
//           then the parts, one behind the other, and nothing else
//           object: ELF as libbpf loads it;  manifest: JSON (layout/manifest.ts);  script: JSON (Script below)
//   facts   who changes what the manifest or an event's bytes mean raises VERSION: test/fixtures/compiled holds a file of each version.
//           A file may come from anybody: what is read is bounded by the file, and what does not fit together is refused

import { viewOf } from '../model/bytes/bytes.js';
import { crc32 } from '../model/bytes/crc.js';
import { ByteWriter } from '../model/btf/byte-writer.js';
import { TbpfError } from '../model/diagnostics/errors.js';
import { type Manifest, manifestFromJson } from '../model/layout/manifest.js';
import { manifestProblem } from '../model/layout/manifest-check.js';
import { Source } from '../model/source/source.js';
import type { InsnPlaces } from '../trace/insn-places.js';

const MAGIC = Uint8Array.of(0x89, 0x74, 0x62, 0x70, 0x66, 0x0d, 0x0a, 0x1a);
/** What may stand before it. */
const COMMAND_LINE = new TextEncoder().encode('#!/usr/bin/env -S tbpf run\n');
const VERSION = 1;
const AT = { version: 8, checksum: 12, lengths: 16, parts: 28 } as const;
const PARTS = ['object', 'manifest', 'script'] as const;

/** Ending of the files' names. */
export const PROGRAM_SUFFIX = '.tbpf';

/** What a file holds. */
export interface ProgramFile {
  readonly elf: Uint8Array;
  /** JSON */
  readonly manifest: string;
  readonly parsed: Manifest;
  readonly places: InsnPlaces;
}

/** The third part: the text of the script and of what it imports, and where instructions come from. */
interface Script {
  /** [name, text]; the script itself is the first */
  readonly sources: readonly (readonly [name: string, text: string])[];
  /** InsnPlaces.byProgram */
  readonly places: Readonly<Record<string, readonly number[]>>;
}

/** @param places  its first source is the script */
export function encodeProgramFile({ elf, manifest, places }: Omit<ProgramFile, 'parsed'>): Uint8Array {
  const script: Script = {
    sources: places.sources.map(({ name, text }) => [name, text]),
    places: Object.fromEntries([...places.byProgram].map(([program, numbers]) => [program, [...numbers]])),
  };
  const parts = { object: elf, manifest: utf8.encode(manifest), script: utf8.encode(JSON.stringify(script)) };
  const out = new ByteWriter(AT.parts + PARTS.reduce((sum, part) => sum + parts[part].length, 0)).raw(MAGIC).u32(VERSION).u32(0);
  for (const part of PARTS) out.u32(parts[part].length);
  for (const part of PARTS) out.raw(parts[part]);
  out.setU32(AT.checksum, crc32(out.finish().subarray(AT.lengths)));
  return out.finish();
}

const utf8 = new TextEncoder();

/** The file of tbpf --aot, which the kernel hands to `tbpf run`. */
export const asCommand = (bytes: Uint8Array): Uint8Array => new ByteWriter(COMMAND_LINE.length + bytes.length).raw(COMMAND_LINE).raw(bytes).finish();

const withoutCommand = (bytes: Uint8Array): Uint8Array => (beginsWith(bytes, COMMAND_LINE) ? bytes.subarray(COMMAND_LINE.length) : bytes);
const beginsWith = (bytes: Uint8Array, wanted: Uint8Array): boolean => bytes.length >= wanted.length && wanted.every((byte, i) => bytes[i] === byte);

/** Whether bytes begin as such a file does. */
export const isProgramFile = (bytes: Uint8Array): boolean => beginsWith(withoutCommand(bytes), MAGIC);

/** @param name  of the file, for messages
 *  @throws TbpfError  ERR_PROGRAM_FILE: it is no such file, of another version, cut short or damaged */
export function decodeProgramFile(given: Uint8Array, name: string): ProgramFile {
  const bytes = withoutCommand(given);
  if (!isProgramFile(bytes)) throw refusal(`${name} is no compiled script`, 'Build one: tbpf build script.bt -o script.tbpf');
  if (bytes.length < AT.parts) throw cutShort(name, bytes.length, AT.parts);
  const view = viewOf(bytes);
  const version = view.getUint32(AT.version, true);
  if (version !== VERSION) {
    const age = version > VERSION ? 'a newer' : 'an older';
    throw refusal(`${name} was built by ${age} tbpf: its format is ${version}, this tbpf reads ${VERSION}`, `Build it again with this tbpf${version > VERSION ? ', or use the tbpf that built it' : ''}.`);
  }
  const lengths = PARTS.map((_, i) => view.getUint32(AT.lengths + i * 4, true));
  const wanted = lengths.reduce((sum, length) => sum + length, AT.parts);
  if (bytes.length < wanted) throw cutShort(name, bytes.length, wanted);
  if (bytes.length > wanted) throw damaged(name, `${bytes.length - wanted} bytes too many are at its end`);
  if (crc32(bytes.subarray(AT.lengths)) !== view.getUint32(AT.checksum, true)) throw damaged(name, 'its checksum does not fit');
  const [object, manifest, script] = lengths.map((length, i) => {
    const start = lengths.slice(0, i).reduce((sum, before) => sum + before, AT.parts);
    return bytes.subarray(start, start + length);
  }) as [Uint8Array, Uint8Array, Uint8Array];
  const text = textOf(manifest, name, 'manifest');
  const parsed = parse(text, name, 'manifest', manifestFromJson);
  const problem = manifestProblem(parsed);
  if (problem !== undefined) throw damaged(name, `its manifest has no ${problem} as it should be`);
  return { elf: object, manifest: text, parsed, places: placesOf(parse(textOf(script, name, 'script'), name, 'script', JSON.parse), name) };
}

function textOf(bytes: Uint8Array, name: string, part: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged(name, `its ${part} is no text`);
  }
}

function parse<T>(text: string, name: string, part: string, read: (text: string) => T): T {
  try {
    return read(text);
  } catch {
    throw damaged(name, `its ${part} is no JSON`);
  }
}

function placesOf(given: unknown, name: string): InsnPlaces {
  const { sources, places } = (given ?? {}) as Partial<Script>;
  const wrong = (): TbpfError => damaged(name, 'its script is not as it should be');
  if (!Array.isArray(sources) || sources.length === 0 || !sources.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'))) throw wrong();
  if (typeof places !== 'object' || places === null) throw wrong();
  const known = (sources as Script['sources']).map(([sourceName, text]) => new Source(sourceName, text));
  const byProgram = Object.entries(places).map(([program, numbers]): [string, Uint32Array] => {
    if (!Array.isArray(numbers) || numbers.length % 4 !== 0 || !numbers.every((number) => Number.isInteger(number) && number >= 0)) throw wrong();
    for (let i = 0; i < numbers.length; i += 4) {
      const [, source, start, end] = numbers.slice(i, i + 4) as [number, number, number, number];
      if (source >= known.length || start > end || end > known[source]!.text.length) throw wrong();
    }
    return [program, Uint32Array.from(numbers as number[])];
  });
  return { sources: known, byProgram: new Map(byProgram) };
}

function cutShort(name: string, has: number, wanted: number): TbpfError {
  return refusal(`${name} is cut short: it has ${has} of ${wanted} bytes`, 'Copy it again.');
}

function damaged(name: string, what: string): TbpfError {
  return refusal(`${name} is damaged: ${what}`, 'Copy it again, or build it again.');
}

function refusal(message: string, advice: string): TbpfError {
  return new TbpfError(message, { code: 'ERR_PROGRAM_FILE', advice });
}
