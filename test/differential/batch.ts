// Many programs as one script, and the script's output as what each program printed: a start of bpftrace costs as much as 50 programs.
//
//   in     programs of one format
//   out    one begin block that runs them one after another; from its output the text of each, as if it had run alone
//   idea   variables and maps of program N are called `$name_N` and `@dN_name`; a line `==> N` goes before what it prints. Maps that are
//          printed at the end belong to the program that their name tells, and get their own name back

import type { DifferentialProgram, Format } from './program.js';

export interface Batch {
  readonly script: string;
  /** Program of each line of the script, undefined for lines of the batch itself. Lines count from 1. */
  programOfLine(line: number): DifferentialProgram | undefined;
}

const END = 'end';

export function joinPrograms(programs: readonly DifferentialProgram[]): Batch {
  const lines = ['BEGIN {'];
  const programByLine = new Map<number, DifferentialProgram>();
  for (const [index, program] of programs.entries()) {
    lines.push(`printf("\\n==> ${index}\\n");`);
    for (const line of withEnd(withOwnNames(program.body, index)).split('\n')) {
      lines.push(line);
      programByLine.set(lines.length, program);
    }
  }
  lines.push(`printf("\\n==> ${END}\\n");`, 'exit();', '}', '');
  return { script: lines.join('\n'), programOfLine: (line) => programByLine.get(line) };
}

/** bpftrace 0.17 wants no `;` behind a block. */
function withEnd(body: string): string {
  return /[;}]$/.test(body) ? body : `${body};`;
}

/** Strings and comments stay; `$1` is no name. */
function withOwnNames(body: string, index: number): string {
  return body.replaceAll(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\$[A-Za-z_]\w*|@\w*/g, (token) => {
    if (token.startsWith('$')) return `${token}_${index}`;
    return token.startsWith('@') ? `@d${index}_${token.slice(1)}` : token;
  });
}

/** What each of `count` programs printed: its own lines, then its maps.
 * @returns undefined where the output lacks a program, because the run broke off */
export function splitOutput(stdout: string, count: number, format: Format): string[] | undefined {
  const marker = format === 'text' ? /\n==> (\w+)\n/ : /^\{"type": "printf", "data": "\\n==> (\w+)\\n"\}\n/m;
  const [, ...parts] = stdout.split(marker);
  const texts: string[] = [];
  let maps: string | undefined;
  for (let at = 0; at < parts.length; at += 2) {
    if (parts[at] === END) maps = parts[at + 1]!;
    else texts[Number(parts[at])] = parts[at + 1]!;
  }
  if (maps === undefined || texts.length !== count) return undefined;
  const ownMaps = texts.map(() => '');
  const head = format === 'text' ? /^(?=@d\d+_)/m : /^(?=\{"type": "\w+", "data": \{"@d\d+_)/m;
  const first = maps.search(head);
  const beforeMaps = first < 0 ? maps : maps.slice(0, first);
  for (const piece of first < 0 ? [] : maps.slice(first).split(head)) ownMaps[Number(/@d(\d+)_/.exec(piece)![1])] += piece;
  return texts.map((text, index) => withoutNumbers(`${text}${beforeMaps}${ownMaps[index]}`, index));
}

function withoutNumbers(text: string, index: number): string {
  return text.replaceAll(`@d${index}_`, '@');
}
