// What the two bundles of the command have in common (main.ts, run-main.ts): the command line is read, the job done, and every failure said in one form.

import type { OutputFormat } from '../runtime/output/index.js';
import { parseCommandLine, UsageError, type CommandLine } from './line/command-line.js';
import { explainFailure } from './output/failure.js';
import { complain } from './output/message.js';

/** how failures are printed, once the command line has been read */
let format: OutputFormat = 'text';

/** Does what the command line says, and ends the process.
 * @param usage  what stands below a complaint about the command line */
export function enter(job: (line: CommandLine) => number | Promise<number>, usage: () => Promise<string>): void {
  // Errors that no caller awaits (a full disk at the end of a turn, a mistake in a timer) end the command with the same messages. Node would
  // print the line of the bundle that threw, and that line is most of the program.
  process.on('uncaughtException', fail);
  main(process.argv.slice(2), job, usage).then((status) => process.exit(status), fail);
}

async function main(argv: readonly string[], job: Parameters<typeof enter>[0], usage: Parameters<typeof enter>[1]): Promise<number> {
  let line: CommandLine;
  try {
    line = parseCommandLine(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (error.message !== '') complain(format, `${error.message}\n`);
    if (error.shows === 'usage') process.stderr.write(await usage());
    return error.status;
  }
  if (line.action === 'run' || line.action === 'run file' || line.action === 'compile') format = line.format;
  return job(line);
}

function fail(error: unknown): never {
  const { text, status } = explainFailure(error);
  complain(format, text);
  process.exit(status);
}
