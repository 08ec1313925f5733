// What bin/kept-program.cjs has of the command line: the program that was compiled of it before, or where to keep one.

/** Called with the files that compiling looked at. @returns what keeps the program; undefined: it cannot be kept */
export type AfterCompiling = (files: readonly string[]) => ((program: Uint8Array) => void) | undefined;

export interface KeptProgram {
  /** as `tbpf build` writes it; undefined: it has to be compiled */
  readonly program?: Uint8Array;
  /** called before compiling */
  begin(): AfterCompiling;
  /** What was kept is damaged: it goes, and the process becomes one that compiles. */
  compileInstead(): void;
}

/** undefined: nothing is kept */
export function keptProgram(): KeptProgram | undefined {
  return (globalThis as { readonly [name: symbol]: unknown })[Symbol.for('tbpf.kept-program')] as KeptProgram | undefined;
}
