// Names with `*`: the only wildcard character of attach points (language.md 3.1).
//
//   in     `vfs_*`, `*foo*`, `sched_switch`
//   out    a predicate over names; plain names compare, a lone `*` accepts, one star at an end tests prefix or suffix
//   idea   patterns meet tens of thousands of names, so the usual shapes avoid regular expressions

export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*');
}

/** A test for names; `*` stands for any run of characters, also none. */
export function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return (name) => name === pattern;
  if (parts.every((part) => part === '')) return () => true;
  if (parts.length === 2) {
    const [head, tail] = parts as [string, string];
    return (name) => name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
  }
  const expression = new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('.*')}$`, 's');
  return (name) => expression.test(name);
}
