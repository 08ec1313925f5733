// Whether two decoded values are the same: keys of maps, as users give them.
//
//   facts  integers may be given as number or bigint

export function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' || typeof a === 'bigint') return (typeof b === 'number' || typeof b === 'bigint') && a == b; // eslint-disable-line eqeqeq -- 1 == 1n
  if (typeof a !== 'object' || a === null) return a === b;
  if (typeof b !== 'object' || b === null) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as Readonly<Record<string, unknown>>];
  return left.length === Object.keys(b).length && left.every(([name, value]) => sameValue(value, right[name]));
}
