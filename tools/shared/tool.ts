// A tool: one record with its name, options and what it does; and what it is given to do it.
//
//   idea   a tool does not know who runs it: the command (command-line.ts), or a program (../library)

import type { HelpTexts } from './help.js';
import type { Sample } from './metrics.js';
import type { Given, Options } from './options.js';
import type { ToolOutput } from './output.js';
import type { Format, RecordKind, RecordWriter } from './records.js';
import type { Stop } from './session.js';
import { checkTasks } from './tasks.js';

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
  /** Records go to this process's stdout: in any form but text nothing else may be written there. */
  readonly ownsStdout: boolean;
  /** A thread of its own would take longer to start than most scripts take to compile: the command compiles in its own. */
  readonly blocking: boolean;
  /** Takes the tool's records: the form that -o asks for, or a program. */
  writer<Row>(format: Format, kind: RecordKind<Row>): Promise<RecordWriter<Row>>;
  /** Prints all that was counted since the start, where metrics are asked for; else undefined. */
  metrics(format: Format): Promise<((samples: readonly Sample[]) => Promise<void>) | undefined>;
  /** Resolves when there is room for more records. */
  room(): Promise<void>;
}

/** Keeps the types of the options, which `run` sees; the list of tools need not know them. Whatever runs it, the tasks that it is given are there. */
export function defineTool<Table extends Options>(tool: Tool<Table>): Tool {
  return {
    ...tool,
    async run(given: Given<Table>, io: ToolIo) {
      checkTasks(given);
      return tool.run(given, io);
    },
  } as unknown as Tool;
}
