// Parses the standard macros ahead of time.
//
//   in     lib/language/macros/*.bt
//   out    trees.generated.ts beside them: name → trees of its definitions, and what the comment before the first says; its test asks that the file is
//          what this makes
//   run    `npm run macros`

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '../../lib/compiler/parse/index.js';
import { encodeMacros } from '../../lib/language/macros/index.js';
import { Source } from '../../lib/model/source/source.js';
import type { Macro } from '../../lib/model/syntax/nodes.js';

const folder = fileURLToPath(new URL('../../lib/language/macros/', import.meta.url));
export const treesPath = join(folder, 'trees.generated.ts');

/** The file as the scripts make it now.
 * @throws Error  a script that does not parse */
export function treesText(): string {
  const macros = readdirSync(folder).filter((name) => name.endsWith('.bt')).sort().flatMap((name) => macrosOf(name));
  const names = [...new Set(macros.map(({ name }) => name))].sort();
  const lines = names.map((name) => `  ${name}: ${quoted(encodeMacros(macros.filter((macro) => macro.name === name)))},\n`);
  const docs = names.map((name) => `  ${name}: ${quoted(docOf(macros.find((macro) => macro.name === name)!))},\n`);
  return `// Made by \`npm run macros\` from the scripts in this folder; its test asks for it to be so.\n
export const trees: Readonly<Record<string, string>> = {\n${lines.join('')}};\n
export const docs: Readonly<Record<string, string>> = {\n${docs.join('')}};\n`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function macrosOf(file: string): Macro[] {
  const source = new Source(file, readFileSync(join(folder, file), 'utf8'));
  const tree = parse(source, ({ message }) => {
    throw new Error(`${file}: ${message}`);
  });
  return tree!.items.filter((item) => item.kind === 'macro');
}

/** The text of the comment right before a definition. */
function docOf({ name, span: { source, start } }: Macro): string {
  const comment = /\/\*\s*((?:(?!\*\/)[^])*?)\s*\*\/\s*$/.exec(source.text.slice(0, start));
  if (!comment) throw new Error(`${source.name}: a comment before macro ${name} says what it does`);
  return comment[1]!;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(treesPath, treesText());
