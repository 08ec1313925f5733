// Maps that programs only add to: what such a map held when it was cleared can be subtracted from what it holds later, so user
// space clears it without writing to it (trace/script-map.ts).

import type { Node } from '../../../model/syntax/nodes.js';
import { walk } from '../../../model/syntax/visit.js';
import { aggregates } from '../../../language/aggregates/index.js';
import { partsOf, type TypedProgram } from '../../../language/typed-program.js';

const printClear: ReadonlySet<string> = new Set(['print', 'clear']);
const printClearZero: ReadonlySet<string> = new Set([...printClear, 'zero']);

/** Maps that no program reads, assigns to or deletes. */
export function mapsOnlyAddedTo(program: TypedProgram): Set<string> {
  return mapsUsedOnly(program, (node) => addition(node) ?? wholeMapUse(node, printClearZero));
}

/** Maps of aggregates whose key is always `probe`, and whose elements programs add to and do nothing else with. */
export function mapsCountingProbes(program: TypedProgram): Set<string> {
  return mapsUsedOnly(program, (node) => additionByProbe(node, program) ?? wholeMapUse(node, printClear));
}

/** @param use  the map that a statement or call uses in one of the wanted ways */
function mapsUsedOnly({ probes }: TypedProgram, use: (node: Node) => string | undefined): Set<string> {
  const added = new Set<string>();
  const others = new Map<string, number>();
  const count = (name: string, by: number): void => void others.set(name, (others.get(name) ?? 0) + by);
  const visit = (node: Node): void => {
    if (node.kind === 'map') {
      added.add(node.name);
      count(node.name, 1);
    }
    const harmless = use(node);
    if (harmless !== undefined) count(harmless, -1);
  };
  for (const part of probes.flatMap(partsOf)) walk(part, visit);
  for (const [name, uses] of others) if (uses > 0) added.delete(name);
  return added;
}

/** The map that a statement adds to, without a look at what it holds. */
function addition(node: Node): string | undefined {
  if (node.kind === 'expression-statement') {
    const { expression } = node;
    return expression.kind === 'inc-dec' ? mapOf(expression.target) : undefined;
  }
  if (node.kind !== 'assign') return undefined;
  const { op, value, target } = node;
  const adds = op === '+=' || op === '-=' || (op === '=' && value.kind === 'call' && aggregates.has(value.name));
  return adds ? mapOf(target) : undefined;
}

/** The map that is assigned to, or one of whose elements is. */
function mapOf(target: Node): string | undefined {
  if (target.kind === 'map-access') return target.map.name;
  return target.kind === 'map' ? target.name : undefined;
}

/** `@m[probe] = count()`. */
function additionByProbe(node: Node, { meanings }: TypedProgram): string | undefined {
  if (node.kind !== 'assign' || node.op !== '=' || node.target.kind !== 'map-access' || node.value.kind !== 'call' || !aggregates.has(node.value.name)) return undefined;
  const { map, key } = node.target;
  return key.kind === 'identifier' && key.name === 'probe' && meanings.get(key)?.kind === 'builtin' ? map.name : undefined;
}

function wholeMapUse(node: Node, calls: ReadonlySet<string>): string | undefined {
  if (node.kind !== 'call' || !calls.has(node.name)) return undefined;
  const [first] = node.args;
  return first?.kind === 'map' ? first.name : undefined;
}
