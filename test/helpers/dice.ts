// Random choices that depend on a seed alone.

export interface Choice {
  /** 0 … n - 1 */
  below(n: number): number;
  one<T>(list: readonly T[]): T;
  /** an index, as often as its weight says */
  weighted(weights: readonly number[]): number;
}

/** mulberry32 */
export function dice(seed: number): Choice {
  let state = (seed * 0x9e3779b1) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    one: (list) => list[below(list.length)]!,
    weighted(weights) {
      let at = next() * weights.reduce((sum, w) => sum + w, 0);
      for (const [i, w] of weights.entries()) {
        at -= w;
        if (at < 0) return i;
      }
      return weights.length - 1;
    },
  };
}
