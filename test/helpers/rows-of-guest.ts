// Which rows of a long table a guest takes.
//
//   why    a guest is emulated and needs ten times as long. What only a kernel can refuse is refused in one of the guests: each takes other rows
//   facts  the machine itself takes all rows; TBPF_ALL_CASES=1 makes a guest do so, too

const guest = process.env['TBPF_GUEST'];
const remainder = guest === undefined || process.env['TBPF_ALL_CASES'] ? undefined : guest === '6.1' ? 0 : 1;

/** Whether row `index` of a table of which a guest takes one in `oneIn` is taken here. */
export function isTaken(index: number, oneIn: number): boolean {
  return remainder === undefined || index % oneIn === remainder;
}

export function rowsOf<T>(table: readonly T[], oneIn: number): readonly T[] {
  return table.filter((_, index) => isTaken(index, oneIn));
}
