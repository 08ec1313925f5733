// Where the loops lie in an order of blocks in which control goes forwards otherwise.
//
//   in     for each place in the order, the places control goes to from there
//   out    for each place, the first and the last place of the loops around it, itself where there are none
//   idea   a way that leaves a span of the order, and comes back, goes through a jump backwards; loops that overlap count as one.
//          So what lies between some places is found by looking at their spans, and not at the whole function

export interface LoopSpans {
  readonly start: Int32Array;
  readonly end: Int32Array;
}

export function loopSpans(targets: readonly (readonly number[])[]): LoopSpans {
  const count = targets.length;
  const start = Int32Array.from({ length: count }, (_, place) => place);
  const end = start.slice();
  targets.forEach((places, from) => {
    for (const to of places) if (to <= from) end[to] = Math.max(end[to]!, from);
  });
  for (let first = 0; first < count; ) {
    let last = end[first]!;
    for (let place = first; place <= last; place++) last = Math.max(last, end[place]!);
    start.fill(first, first, last + 1);
    end.fill(last, first, last + 1);
    first = last + 1;
  }
  return { start, end };
}
