// Names with `*`: the only wildcard character of attach points (language.md 3.1). Names of functions and events may also be alternatives, `a|b*|c`.
//
//   in     `vfs_*`, `*foo*`, `sched_switch`
//   out    a predicate over names; plain names compare, a lone `*` accepts
//   idea   what stands before the first star and behind the last has its place; of each part between, the first place behind the part before
//          is as good as any other. So nothing is tried twice: names and patterns come from strangers, and may be long

export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*');
}

/** A test for names; `*` stands for any run of characters, also none. */
export function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return (name) => name === pattern;
  const head = parts[0]!;
  const tail = parts.at(-1)!;
  const between = parts.slice(1, -1).filter((part) => part !== '');
  return (name) => {
    const end = name.length - tail.length;
    if (end < head.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
    let at = head.length;
    for (const part of between) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}

/** A name of functions or events that may stand for several: with a wildcard, or with alternatives. */
export function isForSeveral(pattern: string): boolean {
  return hasWildcard(pattern) || pattern.includes('|');
}

/** A test for names of functions and events: one of the alternatives fits. Plain names, of which there may be thousands, are looked up. */
export function alternatives(pattern: string): (name: string) => boolean {
  const all = pattern.split('|');
  if (all.length === 1) return matcher(pattern);
  const plain = new Set(all.filter((each) => !hasWildcard(each)));
  const patterns = all.filter(hasWildcard).map(matcher);
  return (name) => plain.has(name) || patterns.some((fits) => fits(name));
}

/** What messages show of a pattern: the start of a long one. */
export function shortPattern(pattern: string): string {
  return pattern.length > SHOWN ? `${pattern.slice(0, SHOWN)}...` : pattern;
}

const SHOWN = 60;
