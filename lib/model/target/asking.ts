// A Target that remembers which facts it was asked for, as far as a program that runs elsewhere depends on them.

import { overlaid } from './overlaid.js';
import type { BinaryFacts, Target } from './target.js';

export interface Asked {
  /** that the machine has */
  readonly features: Set<string>;
  /** build ids of files whose debug information or data were looked at, by path */
  readonly files: Map<string, string>;
  cpuCount?: number;
}

export function askingTarget(target: Target): { readonly target: Target; readonly asked: Asked } {
  const asked: Asked = { features: new Set(), files: new Map() };
  const has = (feature: string): boolean => {
    const answer = target.has(feature);
    if (answer) asked.features.add(feature);
    return answer;
  };
  const binary: Target['binary'] = (path, pid) => {
    const found = target.binary(path, pid);
    return found && noting(found, () => asked.files.set(found.path, found.buildId ?? ''));
  };
  const noted = overlaid(target, {
    has, binary,
    get cpuCount() {
      return (asked.cpuCount = target.cpuCount);
    },
  });
  return { target: noted, asked };
}

/** The file; `note` is called when its content goes into the program. */
function noting(binary: BinaryFacts, note: () => void): BinaryFacts {
  return overlaid(binary, {
    get isExecutable() {
      note();
      return binary.isExecutable;
    },
    debugInfo: () => {
      note();
      return binary.debugInfo();
    },
    findData: (name) => {
      note();
      return binary.findData(name);
    },
  });
}
