// A tool: one record with its name, options and what it does; and how it is run from a command line.
//
//   facts  exit status: 0 when it ended as it should, also by ^C; 2 when the command line is wrong; 1 when the tool cannot do what is asked

import { LoadError, TbpfError } from '../../lib/index.js';
import { HelpWanted, UsageError, parseArguments } from './arguments.js';
import { ToolFailure } from './failure.js';
import { helpText, usageText, type HelpTexts } from './help.js';
import type { Given, Options } from './options.js';
import { Output, terminalColumns, type ToolOutput } from './output.js';
import { recordWriter, type Format, type RecordKind, type RecordWriter } from './records.js';
import { Stop, stopOnSignals } from './session.js';

export interface Tool<Table extends Options = Options> extends HelpTexts {
  readonly options: Table;
  /** @returns the exit status
   *  @throws ToolFailure, TbpfError */
  run(given: Given<Table>, io: ToolIo): Promise<number>;
}

export interface ToolIo {
  readonly name: string;
  readonly out: ToolOutput;
  readonly stop: Stop;
  /** A thread of its own would take longer to start than most scripts take to compile: the command compiles in its own. */
  readonly blocking: boolean;
  /** Takes the tool's records: the form that -o asks for, or a program. */
  writer<Row>(format: Format, kind: RecordKind<Row>): Promise<RecordWriter<Row>>;
  /** Resolves when there is room for more records. */
  room(): Promise<void>;
}

/** Keeps the types of the options, which `run` sees; the list of tools need not know them. */
export function defineTool<Table extends Options>(tool: Tool<Table>): Tool {
  return tool as unknown as Tool;
}

/** @returns the exit status */
export async function runTool(tool: Tool, words: readonly string[]): Promise<number> {
  const stop = new Stop();
  stopOnSignals(stop);
  const out = new Output(() => stop.now());
  let status: number;
  let isWordy = false;
  try {
    const given = parseArguments(words, tool.options);
    isWordy = wordy.some((name) => (given as Readonly<Record<string, unknown>>)[name] === true);
    status = await tool.run(given, { name: tool.name, out, stop, blocking: true, writer: (format, kind) => recordWriter(format, kind, out), room: () => Promise.resolve() });
  } catch (error) {
    status = explain(error, tool, out);
    if (isWordy && status !== 0) out.complain(whereFrom(error).join('\n'));
  }
  out.flush();
  return status;
}

/** Options that ask for more words: funccount's -D, the others' -v. */
const wordy = ['debug', 'verbose'];

/** Where an error was thrown, at its root, and what the kernel's verifier said: as bcc's tools print tracebacks. */
function whereFrom(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const log = error instanceof LoadError && error.log !== '' ? [error.log.trimEnd()] : [];
  return [...log, ...(error.cause instanceof Error ? whereFrom(error.cause) : [error.stack ?? error.message])];
}

function explain(error: unknown, tool: Tool, out: Output): number {
  if (error instanceof HelpWanted) {
    out.write(helpText(tool, terminalColumns()));
    return 0;
  }
  if (error instanceof UsageError) {
    out.complain(`${usageText(tool, terminalColumns())}${tool.name}: error: ${error.message}`);
    return 2;
  }
  if (error instanceof ToolFailure) {
    out.complain(error.message);
    return error.status;
  }
  if (!(error instanceof TbpfError)) throw error;
  out.complain(`${tool.name}: ${error.message}${error.advice ? `. ${error.advice}` : ''}`);
  return 1;
}
