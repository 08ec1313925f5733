// `-I FILE`: structs of a script's own. Kernel headers are not needed, for the kernel describes its types itself (BTF).

import { readFileSync } from 'node:fs';
import { ToolFailure } from '../shared/failure.js';

export interface Definitions {
  /** C definitions for the beginning of the script */
  readonly text: string;
  /** for stderr */
  readonly warnings: readonly string[];
}

/** @throws ToolFailure  a file cannot be read */
export function definitionsOf(headers: readonly string[]): Definitions {
  const own = headers.filter((name) => /^\.{0,2}\//.test(name));
  const kernel = headers.filter((name) => !own.includes(name));
  return {
    text: own.map((name) => read(name)).join('\n'),
    warnings: kernel.map((name) => `-I ${name}: kernel headers are not read, the kernel's types are known without them. A file of your own begins with ./ or /`),
  };
}

function read(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (error) {
    throw new ToolFailure(`cannot read ${name}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
  }
}
