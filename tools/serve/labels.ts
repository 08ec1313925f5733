// What the script's text says about its maps: names for the parts of their keys, and comments that begin with @metric.
//
//   facts  a part of a key is named by its expression: `comm` is comm, `args.dev` and `str(args.dev)` are dev, `$name` is name. A part that says no name is
//          key1, key2 … by its place. What macros make of a key is not seen: their maps have numbered labels

import { parse, type Expression } from '../../lib/syntax.js';

/** Stands for the name of a map that is no metric: `// @metric @start -`. */
export const NO_METRIC = '-';

/** What a comment says of a map: `// @metric @reads disk_reads_total{disk,comm} Requests that read.` */
export interface MetricComment {
  readonly name: string;
  readonly labels: readonly string[] | undefined;
  readonly help: string | undefined;
}

const COMMENT = /^[ \t]*(?:\/\/|\*|\/\*)[ \t]*@metric[ \t]+(@\w*)[ \t]+([A-Za-z_]\w*|-(?!\S))(?:\{([^}]*)\})?(?:[ \t]+(.*?))?(?:[ \t]*\*\/)?[ \t]*$/gm;
/** Prometheus keeps them for itself, or for histograms. */
const TAKEN = new Set(['le', 'quantile', 'job', 'instance']);

export function metricComments(script: string): ReadonlyMap<string, MetricComment> {
  return new Map([...script.matchAll(COMMENT)].map(([, map, name, labels, help]) => [
    map!, { name: name!, labels: labels?.split(',').map((label) => label.trim()).filter((label) => label !== ''), help: help === '' ? undefined : help },
  ]));
}

/** Names of the parts of keys, by map; a map that the text gives no key has none. */
export function keyNames(script: string): ReadonlyMap<string, readonly (string | undefined)[]> {
  const names = new Map<string, readonly (string | undefined)[]>();
  visit(parse(script).tree, (node) => {
    if (node['kind'] !== 'map-access') return;
    const { map, key } = node as unknown as { readonly map: { readonly name: string }; readonly key: Expression };
    const found = partsOf(key);
    const known = names.get(map.name);
    // another place may name what this one does not
    names.set(map.name, found.map((name, index) => known?.[index] ?? name));
  });
  return names;
}

/** Distinct names that Prometheus takes, one for each part. */
export function labelNames(parts: readonly (string | undefined)[], count: number): string[] {
  const used = new Set<string>();
  return Array.from({ length: count }, (_, index) => {
    const clean = parts[index]?.replace(/^_+/, '').replaceAll(/\W/g, '_');
    let name = clean === undefined || clean === '' || /^\d/.test(clean) || TAKEN.has(clean) ? `key${index + 1}` : clean;
    while (used.has(name)) name = `${name}_${index + 1}`;
    used.add(name);
    return name;
  });
}

function partsOf(key: Expression): (string | undefined)[] {
  if (key.kind === 'record') return key.fields.map(({ name }) => name);
  return key.kind === 'tuple' ? key.elements.map(nameOf) : [nameOf(key)];
}

function nameOf(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'identifier': case 'variable': return expression.name.replace(/^\$/, '');
    case 'member': return expression.field;
    case 'cast': case 'unary': return nameOf(expression.operand);
    case 'call': {
      // str(args.path) is a path; a call without arguments, as kstack(), is what it is called
      const [first] = expression.args;
      return first === undefined ? expression.name : nameOf(first as Expression);
    }
    default: return undefined;
  }
}

/** Every object of a tree that has a kind. */
function visit(value: unknown, see: (node: Readonly<Record<string, unknown>>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if ('kind' in value) see(value as Record<string, unknown>);
  for (const part of Object.values(value)) visit(part, see);
}
