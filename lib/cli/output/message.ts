// A message of the command itself as text or, with -f json, as an object; stderr is where it goes.

import { jsonString } from '../../language/json-text.js';
import { outputFormats, type OutputFormat } from '../../runtime/output/index.js';
import { escapeControls } from '../../runtime/output/rendering.js';
import { isTerminal } from './terminal.js';

const STDERR = 2;

export type Level = 'error' | 'warning' | 'info';

const prefixes: Readonly<Record<Level, string>> = { error: 'ERROR: ', warning: 'WARNING: ', info: '' };

/** Lines for stderr. */
export function messageLine(format: OutputFormat, level: Level, text: string): string {
  return outputFormats[format] === 'objects' ? `{"type": "${level}", "msg": ${jsonString(text)}}\n` : `${prefixes[level]}${text}\n`;
}

/** The same of text that has its level in front, as complaints from everywhere do. A terminal is not commanded by it: it may name files. */
export function complaintLine(format: OutputFormat, text: string, terminal: boolean): string {
  if (outputFormats[format] === 'text') return terminal ? escapeControls(text) : text;
  return messageLine(format, /^WARNING: /.test(text) ? 'warning' : 'error', text.trimEnd().replace(/^(ERROR|WARNING): /, ''));
}

/** Says on stderr what went wrong: lines that end with a newline. */
export function complain(format: OutputFormat, text: string): void {
  process.stderr.write(complaintLine(format, text, isTerminal(STDERR)));
}
