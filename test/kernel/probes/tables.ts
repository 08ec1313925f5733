// Tables of probes: rows that fire together in one session, and rows that are wrong.

import type { Test } from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { type LiveRunOptions, type LiveRunResult, runLive, runningMachine } from '../../helpers/live-run.js';
import { mapLines } from './worker.js';

/** A block that fills a map whose name no other row has, and the lines of that map, or what the whole output has. */
export type Row = readonly [title: string, block: string, expected: readonly string[] | RegExp];

/** All rows are one script, which runs once: processes and sessions are dear in an emulated guest.
 * @param options.tries  how often it may run until all is as expected, where the machine itself misses events; default 1 */
export async function fireTogether(t: Test, rows: readonly Row[], options: LiveRunOptions & { readonly tries?: number }): Promise<void> {
  const run = (): Promise<LiveRunResult> => runLive(rows.map(([, block]) => block).join('\n'), options);
  let ran = await run();
  for (let tries = options.tries ?? 1; tries > 1 && !rows.every((row) => isAsExpected(row, ran.stdout)); tries--) ran = await run();
  t.match(ran.stderr, /^Attached \d+ probes?\n$/);
  for (const [title, block, expected] of rows) {
    if (expected instanceof RegExp) t.match(ran.stdout, expected, title);
    else t.strictSame(linesOf(block, ran.stdout), [...expected].sort(), title);
  }
}

function isAsExpected([, block, expected]: Row, stdout: string): boolean {
  return expected instanceof RegExp ? expected.test(stdout) : linesOf(block, stdout).join('\n') === [...expected].sort().join('\n');
}

/** What a block's map, the first it names, has at the end. */
function linesOf(block: string, stdout: string): string[] {
  const name = /@\w+/.exec(block)![0];
  return mapLines(stdout).filter((line) => /^@\w*/.exec(line)![0] === name);
}

/** A script and the errors it is told, all of them, without places and hints. */
export type Wrong = readonly [script: string, ...messages: string[]];

export function tellWrong(t: Test, rows: readonly Wrong[], options: { readonly pid?: number } = {}): void {
  for (const [script, ...messages] of rows) {
    const { diagnostics, output } = compile(new Source('stdin', script), runningMachine(), options);
    t.strictSame(diagnostics.filter(({ severity }) => severity === 'error').map((each) => each.saidBy('command').message), messages, script);
    t.equal(output, undefined);
  }
}

export const nothingLeft = "Probe has no valid attach points. If this is expected, set the 'missing_probes' config variable to 'warn'.";

/** What a script that leaves out missing probes is told. */
export function warnings(script: string): string[] {
  return compile(new Source('stdin', script), runningMachine()).diagnostics.map(({ severity, message }) => `${severity}: ${message}`);
}
