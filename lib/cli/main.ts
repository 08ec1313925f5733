// Entry of the command. What few starts need (help, listings, reports) is loaded when it is asked for.

import type { OutputFormat } from '../runtime/output/index.js';
import { complaintLine } from './message.js';
import { parseCommandLine, UsageError, type CommandLine } from './command-line.js';
import { explainFailure } from './failure.js';
import { runScript } from './run.js';

/** how failures are printed, once the command line has been read */
let format: OutputFormat = 'text';

async function main(argv: readonly string[]): Promise<number> {
  let line: CommandLine;
  try {
    line = parseCommandLine(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (error.message !== '') process.stderr.write(`${error.message}\n`);
    if (error.shows === 'usage') process.stderr.write((await import('./help.js')).shortUsage);
    return error.status;
  }
  if (line.action === 'run' || line.action === 'compile') format = line.format;
  switch (line.action) {
    case 'help': return (await import('./help.js')).showHelp();
    case 'version': return (await import('./reports.js')).showVersion();
    case 'info': return (await import('./reports.js')).showInfo(line);
    case 'doctor': return (await import('./reports.js')).showDoctor(line);
    case 'list': return (await import('./list.js')).listProbes(line);
    case 'format': return (await import('./format.js')).formatScript(line);
    case 'run': case 'compile': return runScript(line);
  }
}

function fail(error: unknown): never {
  const { text, status } = explainFailure(error);
  process.stderr.write(complaintLine(format, text));
  process.exit(status);
}

// Errors that no caller awaits (a full disk at the end of a turn, a mistake in a timer) end the command with the same messages. Node would
// print the line of the bundle that threw, and that line is most of the program.
process.on('uncaughtException', fail);
main(process.argv.slice(2)).then((status) => process.exit(status), fail);
