// The check that every cited section and document exists.

import t from 'tap';
import { sectionsOf, wrongCitations, wrongCode } from '../../../scripts/citations.js';

const sections = sectionsOf('# Title\n## 2 Types\n### 2.1 Names\n### 2.10 Last\ntext 3.1\n');
const isFile = (name: string): boolean => ['test/unit/scripts/citations.test.ts', 'README.md', 'docs/language.md', 'language.md', '../README.md'].includes(name);

t.same([...sections], ['2', '2.1', '2.10']);

// The dot of what leads nowhere is `·` here: this file is read by the check, too.
const rows: [text: string, wrong: string[]][] = [
  ['// as language.md 2.1 has it', []],
  ['// a chapter: language.md 2.', []],
  ['// (language·md 2.10)', []],
  ['// language·md 2.2 and language·md 3', ['language·md 2.2', 'language·md 3']],
  ['[text](docs/language.md) and [more](../README.md)', []],
  ['// see design·md 4', ['design·md']],
  ['// shown by test/unit/gone·test·ts and test/unit/scripts/citations.test.ts', ['test/unit/gone·test·ts']],
  ["names that end in '*.md', or in .md", []],
];
for (const [text, wrong] of rows) t.test(text, async (t) => t.same(wrongCitations(`\n${text.replaceAll('·', '.')}`, sections, isFile).map((one) => one.text.replaceAll(/\.(?=md|test|ts$)/g, '·')), wrong));

t.test('the line is told', async (t) => t.equal(wrongCitations('\nlanguage·md 9'.replace('·', '.'), sections, isFile)[0]!.line, 2));

const code = ['lib/trace/files.ts', 'addon/map.cc', 'lib/trace.ts'];
const documents: readonly (readonly [text: string, wrong: readonly string[]])[] = [
  ['`files.ts`, `trace/files.ts`, `lib/trace/files.ts`, `map.cc`', []],
  ['`values.ts` and `files.ts`\n`other/files.ts`', ['1 values.ts', '2 other/files.ts']],
  ['iles.ts without quotes, `iles.ts` with', ['1 iles.ts']],
  ['`grammar.generated.ts` is made, `NAME.ts` stands for any', []],
];
for (const [text, wrong] of documents) t.same(wrongCode(text, code).map((citation) => `${citation.line} ${citation.text}`), wrong, text);
