// Usage and help of a tool in the form that Python's argparse prints.
//
//   in     name, the line that says what the tool does, the table of options, examples
//   out    text
//   facts  widths and breaks are those of argparse.HelpFormatter in Python 3.10 to 3.12: 78 columns where COLUMNS and the terminal say nothing else, help from column 24 on;
//          each flag of an option repeats the metavar. The examples stand below as they are (RawDescriptionHelpFormatter)

import type { Option, Options } from './options.js';

export interface HelpTexts {
  readonly name: string;
  /** one sentence: what the tool shows */
  readonly about: string;
  readonly options: Options;
  /** command lines and what each of them does */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
}

const PREFIX = 'usage: ';
const HELP_COLUMN = 24;
const INDENT = 2;

type Shown = readonly [name: string, option: Option<unknown>];

const help: Shown = ['help', { flags: ['-h', '--help'], form: 'switch', help: 'show this help message and exit', count: '1', parse: (text) => text, absent: false }];

/** @param columns  of the terminal; argparse leaves two of them free */
export function usageText({ name, options }: HelpTexts, columns: number): string {
  const shown = shownOf(options);
  const parts = [shown.filter(isFlagged).map(usageOfOption), shown.filter((each) => !isFlagged(each)).flatMap(usageOfOperand)] as const;
  const width = columns - 2;
  const line = [name, ...parts.flat()].join(' ');
  if (PREFIX.length + line.length <= width) return `${PREFIX}${line}\n`;
  const indent = ' '.repeat(PREFIX.length + name.length + 1);
  const lines = [...broken([name, ...parts[0]], indent, width, PREFIX.length), ...broken(parts[1], indent, width)];
  return `${PREFIX}${lines.join('\n')}\n`;
}

export function helpText(texts: HelpTexts, columns: number): string {
  const { about, options, examples } = texts;
  const shown = shownOf(options);
  const width = columns - 2;
  const column = Math.min(Math.max(...shown.map((each) => invocation(each).length + INDENT)) + 2, HELP_COLUMN);
  const section = (title: string, list: readonly Shown[]): string => (list.length === 0 ? '' : `\n${title}:\n${list.map((each) => entry(each, column, width)).join('')}`);
  return [
    usageText(texts, columns),
    `\n${about}\n`,
    section('positional arguments', shown.filter((each) => !isFlagged(each))),
    section('options', shown.filter(isFlagged)),
    examples.length === 0 ? '' : `\nexamples:\n${exampleLines(examples)}`,
  ].join('');
}

function shownOf(options: Options): Shown[] {
  return [help, ...Object.entries(options).filter(([, { help }]) => help !== undefined)];
}

function isFlagged([, { flags }]: Shown): boolean {
  return flags.length > 0;
}

/** ` -u USER`: what stands behind a flag. */
function argument([name, { form, metavar, choices }]: Shown): string {
  if (form === 'switch') return '';
  return form === 'rest' ? ' ...' : ` ${metavar ?? (choices ? `{${choices.join(',')}}` : name.toUpperCase())}`;
}

function usageOfOption(shown: Shown): string {
  return `[${shown[1].flags[0]}${argument(shown)}]`;
}

function usageOfOperand([name, { metavar = name, count }]: Shown): string[] {
  switch (count) {
    case '1': return [metavar];
    case '?': return [`[${metavar}]`];
    case '*': return [`[${metavar} ...]`];
    case '+': return [metavar, `[${metavar} ...]`];
  }
}

function invocation(shown: Shown): string {
  const [name, { flags, metavar }] = shown;
  return flags.length === 0 ? metavar ?? name : flags.map((flag) => `${flag}${argument(shown)}`).join(', ');
}

function entry(shown: Shown, column: number, width: number): string {
  const head = `${' '.repeat(INDENT)}${invocation(shown)}`;
  const [first, ...others] = wrap(shown[1].help!, Math.max(width - column, 11));
  const fits = head.length <= column - 2;
  const lines = fits ? [`${head.padEnd(column)}${first}`] : [head, `${' '.repeat(column)}${first}`];
  return [...lines, ...others.map((line) => `${' '.repeat(column)}${line}`)].map((line) => `${line}\n`).join('');
}

/** Parts of a usage in lines; the first line begins behind `used` columns. */
function broken(parts: readonly string[], indent: string, width: number, used = indent.length): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  let length = used - 1;
  for (const part of parts) {
    if (length + 1 + part.length > width && line.length > 0) {
      lines.push(line.join(' '));
      line = [];
      length = indent.length - 1;
    }
    line.push(part);
    length += part.length + 1;
  }
  if (line.length > 0) lines.push(line.join(' '));
  return lines.map((text, i) => (i === 0 && used !== indent.length ? text : `${indent}${text}`));
}

/** Words in lines of at most `width`; a word may be broken behind a hyphen between letters, as Python's textwrap does. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const chunk of text.split(/( +)|(?<=[\p{L}\d]{2}-)(?=[\p{L}]{2})/u).filter((part) => part)) {
    if (line.length + chunk.length > width && line !== '' && chunk.trim() !== '') {
      lines.push(line.trimEnd());
      line = '';
    }
    line += line === '' ? chunk.trimStart() : chunk;
  }
  return [...lines, line.trimEnd()];
}

function exampleLines(examples: HelpTexts['examples']): string {
  const column = Math.max(...examples.map(([command]) => command.length));
  return examples.map(([command, meaning]) => `    ${command.padEnd(column)}  # ${meaning}\n`).join('');
}
