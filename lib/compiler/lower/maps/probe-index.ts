// Elements by probe: a map that is only used as `@m[probe] = count()` is an array, and its index says which probe it was.
//
//   why    Many functions share a program that gets the number of the function as the cookie of its link. To count by that number is an array
//          access, which the kernel's JIT inlines; to copy the function's name into a key and hash it takes many times as long, and the
//          names of 1,000 functions would lie in the program's read-only data
//   in     the programs that add to the map, in order; what `probe` may say in each
//   out    the names of all elements, and where those of each program begin

import { walk } from '../../../model/syntax/visit.js';
import { probeNames, type ResolvedProbe } from '../../../language/record.js';
import type { TypedProgram } from '../../../language/typed-program.js';

export interface ProbeIndex {
  /** by element; empty where no probe has this number */
  readonly names: readonly string[];
  readonly first: ReadonlyMap<ResolvedProbe, number>;
}

/** Undefined: two programs have a probe of the same name, whose events are counted together. */
export function probeIndexOf(map: string, { probes }: TypedProgram): ProbeIndex | undefined {
  const names: string[] = [];
  const first = new Map<ResolvedProbe, number>();
  for (const { body, resolved } of probes) {
    let used = false;
    walk(body, (node) => {
      used ||= node.kind === 'map-access' && node.map.name === map;
    });
    if (!used) continue;
    first.set(resolved, names.length);
    // the runtime sees the holes of a table of system calls as elements that nothing was added to
    for (const name of probeNames(resolved)) names.push(name);
  }
  const there = names.filter((name) => name !== '');
  return new Set(there).size === there.length ? { names, first } : undefined;
}
