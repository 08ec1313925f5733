// A program of the comparison with bpftrace: the body of a begin block, in words that bpftrace 0.17 knows.

export type Format = 'text' | 'json';

export interface DifferentialProgram {
  /** `family/what it does`; unique, and what the list of differences names it by. */
  readonly name: string;
  /** Statements of a begin block. It must not exit: other programs stand behind it in the same block. */
  readonly body: string;
  readonly format: Format;
  /** The program was written for a newer bpftrace: the one that runs here may refuse it, and then there is nothing to compare. */
  readonly mayBeRefused: boolean;
}

/** Rows of a family: what each is called, and its statements. */
export type Rows = readonly (readonly [name: string, body: string])[];

export function family(name: string, rows: Rows, format: Format = 'text'): DifferentialProgram[] {
  return rows.map(([row, body]) => ({ name: `${name}/${row}`, body, format, mayBeRefused: false }));
}

/** Every way to take one of each list. */
export function product<A, B>(as: readonly A[], bs: readonly B[]): [A, B][] {
  return as.flatMap((a) => bs.map((b): [A, B] => [a, b]));
}
