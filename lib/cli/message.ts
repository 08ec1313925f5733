// A message of the command itself as text or, with -f json, as an object; stderr is where it goes.

import { jsonString } from '../language/json-text.js';

export type Level = 'error' | 'warning' | 'info';
export type Format = 'text' | 'json';

const prefixes: Readonly<Record<Level, string>> = { error: 'ERROR: ', warning: 'WARNING: ', info: '' };

/** Lines for stderr. */
export function messageLine(format: Format, level: Level, text: string): string {
  return format === 'json' ? `{"type": "${level}", "msg": ${jsonString(text)}}\n` : `${prefixes[level]}${text}\n`;
}

/** The same of text that has its level in front, as complaints from everywhere do. */
export function complaintLine(format: Format, text: string): string {
  if (format === 'text') return text;
  return messageLine(format, /^WARNING: /.test(text) ? 'warning' : 'error', text.trimEnd().replace(/^(ERROR|WARNING): /, ''));
}
