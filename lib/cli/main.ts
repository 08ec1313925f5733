// Entry of the command. What few starts need (help, listings, reports) is loaded when it is asked for.

import type { OutputFormat } from '../runtime/output/index.js';
import { complaintLine } from './output/message.js';
import { parseCommandLine, UsageError, type CommandLine } from './line/command-line.js';
import { explainFailure } from './output/failure.js';
import { runScript } from './jobs/run.js';
import { isTerminal } from './output/terminal.js';

const STDERR = 2;

/** how failures are printed, once the command line has been read */
let format: OutputFormat = 'text';

async function main(argv: readonly string[]): Promise<number> {
  let line: CommandLine;
  try {
    line = parseCommandLine(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (error.message !== '') complain(`${error.message}\n`);
    if (error.shows === 'usage') process.stderr.write((await import('./jobs/help.js')).shortUsage);
    return error.status;
  }
  if (line.action === 'run' || line.action === 'run file' || line.action === 'compile') format = line.format;
  switch (line.action) {
    case 'help': return line.program ? (await import('./jobs/script-help.js')).showScriptHelp(line) : (await import('./jobs/help.js')).showHelp();
    case 'version': return (await import('./jobs/reports.js')).showVersion();
    case 'info': return (await import('./jobs/reports.js')).showInfo(line);
    case 'doctor': return (await import('./jobs/reports.js')).showDoctor(line);
    case 'list': return (await import('./jobs/list.js')).listProbes(line);
    case 'types': return (await import('./jobs/types.js')).showTypes(line);
    case 'format': return (await import('./jobs/format.js')).formatScript(line);
    case 'facts': return (await import('./jobs/facts.js')).recordMachine(line);
    case 'build': return (await import('./jobs/build.js')).buildScript(line);
    case 'inspect': return (await import('./jobs/inspect.js')).inspectFile(line);
    case 'run file': return (await import('./jobs/run-file.js')).runFile(line);
    case 'run': case 'compile': return runScript(line);
  }
}

function complain(text: string): void {
  process.stderr.write(complaintLine(format, text, isTerminal(STDERR)));
}

function fail(error: unknown): never {
  const { text, status } = explainFailure(error);
  complain(text);
  process.exit(status);
}

// Errors that no caller awaits (a full disk at the end of a turn, a mistake in a timer) end the command with the same messages. Node would
// print the line of the bundle that threw, and that line is most of the program.
process.on('uncaughtException', fail);
main(process.argv.slice(2)).then((status) => process.exit(status), fail);
