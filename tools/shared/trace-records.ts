// A tool that prints a record for each event: its script runs, rows go to the form that -o asks for, losses are told.

import type { Session } from '../../lib/index.js';
import type { OutputOptions } from './common.js';
import type { Given } from './options.js';
import type { RecordKind } from './records.js';
import { dumped, follow, missedBy, type Fields, type FollowOptions } from './session.js';
import { ToolFailure } from './failure.js';
import type { ToolIo } from './tool.js';

export interface RecordTrace<Row> extends RecordKind<Row>, Omit<FollowOptions, 'stop' | 'blocking' | 'commandStdio'> {
  readonly given: Given<OutputOptions>;
  /** Everything is attached. */
  readonly started?: (session: Session) => void;
  /** The rows to print now that the script has printed a record.
   * @param site  as Follower.record has it */
  readonly rows: (name: string, fields: Fields, site: number) => readonly Row[];
  /** The rows that waited for something, when nothing comes any more. */
  readonly rest?: () => readonly Row[];
}

/** @returns the exit status
 *  @throws TbpfError  the script cannot run here */
export async function traceRecords<Row>(options: RecordTrace<Row>, { name, out, stop, ownsStdout, blocking, writer: writerOf, room }: ToolIo): Promise<number> {
  const { given, script, rows, rest } = options;
  if (dumped(given, script, out)) return 0;
  const writer = await writerOf(given.output, options);
  let lost = 0;
  let traced: Session | undefined;
  const end = await follow({ ...options, stop, blocking, commandStdio: ownsStdout && given.output !== 'text' ? 'stderr' : 'inherit' }, {
    started: (session) => {
      traced = session;
      options.started?.(session);
      writer.begin();
      if (given.dryRun) stop.now();
    },
    record: (event, fields, site) => rows(event, fields, site).forEach((row) => writer.write(row)),
    lost: (count) => {
      lost += count;
      writer.lost(count);
      out.complain(`Lost ${count} events`);
    },
    complain: (text) => out.complain(`${name}: ${text.trimEnd()}`),
    room,
  });
  if (end === undefined) return 0;
  rest?.().forEach((row) => writer.write(row));
  const missed = traced && missedBy(traced);
  if (missed !== undefined && missed.count > 0) {
    writer.lost(missed.count);
    out.complain(`${missed.count} hits are not shown: ${missed.because}`);
  }
  writer.end();
  if (lost > 0) out.complain(`Lost ${lost} events in total`);
  return 0;
}

/** What --exec asks for: the command, or undefined without it.
 * @throws ToolFailure  in bcc's words */
export function commandOf(words: readonly string[] | undefined, pid: number | undefined): readonly [string, ...string[]] | undefined {
  if (words === undefined) return undefined;
  if (pid !== undefined) throw new ToolFailure('ERROR: can only use -p or --exec. Exiting.');
  if (words.length === 0) throw new ToolFailure('ERROR: --exec without command. Exiting.');
  return words as readonly [string, ...string[]];
}
