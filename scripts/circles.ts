// Circles in a graph of files: the strongly connected components of more than one file (Tarjan's algorithm).

/** @returns the files of each circle, sorted; imports of what is no file of the graph do not count */
export function circles(importsByFile: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();

  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    stack.push(file);
    onStack.add(file);
    for (const to of importsByFile.get(file)!) {
      if (!importsByFile.has(to)) continue;
      if (!order.has(to)) {
        visit(to);
        lowest.set(file, Math.min(lowest.get(file)!, lowest.get(to)!));
      } else if (onStack.has(to)) lowest.set(file, Math.min(lowest.get(file)!, order.get(to)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const component = stack.splice(stack.indexOf(file));
    for (const each of component) onStack.delete(each);
    if (component.length > 1) found.push(component.sort());
  };
  for (const file of importsByFile.keys()) if (!order.has(file)) visit(file);
  return found;
}
