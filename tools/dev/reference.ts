// Prints docs/reference.md from the records of the language: what there is, as the program itself knows it.
//
//   in     the records in lib/language, the messages that every room declares
//   out    docs/reference.md; its test asks that the file is what this prints
//   run    `npm run reference`

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
// every room that declares messages comes with it
import '../../lib/compile.js';
import { optionLines } from '../../lib/cli/jobs/help.js';
import { environment } from '../../lib/cli/line/environment.js';
import { optionSpecs } from '../../lib/cli/line/options.js';
import { subcommands } from '../../lib/cli/line/subcommands.js';
import type { AggregateRecord } from '../../lib/language/aggregate.js';
import { aggregates } from '../../lib/language/aggregates/index.js';
import { builtins, isInternal } from '../../lib/language/builtins/index.js';
import { configVariables } from '../../lib/language/config.js';
import { functions } from '../../lib/language/functions/index.js';
import { spellMacro, standardMacroNames, standardMacros } from '../../lib/language/macros/index.js';
import { docs } from '../../lib/language/macros/trees.generated.js';
import { probeRecords } from '../../lib/language/probes/index.js';
import type { FunctionRecord } from '../../lib/language/record.js';
import { signature, type Signature } from '../../lib/language/signature.js';
import { diagnosticKinds } from '../../lib/model/diagnostics/diagnostic.js';
import { features, onlyHere, type Feature } from './bpftrace-table.js';

export const referencePath = fileURLToPath(new URL('../../docs/reference.md', import.meta.url));

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', '\\n');
/** Code in a table: a backquote in it needs two around it. */
const code = (text: string): string => (text.includes('`') ? `\`\` ${cell(text)} \`\`` : `\`${cell(text)}\``);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

const parameters = ({ params }: Signature): string => params.map((p) => `${code(p.name)} ${cell(p.doc)}`).join('; ');

function conditions(record: FunctionRecord): string {
  const needs = (record.needs ?? []).map((need) => need.replace(/^(helper|kfunc):/, ''));
  return [
    ...(record.unsafe ? ['needs `--unsafe`'] : []),
    ...(record.probes ? [`only in ${record.probes.join(', ')}`] : []),
    ...(needs.length > 0 ? [`needs ${needs.join(', ')} of the kernel`] : []),
  ].join('; ');
}

const byName = <T extends { readonly name: string }>(records: Iterable<T>): T[] => [...records].sort((a, b) => (a.name < b.name ? -1 : 1));

const modes: Readonly<Record<string, string>> = { S: 'in the program', A: 'by tbpf, in order', C: 'while compiling', R: 'taken in the program, rendered when printed' };

function featureRow({ kind, name, here, said, ignored }: Feature): string[] {
  const answer = here === undefined ? (ignored ? 'ignored' : '**no**') : kind === 'form' || kind.includes('config') || kind === 'probe' ? code(here) : cell(here);
  return [kind, code(name), answer, said === undefined ? '' : cell(said)];
}

export function referenceText(): string {
  const functionRow = (f: FunctionRecord): string[] => [code(signature(f)), [cell(f.doc), conditions(f)].filter((text) => text !== '').join(' — '), parameters(f), modes[f.mode]!];
  const aggregateRow = (a: AggregateRecord): string[] => [code(signature(a)), cell(a.doc), parameters(a), a.castable ? 'integer' : ''];
  const all = features();
  return `# Reference

What the language has, printed by \`npm run reference\` from the records that the compiler works with. Changes belong into the records.

## Probes

${table(['probe', 'short', 'form', 'fires'], probeRecords.map((p) => [code(p.name), p.aliases.map(code).join(' '), code(p.syntax), cell(p.doc)]))}
## Builtin values

May be written with or without \`()\`. \`arg0\`, \`arg1\` … are the arguments of the traced function as registers hold them, \`sarg0\` … those on the stack.

${table(['name', 'is'], byName(builtins.values()).filter((b) => !isInternal(b.name)).map((b) => [code(b.name), cell(b.doc)]))}
## Functions

${table(['function', 'does', 'parameters', 'happens'], byName(functions.values()).filter((f) => !isInternal(f.name)).map(functionRow))}
## Standard macros

Written in the language itself. A macro of a script hides the standard one that takes the same arguments, and stands beside it when it takes others.

${table(['macro', 'does'], standardMacroNames.flatMap((name) => standardMacros(name).map((macro) => [code(spellMacro(macro)), cell(docs[name]!)])))}
## Map functions

The whole right-hand side of an assignment to a map: \`@reads[comm] = count();\`

${table(['function', 'does', 'parameters', 'in expressions'], byName(aggregates.values()).map(aggregateRow))}
## Config variables

In a script \`config = { name = value }\`, in the environment \`BPFTRACE_NAME\`; the environment wins.

${table(['name', 'default', 'values', 'is'], byName(configVariables).map((v) => [code(v.name), code(String(v.defaultValue)), (v.values ?? []).map(code).join(' '), cell(v.doc)]))}
## Command line

What \`tbpf -h\` says. A page of man, \`tbpf\`(8), has it too.

${table(['subcommand', 'does'], subcommands.map(({ name, operands, doc }) => [code(`tbpf ${name} ${operands}`.trimEnd()), cell(doc)]))}
${table(['option', 'is'], optionLines(optionSpecs).map(({ option, doc }) => [code(option), cell(doc)]))}
${table(['environment', 'is'], environment.map(({ name, doc }) => [code(name), cell(doc)]))}
## bpftrace feature → here

Every name of the reference of bpftrace (development head of August 2026, after 0.26.1), and what tbpf has for it. Forms of the language stand with a script that has them.
Of these names tbpf lacks ${all.filter(({ here, ignored }) => here === undefined && !ignored).length} of ${all.length}; it has besides ${onlyHere().map(code).join(', ')}.

${table(['kind', 'bpftrace', 'here', 'says'], all.map(featureRow))}
## Messages

What is wrong with a script. P is said by the parser, X while macros, imports and C definitions are expanded, A about attach points, F by functions
and builtin values, C by config variables, T by checking. Parts in ‹› differ from case to case; \`test/errors\` has a script for each. What is missing on
this machine is a warning where the config variable \`missing_probes\` is \`warn\`.

${table(['code', 'level', 'message', 'hint'], [...diagnosticKinds.values()].sort((a, b) => (a.code < b.code ? -1 : 1)).map((kind) => {
    const { message, hint } = kind.template('command');
    return [kind.code, kind.severity, code(message), hint === undefined ? '' : cell(hint)];
  }))}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(referencePath, referenceText());
