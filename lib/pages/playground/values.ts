// What is typed into the fields of an event, as the values that it gets.
//
//   in     `10`, `0x1f`, `-2`;  `1..4096`: one of these numbers;  `bash`, `"10"`: text;  `a|b|1..9`: one of several
//   out    a bigint or a text; undefined for an empty field
//   facts  choices come from numbers that begin anew with each start, so that what was tried can be tried again

export type Choose = () => number;

/** Numbers from 0 to 1, the same ones after each call (mulberry32). */
export function choices(): Choose {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const number = /^-?(?:\d+|0[xX][0-9a-fA-F]+)$/;
const range = /^(-?\d+)\.\.(-?\d+)$/;

export function valueOf(text: string, choose: Choose): bigint | string | undefined {
  const all = text.split('|').map((each) => each.trim()).filter((each) => each !== '');
  const one = all.length > 1 ? all[Math.floor(choose() * all.length)] : all[0];
  if (one === undefined) return undefined;
  const [, from, to] = range.exec(one) ?? [];
  if (from !== undefined && to !== undefined) return between(BigInt(from), BigInt(to), choose);
  if (number.test(one)) return one.startsWith('-') ? -BigInt(one.slice(1)) : BigInt(one);
  return /^".*"$/.test(one) ? one.slice(1, -1) : one;
}

/** @throws Error  it is text */
export function numberOf(name: string, text: string, choose: Choose): bigint | undefined {
  const value = valueOf(text, choose);
  if (typeof value === 'string') throw new Error(`${name}: a number, and not ${value}`);
  return value;
}

/** A number of the range, both ends included. */
function between(a: bigint, b: bigint, choose: Choose): bigint {
  const [low, high] = a <= b ? [a, b] : [b, a];
  const chosen = low + BigInt(Math.floor(choose() * Number(high - low + 1n)));
  return chosen > high ? high : chosen;
}

/** What fields hold at first, by names that tracepoints and functions have for the same thing. */
const likely: readonly (readonly [name: RegExp, value: string])[] = [
  [/^(filename|pathname|path|oldname|newname)$/, '/etc/hosts|/etc/passwd|/tmp/log'],
  [/^prev_comm$/, 'bash|nginx'], [/^next_comm$/, 'node|postgres'], [/comm$/, 'bash|node'],
  [/^(prev|next|parent|child|old)_pid$|^pid$/, '100..105'],
  [/^(count|len|size|bytes|bytes_alloc|bytes_req|size_goal|vlen)$/, '1..4096'],
  [/^(ret|retval)$/, '0..4096'],
  [/^(cpu|target_cpu|orig_cpu|dest_cpu)$/, '0..3'],
  [/^(runtime|delay)$/, '1000..1000000'],
  [/^(fd|dfd)$/, '3..9'],
  [/^(id|nr)$/, '0..3'],
  [/^(sig)$/, '9|15'],
  [/prio$/, '120'],
];

export function likelyValue(name: string, takes: 'number' | 'text' | 'address'): string {
  const known = likely.find(([pattern]) => pattern.test(name))?.[1];
  if (known !== undefined) return known;
  return takes === 'text' ? 'text' : takes === 'address' ? '' : '1';
}
