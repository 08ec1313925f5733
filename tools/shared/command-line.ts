// A tool as a command: words in, text out, an exit status.
//
//   facts  exit status: 0 when it ended as it should, also by ^C; 2 when the command line is wrong; 1 when the tool cannot do what is asked

import { LoadError, TbpfError } from '../../lib/index.js';
import { HelpWanted, UsageError, parseArguments } from './arguments.js';
import { ToolFailure } from './failure.js';
import { helpText, usageText } from './help.js';
import { Output, terminalColumns } from './output.js';
import { recordWriter } from './records.js';
import { Stop, stopOnSignals } from './session.js';
import type { Tool } from './tool.js';

/** @returns the exit status */
export async function runCommandLine(tool: Tool, words: readonly string[]): Promise<number> {
  const stop = new Stop();
  const out = new Output(() => stop.now());
  stopOnSignals(stop, () => out.blocked);
  let status: number;
  let isWordy = false;
  try {
    const given = parseArguments(words, tool.options);
    isWordy = wordy.some((name) => (given as Readonly<Record<string, unknown>>)[name] === true);
    status = await tool.run(given, {
      name: tool.name, out, stop, ownsStdout: true, blocking: true,
      writer: async (format, kind) => (format === 'otlp' ? (await import('./otlp.js')).logWriter(kind, out) : recordWriter(format, kind, out)),
      metrics: async (format) => (format === 'otlp' || format === 'prom' ? (await import('./otlp.js')).metricWriter(format, tool.name, out) : undefined),
      room: () => out.room(stop.signal),
    });
  } catch (error) {
    status = explain(error, tool, out);
    if (isWordy && status !== 0) out.complain(whereFrom(error).join('\n'));
  }
  await out.drained();
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
  out.complain(`${tool.name}: ${sentencesOf(error)}`);
  return 1;
}

/** Message and advice. Where no probe is left, the reason for the first one's refusal. */
function sentencesOf(error: TbpfError): string {
  const { message, advice, cause } = error;
  if (error.code === 'ERR_NO_PROBES' && cause instanceof TbpfError) return `${message.replace(/\.$/, '')}: ${sentencesOf(cause)}`;
  return `${message}${advice ? `. ${advice}` : ''}`;
}
