// What trace() and its compiler thread say to each other.

import type { Diagnostic } from '../model/diagnostics/diagnostic.js';
import type { InsnPlaces } from '../trace/insn-places.js';
import type { Compiling } from './compile-options.js';
import type { PlainError } from './plain.js';

export interface CompileRequest {
  readonly id: number;
  /** the text as it was read; what it imports is read by the thread */
  readonly source: { readonly name: string; readonly text: string };
  /** number of the Machine, which the thread knows by that number from then on; undefined: a machine that is looked at anew */
  readonly machine: number | undefined;
  readonly compiling: Compiling;
}

/** The Machine with this number is used no more. */
export interface ForgetRequest {
  readonly forget: number;
}

export type CompileAnswer =
  | { readonly id: number; readonly diagnostics: readonly Diagnostic[]; /** undefined: a diagnostic is an error */ readonly program: CompiledProgram | undefined }
  | { readonly id: number; readonly error: PlainError };

export interface CompiledProgram {
  readonly elf: Uint8Array<ArrayBuffer>;
  readonly manifest: string;
  readonly places: InsnPlaces;
}
