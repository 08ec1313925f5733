// Stands for lib/runtime/native/addon-file.ts in the tests that scripts/asan.ts runs: the addon is the one with the sanitizers.

import { join } from 'node:path';
import { packageRoot } from '../lib/runtime/native/addon-file.js';

export { explainAddon, packageRoot } from '../lib/runtime/native/addon-file.js';

export function addonFile(): string {
  return join(packageRoot(), '.cache/asan/build/Release/tbpf.node');
}
