// Entry of `tbpf run FILE`, a bundle of its own that holds no compiler: reading the command's is most of a start (bin/tbpf chooses).

import type { OutputFormat } from '../runtime/output/index.js';
import { parseCommandLine, UsageError } from './line/command-line.js';
import { explainFailure } from './output/failure.js';
import { complaintLine } from './output/message.js';
import { isTerminal } from './output/terminal.js';
import { runFile } from './jobs/run-file.js';

const STDERR = 2;
let format: OutputFormat = 'text';

async function main(argv: readonly string[]): Promise<number> {
  try {
    const line = parseCommandLine(argv);
    format = line.format;
    return await runFile(line);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}${error.shows === 'usage' ? '\nOptions: tbpf -h' : ''}\n`);
    return error.status;
  }
}

function fail(error: unknown): never {
  const { text, status } = explainFailure(error);
  process.stderr.write(complaintLine(format, text, isTerminal(STDERR)));
  process.exit(status);
}

process.on('uncaughtException', fail);
main(process.argv.slice(2)).then((status) => process.exit(status), fail);
