// What ends the command: a TbpfError is printed in one line, a bug with the place of its dump.
//
//   out    text for stderr and the exit status of language.md 8.6

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strerror } from '../../language/strerror.js';
import { LOCKDOWN } from '../../trace/machine-checks.js';
import { sentenceOf } from '../../trace/runner.js';
import { Bug, NotSupportedError, TbpfError } from '../../model/diagnostics/errors.js';

export const status = { ok: 0, wrong: 1, internal: 2, refused: 255 } as const;

/** Ends the command with a message and a status, for failures that are not in the script. */
export class Failure extends Error {
  constructor(
    /** with its `ERROR: ` where it has one; without the last newline */
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The text for stderr and the exit status. */
export function explainFailure(error: unknown): { readonly text: string; readonly status: number } {
  if (error instanceof Failure) return { text: `${error.message}\n`, status: error.status };
  // an explanation of four lines, in bpftrace's words
  if (error instanceof NotSupportedError && error.feature === LOCKDOWN) return { text: `${error.message}\n`, status: status.wrong };
  if (error instanceof TbpfError) return { text: `ERROR: ${sentenceOf(error)}\n`, status: status.wrong };
  if (isAboutFile(error)) return { text: `ERROR: Cannot ${error.syscall} ${error.path}: ${strerror(-error.errno)}\n`, status: status.wrong };
  return { text: explainBug(error), status: status.internal };
}

/** A file that is not what it should be, or closed to us. */
function isAboutFile(error: unknown): error is Required<NodeJS.ErrnoException> {
  if (!(error instanceof Error)) return false;
  const { syscall, path, errno } = error as NodeJS.ErrnoException;
  return syscall !== undefined && path !== undefined && errno !== undefined;
}

/** An internal error: what was going on, where the rest is. */
function explainBug(error: unknown): string {
  const phase = error instanceof Bug ? error.phase : 'tbpf';
  const message = error instanceof Error ? error.message.replace(/^BUG: /, '') : String(error);
  const file = saveDump(error);
  const where = file === undefined ? '' : `The details are in ${file}.\n`;
  return `BUG: ${error instanceof Bug ? message : `${phase}: ${message}`}\nThis is a mistake in tbpf, not in your script. Please report it, with the script.\n${where}`;
}

/** Writes what helps to find the mistake; undefined when even that fails. */
function saveDump(error: unknown): string | undefined {
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  const dump = error instanceof Bug && error.dump !== undefined ? `\n\n${error.dump}` : '';
  try {
    const file = join(mkdtempSync(join(tmpdir(), 'tbpf-bug-')), 'dump.txt');
    writeFileSync(file, `tbpf ${process.argv.slice(2).map((word) => JSON.stringify(word)).join(' ')}\n${stack}${dump}\n`);
    return file;
  } catch {
    // the message itself matters more
    return undefined;
  }
}
