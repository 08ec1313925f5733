// The table of docs/compiled.md: which built programs run on which kernel.

import { Complaint } from '../../scripts/complaint.js';
import type { Outcome } from './load.js';
import type { Program } from './programs.js';

const BEGIN = '<!-- elsewhere: written by npm run test:elsewhere -->';
const END = '<!-- elsewhere ends -->';

/** The document with the table between its marks.
 *  @param outcomes  by the kernel that the programs ran on
 *  @param releases  of the kernels */
export function withTable(document: string, programs: readonly Program[], outcomes: ReadonlyMap<string, readonly Outcome[]>, releases: ReadonlyMap<string, string>): string {
  const [start, stop] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (start < 0 || stop < start) throw new Complaint(`docs/compiled.md has no place for the table: ${BEGIN} … ${END}`);
  return `${document.slice(0, start)}${BEGIN}\n\n${table(programs, outcomes, releases)}\n${document.slice(stop)}`;
}

function table(programs: readonly Program[], outcomes: ReadonlyMap<string, readonly Outcome[]>, releases: ReadonlyMap<string, string>): string {
  const kernels = [...releases.keys()];
  const cell = (from: string, on: string): string => {
    const list = outcomes.get(on)!.filter(({ kernel, alien }) => kernel === from && !alien);
    return `${list.filter(({ what }) => what === 'same').length} of ${list.length}`;
  };
  const refused = kernels.flatMap((on) => outcomes.get(on)!.filter(({ what, alien }) => what !== 'same' && !alien).map((outcome) => ({ on, ...outcome })));
  const reasons = new Map<string, string[]>();
  for (const { on, kernel, number, text = '' } of refused) {
    const key = `| \`${programs[number]!.name.replaceAll('|', '\\|').replaceAll('`', '\'')}\` | ${text.replaceAll('|', '\\|')} |`;
    reasons.set(key, [...(reasons.get(key) ?? []), `${releases.get(kernel)!} on ${releases.get(on)!}`]);
  }
  return [
    `| compiled for | ${kernels.map((on) => `on ${releases.get(on)!}`).join(' | ')} |`,
    `|---|${kernels.map(() => '---|').join('')}`,
    ...kernels.map((from) => `| ${releases.get(from)!} | ${kernels.map((on) => cell(from, on)).join(' | ')} |`),
    '',
    'What was refused, and why:',
    '',
    '| script | reason | compiled for, on |',
    '|---|---|---|',
    ...[...reasons].map(([row, where]) => `${row} ${where.join(', ')} |`),
    '',
  ].join('\n');
}
