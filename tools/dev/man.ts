// Prints man/tbpf.8 and man/tbpf-language.7.
//
//   in     the records behind -h (options, subcommands, examples, config variables), docs/language.md, docs/reference.md's tables
//   out    the two pages; their test asks that the files are what this prints
//   run    `npm run man`

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { examples, FIRST_LINE, groups, optionLines, usage } from '../../lib/cli/jobs/help.js';
import { environment } from '../../lib/cli/line/environment.js';
import { optionSpecs } from '../../lib/cli/line/options.js';
import { subcommands } from '../../lib/cli/line/subcommands.js';
import { configVariables } from '../../lib/language/config.js';
import { referenceText } from './reference.js';
import { bold, code, markdownToRoff, text } from './roff.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The pages by their names in man/. */
export function manPages(): Readonly<Record<string, string>> {
  const language = readFileSync(`${root}docs/language.md`, 'utf8');
  const page = (text: string): string => text.replace(/^(\.S[SH] .*\n)(?:\.PP\n)+/gm, '$1');
  return { 'tbpf.8': page(commandPage(language)), 'tbpf-language.7': page(languagePage(language)) };
}

/** A chapter of a document with its heading. */
function chapter(document: string, title: string): string {
  const found = document.split(/^(?=## )/m).find((part) => part.startsWith(`## ${title}\n`));
  if (found === undefined) throw new Error(`there is no chapter "${title}"`);
  return found;
}

/** A section of a chapter without its heading. */
function section(document: string, title: string): string {
  const found = document.split(/^(?=##+ )/m).find((part) => part.startsWith(`### ${title}\n`));
  if (found === undefined) throw new Error(`there is no section "${title}"`);
  return found.slice(found.indexOf('\n'));
}

const item = (head: string, body: string): string => `.TP\n${head}\n${body}\n`;
const heading = (title: string): string => `.SH ${title}\n`;

function commandPage(language: string): string {
  const [name, what] = FIRST_LINE.split(' - ') as [string, string];
  return [
    title('TBPF', 8, 'System administration'),
    heading('NAME'), `${name} \\- ${text(what)}\n`,
    heading('SYNOPSIS'), `.EX\n${usage.map((line) => `${code(line)}\n`).join('')}.EE\n`,
    heading('DESCRIPTION'), `Scripts say which events of the system they want to see, and what is to happen at each; the language is described in ${bold('tbpf-language')}(7).\n`,
    markdownToRoff(section(language, '8.1 Forms').replace(/```[^]*?```/, '')),
    ...groups.flatMap((group) => [heading(`"${group}"`), ...optionLines(optionSpecs.filter((spec) => spec.group === group)).map(({ option, doc }) => item(bold(option), text(doc)))]),
    markdownToRoff(section(language, '8.2 Options')),
    heading('SUBCOMMANDS'), ...subcommands.map(({ name: word, operands, doc }) => item(bold(`tbpf ${word} ${operands}`.trimEnd()), text(doc))),
    heading('CONFIGURATION'), `In a script ${bold('config = { name = value }')}, in the environment ${bold('BPFTRACE_NAME')}; the environment wins.\n`,
    ...configVariables.map(({ name: variable, doc, defaultValue }) => item(bold(variable), text(`${doc} [${String(defaultValue)}]`))),
    heading('ENVIRONMENT'), ...environment.map(({ name: variable, doc }) => item(bold(variable), text(doc))),
    heading('RIGHTS'), markdownToRoff(section(language, '8.3 Rights')),
    heading('"NAMED PARAMETERS"'), markdownToRoff(section(language, '8.4 Named parameters')),
    heading('"EXIT STATUS AND SIGNALS"'), markdownToRoff(section(language, '8.6 Exit status and signals')),
    heading('EXAMPLES'), ...examples.map(([command, meaning]) => `.PP\n${text(meaning)}:\n.PP\n.EX\n${code(`    ${command}`)}\n.EE\n`),
    heading('"SEE ALSO"'), `${bold('tbpf-language')}(7), ${bold('bpftrace')}(8), ${bold('bpf')}(2). ${text('README.md and docs/ in the package; what a message means says')} ${bold('tbpf explain')}.\n`,
  ].join('');
}

function languagePage(language: string): string {
  const titles = [...language.matchAll(/^## (\d+ .*)$/gm)].map(([, found]) => found!).filter((found) => !found.startsWith('8 '));
  const reference = referenceText();
  return [
    title('TBPF-LANGUAGE', 7, 'Miscellaneous'),
    heading('NAME'), `tbpf-language \\- the language of ${bold('tbpf')}(8)\n`,
    heading('DESCRIPTION'), `What a script may say, what it means, and what is printed. The lists of probes, values and functions stand at the end.\n`,
    ...titles.map((found) => markdownToRoff(chapter(language, found))),
    ...['Probes', 'Builtin values', 'Functions', 'Standard macros', 'Map functions', 'Config variables'].map((found) => markdownToRoff(chapter(reference, found).replace('## ', '## List: '))),
    heading('"SEE ALSO"'), `${bold('tbpf')}(8). ${text('docs/language.md and docs/reference.md in the package are the same text.')}\n`,
  ].join('');
}

const title = (name: string, number: number, group: string): string => `.\\" Printed by npm run man. Changes belong into the records behind tbpf -h, and into docs/language.md.\n.TH ${name} ${number} "" tbpf "${group}"\n.nh\n.ad l\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(`${root}man`, { recursive: true });
  for (const [name, page] of Object.entries(manPages())) writeFileSync(`${root}man/${name}`, page);
}
