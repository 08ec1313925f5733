// Case files of test/language/cases: programs of the language with what they print.
//
//   # title
//   //: parameters a b | unsafe | json | ndjson | verbose | warnings | sim | kernel (settings, one a line, optional; sim, kernel: only there)
//   the script, several lines
//   ==> stdout
//   text; blank lines at the end do not count, and neither do the two newlines before the maps
//   ==> stderr, ==> status   (optional; default nothing and 0)
//
// Lines before the first `# title` are the file's own heading. The script's warnings are not shown (--no-warnings) unless the case has
// the setting `warnings`.

import { readFileSync, readdirSync } from 'node:fs';
import type { PromptFormat } from '../../lib/runtime/output/index.js';

export interface LanguageCase {
  readonly title: string;
  readonly script: string;
  readonly parameters: readonly string[];
  readonly settings: ReadonlySet<string>;
  readonly format: PromptFormat;
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

const folder = new URL('../language/cases/', import.meta.url);

export function caseFiles(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.txt')).sort();
}

export function readCases(file: string): LanguageCase[] {
  const blocks = readFileSync(new URL(file, folder), 'utf8').split(/^# /m).slice(1);
  return blocks.filter((block) => block.includes('\n==> ')).map(parseCase);
}

function parseCase(block: string): LanguageCase {
  const newline = block.indexOf('\n');
  const [head, ...sections] = block.slice(newline + 1).split(/^==> /m);
  const lines = head!.split('\n');
  const settings = lines.filter((line) => line.startsWith('//: ')).map((line) => line.slice(4).trim());
  const sectionByName = new Map(sections.map((s) => [s.slice(0, s.indexOf('\n')).trim(), s.slice(s.indexOf('\n') + 1)]));
  return {
    title: block.slice(0, newline),
    script: lines.filter((line) => !line.startsWith('//: ')).join('\n').trim(),
    parameters: settings.find((s) => s.startsWith('parameters '))?.split(' ').slice(1) ?? [],
    settings: new Set(settings.filter((s) => !s.startsWith('parameters '))),
    format: settings.includes('ndjson') ? 'ndjson' : settings.includes('json') ? 'json' : 'text',
    stdout: comparable(sectionByName.get('stdout') ?? ''),
    stderr: comparable(sectionByName.get('stderr') ?? ''),
    status: Number(sectionByName.get('status')?.trim() ?? '0'),
  };
}

/** Without what the layout of a case file cannot show: newlines at the end and before the maps. */
export function comparable(text: string): string {
  return text.replace(/\n+$/, '').replace(/(^|\n)\n\n(?=@)/, '$1').replace(/^\n+/, '');
}
