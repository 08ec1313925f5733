// The kernel modules that a script's probes are in: types that the kernel does not know are looked for there.

import type { AttachPoint, SyntaxTree } from '../../model/syntax/nodes.js';
import { hasWildcard, matcher } from '../../model/target/pattern.js';
import type { Target } from '../../model/target/target.js';
import { providersMatching } from './index.js';

/** Names of modules that have types, in the order of the script. */
export function modulesOf(tree: SyntaxTree, target: Target): readonly string[] {
  return modulesOfPoints(tree.items.flatMap((item) => (item.kind === 'probe' ? item.attachPoints : [])), target);
}

/** The same of attach points. */
export function modulesOfPoints(points: readonly Pick<AttachPoint, 'parts'>[], target: Target): readonly string[] {
  const typed = new Set(target.btfModules);
  typed.delete('vmlinux');
  if (typed.size === 0) return [];
  const found = points.flatMap((point) => modulesOfPoint(point, target));
  return [...new Set(found)].filter((module) => typed.has(module));
}

function modulesOfPoint({ parts: [provider = '', ...parts] }: Pick<AttachPoint, 'parts'>, target: Target): readonly string[] {
  return (providersMatching(provider)[0]?.modules?.(parts, target) ?? []).flatMap((pattern) => matching(pattern, target));
}

function matching(pattern: string, target: Target): readonly string[] {
  return hasWildcard(pattern) ? target.btfModules.filter(matcher(pattern)) : [pattern];
}
