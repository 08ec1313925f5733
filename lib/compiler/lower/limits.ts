// What one program may have: maps it uses, functions that call each other (the kernel's limits), operations (ours).
//
//   in     the module as it will be translated, its functions without those that nobody needs

import { MOST_FRAMES, MOST_MAPS } from '../../model/bpf/limits.js';
import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Func, Module, Value } from '../../model/ir/ir.js';
import type { Span } from '../../model/source/source.js';
import * as say from './diagnostics.js';

/** Of a function: a second or two of compiling, and more instructions than a jump passes over. A long script has a thousand. */
export const MOST_OPERATIONS = 64_000;

/** A function has become longer than that; lowering ends there, because a few words of a script may stand for millions. */
export class TooManyOperations extends Error {
  constructor(readonly span: Span) {
    super(`more than ${MOST_OPERATIONS} operations`);
  }
}

/** Answers whether the kernel will take all programs; reports what is too much. */
export function checkLimits(module: Module, spanByProgram: ReadonlyMap<string, Span>, scriptMaps: ReadonlySet<string>, report: Report): boolean {
  const functionByName = new Map(module.functions.map((func) => [func.name, func]));
  const tooDeep = new Set<Span | undefined>();
  let fits = true;
  /** deepest: how deep each function has been found below the program at hand; a function may be called in many places */
  const visit = (func: Func, frames: number, maps: Set<string>, deepest: Map<Func, number>): void => {
    if ((deepest.get(func) ?? 0) >= frames) return;
    deepest.set(func, frames);
    for (const value of instructionsOf(func)) {
      if (value.op === 'map' || value.op === 'map_value') maps.add(value.attributes.name!);
      if (value.op !== 'function' && value.op !== 'call_function') continue;
      if (frames < MOST_FRAMES) visit(functionByName.get(value.attributes.name!)!, frames + 1, maps, deepest);
      else tooDeep.add(value.span);
    }
  };
  for (const func of module.functions) {
    if (func.kind !== 'program') continue;
    const maps = new Set<string>();
    visit(func, 1, maps, new Map());
    if (maps.size <= MOST_MAPS) continue;
    const own = [...maps].filter((name) => !scriptMaps.has(name)).length;
    report(say.tooManyMaps.at(spanByProgram.get(func.name)!, { limit: MOST_MAPS, count: maps.size, own }));
    fits = false;
  }
  for (const span of tooDeep) report(say.tooDeep.at(span, { limit: MOST_FRAMES }));
  return fits && tooDeep.size === 0;
}

function* instructionsOf(func: Func): Iterable<Value> {
  for (const block of func.blocks) yield* block.instructions;
}
