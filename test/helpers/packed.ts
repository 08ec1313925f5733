// The package as npm makes it, once for a test file.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from './command.js';

export interface Packed {
  /** the tarball */
  readonly path: string;
  /** bytes of the tarball */
  readonly size: number;
  /** paths in the package */
  readonly files: readonly string[];
}

/** Makes what the package holds, where it is not up to date, and packs it into a folder. */
export function packInto(folder: string): Packed {
  // npm of a test run has its configuration in the environment
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$/i.test(name)));
  execFileSync('sh', ['scripts/setup.sh', '--for', 'pack'], { cwd: packageRoot, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [described] = JSON.parse(execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: packageRoot, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })) as [{ filename: string; size: number; files: { path: string }[] }];
  return { path: join(folder, described.filename), size: described.size, files: described.files.map(({ path }) => path) };
}
