// Names with `*`: the only wildcard character of attach points (language.md 3.1).
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
