// A compiled script as a value: what load() runs, what a file can hold.

import type { Diagnostic } from '../model/diagnostics/diagnostic.js';
import { OptionError } from '../model/diagnostics/errors.js';
import type { Manifest } from '../model/layout/manifest.js';
import { manifestFromJson } from '../model/layout/manifest.js';
import { positionOf } from '../model/layout/parameters.js';
import type { Range } from '../model/source/source.js';
import type { Type } from '../model/types/types.js';
import type { InsnPlaces } from '../trace/insn-places.js';
import type { AnyTypes } from './script-types.js';
import { describe } from './describe.js';
import { decodeProgramFile, encodeProgramFile } from './program-file.js';
import { typesOf } from './typescript.js';

/** What runs without the compiler: two texts that can be stored and sent. */
export interface Compiled {
  /** an ELF object as libbpf loads it */
  readonly elf: Uint8Array;
  /** JSON: what the runtime must know about the object */
  readonly manifest: string;
}

/** A call of the script that makes events. */
export interface Site {
  readonly range: Range;
  /** of the values of its events */
  readonly types: readonly Type[];
}

/** A named parameter of a script. */
export interface Parameter {
  readonly name: string;
  /** a boolean, a whole number (int64 where the default is negative) or a string */
  readonly type: 'bool' | 'int64' | 'uint64' | 'string';
  readonly defaultValue: boolean | bigint | string;
  readonly description: string | undefined;
}

/** @template S  the types of the script, written by `tbpf types` */
export class Program<S = AnyTypes> implements Compiled {
  declare readonly script?: S;
  readonly elf: Uint8Array;
  readonly manifest: string;
  readonly warnings: readonly Diagnostic[];
  readonly #parsed: Manifest;
  readonly #places: (() => InsnPlaces) | undefined;
  #sites: readonly Site[] | undefined;

  /** @internal
   *  @param places  of instructions in the script, for what the verifier may say; undefined: nothing but elf and manifest is known */
  constructor(compiled: Compiled, warnings: readonly Diagnostic[], parsed: Manifest, places?: () => InsnPlaces) {
    this.elf = compiled.elf;
    this.manifest = compiled.manifest;
    this.warnings = warnings;
    this.#parsed = parsed;
    this.#places = places;
  }

  /** Events name the place that made them by an index into this list. */
  get sites(): readonly Site[] {
    return (this.#sites ??= this.#parsed.events.map(({ place: { file, line, column, offset, endLine, endColumn, endOffset }, layout }) => ({
      range: { file, start: { line, column, offset }, end: { line: endLine, column: endColumn, offset: endOffset } },
      types: layout.arguments.map(({ type }) => type),
    })));
  }

  /** What the script asks for with getopt(): give values as options.namedParameters of compile(), trace() or load(). */
  get parameters(): readonly Parameter[] {
    return (this.#parsed.parameters ?? []).filter(({ name }) => !(this.#parsed.portable && positionOf(name))).map(({ name, type, defaultValue, description }) => ({ name, type, defaultValue, description }));
  }

  /** Features of the kernel that its probes need, see kernelInfo(). */
  get needs(): readonly string[] {
    return [...new Set(this.#parsed.programs.flatMap(({ needs }) => needs ?? []))].sort();
  }

  /** Text of the script; undefined: it was made of elf and manifest alone. */
  get source(): string | undefined {
    return this.#places?.().sources[0]?.text;
  }

  /** Its events and maps as TypeScript: a module whose Types is for trace<Types>(…). `tbpf types` of the command writes the same. */
  types(): string {
    return typesOf(this.#parsed);
  }

  /** The program as one file, with the text of the script: what load() and `tbpf run` take, and what `tbpf build` writes.
   * @throws OptionError  ERR_OPTION_VALUE: it was made of elf and manifest alone */
  toBytes(): Uint8Array {
    if (!this.#places) throw new OptionError('program', 'the program was made of elf and manifest alone: only what compile() gives or a file holds can be written as a file', 'ERR_OPTION_VALUE');
    return encodeProgramFile({ elf: this.elf, manifest: this.manifest, places: this.#places() });
  }

  /** @internal */
  static parsed(program: Program<never>): { readonly manifest: Manifest; readonly places: (() => InsnPlaces) | undefined } {
    return { manifest: program.#parsed, places: program.#places };
  }
}

/** The Program of what load() was given, or another taker.
 * @throws OptionError;  TbpfError  ERR_PROGRAM_FILE: bytes that are no program */
export function programOf(given: unknown, taker = 'load()'): Program {
  if (given instanceof Program) return given;
  if (given instanceof Uint8Array) {
    const { parsed, places, ...compiled } = decodeProgramFile(given, 'the program');
    return new Program(compiled, [], parsed, () => places);
  }
  if (typeof given !== 'object' || given === null) throw wrongProgram(describe(given), taker);
  const { elf, manifest } = given as Partial<Compiled>;
  if (!(elf instanceof Uint8Array)) throw wrongProgram(`an object whose elf is ${describe(elf)}`, taker);
  if (typeof manifest !== 'string') throw wrongProgram(`an object whose manifest is ${describe(manifest)}`, taker);
  return new Program({ elf, manifest }, [], parse(manifest, taker));
}

function parse(text: string, taker: string): Manifest {
  let manifest: Partial<Manifest>;
  try {
    manifest = manifestFromJson(text);
  } catch (error) {
    throw wrongProgram(`no program: its manifest is no JSON (${(error as Error).message})`, taker);
  }
  if (manifest?.version !== 1 || !Array.isArray(manifest.programs)) throw wrongProgram('of another version of tbpf, or not made by compile()', taker);
  return manifest as Manifest;
}

function wrongProgram(what: string, taker: string): OptionError {
  return new OptionError('program', `the program is ${what}: ${taker} takes what compile() made`, 'ERR_OPTION_TYPE');
}
