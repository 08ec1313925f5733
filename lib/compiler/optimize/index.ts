// IR to better IR.
//
//   in     ir.Module that passes validateIr
//   out    the same module, its functions changed in place
//   idea   passes.ts lists the passes; the list is repeated for functions that still change. A pass that found nothing to do in a function is left out
//          until another one has changed it

import type { Module } from '../../model/ir/ir.js';
import { validateIr } from '../../model/ir/validate.js';
import { buildPipeline } from './passes.js';
import type { Pass } from './pass.js';

export { passNames } from './passes.js';

export interface OptimizeOptions {
  /** after each pass, with its name; from the second round on as `NAME:2` … */
  readonly dump?: (passName: string, module: Module) => void;
  /** validateIr before the first and after each pass; default false */
  readonly check?: boolean;
}

const MAX_ROUNDS = 4;

export function optimize(module: Module, options: OptimizeOptions = {}): Module {
  const { preparation, round, finish } = buildPipeline();
  const check = options.check ?? false;
  if (check) validateIr(module);
  let active = [...module.functions];
  const settled = new Map(active.map((func) => [func, new Set<Pass>()]));
  const run = (pass: Pass, suffix: string): void => {
    for (const func of active) {
      const finished = settled.get(func)!;
      if (finished.has(pass)) continue;
      if (pass.run(func)) {
        changed.add(func);
        finished.clear();
      } else finished.add(pass);
    }
    if (check) validateIr(module);
    options.dump?.(`${pass.name}${suffix}`, module);
  };
  const changed = new Set<(typeof active)[number]>();
  for (const pass of preparation) run(pass, '');
  for (let n = 1; n <= MAX_ROUNDS && active.length > 0; n++) {
    changed.clear();
    for (const pass of round) run(pass, n === 1 ? '' : `:${n}`);
    active = active.filter((func) => changed.has(func));
  }
  active = [...module.functions];
  for (const pass of finish) run(pass, '');
  return module;
}
