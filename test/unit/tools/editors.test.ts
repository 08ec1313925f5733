// The colours of editors/vscode are those of the language's names.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { functions } from '../../../lib/language/functions/index.js';
import { probeRecords } from '../../../lib/language/probes/index.js';
import { grammarPath, grammarText } from '../../../tools/dev/grammar-for-editors.js';
import { packageRoot } from '../../helpers/command.js';

t.equal(readFileSync(grammarPath, 'utf8'), grammarText(), 'up to date; else npm run editors');

interface Rule { readonly match?: string; readonly begin?: string; readonly end?: string; readonly patterns?: readonly Rule[] }
const { repository } = JSON.parse(grammarText()) as { repository: Readonly<Record<string, Rule>> };
const patternsOf = (rule: Rule): string[] => [rule.match, rule.begin, rule.end, ...(rule.patterns ?? []).flatMap(patternsOf)].filter((text) => text !== undefined);
for (const [name, rule] of Object.entries(repository)) for (const pattern of patternsOf(rule)) t.doesNotThrow(() => new RegExp(pattern.replace('\\A', '^')), `${name}: ${pattern.slice(0, 60)}`);

const matches = (name: string, text: string): boolean => patternsOf(repository[name]!).some((pattern) => new RegExp(pattern.replace('\\A', '^')).exec(text)?.index === 0);
for (const { name } of probeRecords) if (name !== 'begin' && name !== 'end') t.ok(matches('probe', `${name}:x {`), name);
for (const name of functions.keys()) if (!name.startsWith('__builtin_')) t.ok(matches('words', `${name}(`), name);

const extension = JSON.parse(readFileSync(join(packageRoot, 'editors/vscode/package.json'), 'utf8')) as { contributes: { grammars: { path: string }[]; languages: { extensions: string[]; configuration: string }[] } };
t.strictSame(extension.contributes.languages[0]!.extensions, ['.bt']);
for (const path of [extension.contributes.grammars[0]!.path, extension.contributes.languages[0]!.configuration]) t.ok(JSON.parse(readFileSync(join(packageRoot, 'editors/vscode', path), 'utf8')), path);
