// system(): a shell command, waited for.

import { textOfMemory } from '../model/syntax/decode-text.js';
import { childProcess } from '../runtime/native/node-modules.js';

const MOST_OUTPUT_BYTES = 1 << 30;
const SIGNAL_STATUS = 128;

/** Both streams in the order they were written. */
const TOGETHER = 'exec /bin/sh -c "$1" 2>&1';

/** Runs `sh -c command`; its input is ours, the output has what it wrote on stdout and stderr (language.md 4.2). A command that a signal ended has a status above 128, as in shells. */
export function runShell(command: string): { readonly status: number; readonly output: string } {
  const { status, stdout, error } = childProcess().spawnSync('/bin/sh', ['-c', TOGETHER, 'sh', command], { stdio: ['inherit', 'pipe', 'inherit'], maxBuffer: MOST_OUTPUT_BYTES });
  if (error !== undefined) throw error;
  return { status: status ?? SIGNAL_STATUS, output: textOfMemory(stdout) };
}
