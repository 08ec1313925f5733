// What comments and documents point at is there: documents, tests and scripts by name, sections of docs/language.md by number, and in
// ARCHITECTURE.md and the README of a room every file of code.
//
//   in     every source, script, test and document of the repository
//   out    a line per citation that leads nowhere, exit status 1 when there is one
//   idea   a file is meant from the repository's root, from docs/, or from where it is cited; `language.md 2.2` is a heading `### 2.2 …`

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Citation {
  readonly line: number;
  readonly text: string;
  readonly wrong: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
/** what is written by us, not made or recorded */
const folders = ['lib', 'addon', 'bench', 'bin', 'docs', 'examples', 'grammar', 'scripts', 'test', 'tools'];
const recorded = /^test\/fixtures\/|\.generated\.ts$/;

/** The numbers of the headings of a document: `## 2 Types`, `### 2.1 Names`. */
export function sectionsOf(document: string): Set<string> {
  return new Set([...document.matchAll(/^#{2,} (\d+(?:\.\d+)?) /gm)].map(([, number]) => number!));
}

/** The citations in a text that lead nowhere.
 * @param isFile  whether the repository has a file of that name, as seen from the text's folder */
export function wrongCitations(text: string, sections: ReadonlySet<string>, isFile: (name: string) => boolean): Citation[] {
  return text.split('\n').flatMap((words, i) => {
    const found: Citation[] = [];
    for (const [name] of words.matchAll(/(?<![\w./*-])[\w./-]*\w\.md\b/g)) {
      if (!isFile(name)) found.push({ line: i + 1, text: name, wrong: 'there is no such file' });
    }
    for (const [path] of words.matchAll(/(?<![\w./*-])(?:test|scripts)\/[\w./-]+\.(?:ts|mjs|bt|sh)\b/g)) {
      if (!isFile(path)) found.push({ line: i + 1, text: path, wrong: 'there is no such file' });
    }
    for (const [cited, number] of words.matchAll(/language\.md (\d+(?:\.\d+)?)/g)) {
      if (!sections.has(number!)) found.push({ line: i + 1, text: cited, wrong: `docs/language.md has no section ${number!}` });
    }
    return found;
  });
}

/** Names of code in backquotes of a document about the code. No path: the file may stand in any folder. */
export function wrongCode(text: string, names: readonly string[]): Citation[] {
  return text.split('\n').flatMap((words, i) => [...words.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\.(?:ts|mjs|cc|h|sh|ne))`/g)]
    .map(([, name]) => name!.replace(/^(\.\.\/)+/, ''))
    .filter((name) => !/\.generated\.ts$/.test(name) && !/[A-Z]{4}/.test(name) && !names.some((path) => path === name || path.endsWith(`/${name}`)))
    .map((name): Citation => ({ line: i + 1, text: name, wrong: 'there is no such file' })));
}

/** Documents that newcomers find their way by. */
const aboutCode = /^ARCHITECTURE\.md$|^(lib|addon|grammar|tools|test)\/(.*\/)?README\.md$/;

function files(): string[] {
  const below = folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length)));
  const beside = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...below, ...beside].filter((name) => !recorded.test(name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sections = sectionsOf(readFileSync(join(root, 'docs/language.md'), 'utf8'));
  let read = 0;
  const all = files();
  for (const file of all) {
    const isFile = (name: string): boolean => ['', 'docs', dirname(file)].some((folder) => existsSync(join(root, folder, name)));
    const words = readFileSync(join(root, file), 'utf8');
    for (const { line, text, wrong } of [...wrongCitations(words, sections, isFile), ...(aboutCode.test(file) ? wrongCode(words, all) : [])]) {
      console.log(`${file}:${line}: ${text}: ${wrong}`);
      process.exitCode = 1;
    }
    read++;
  }
  console.log(`${read} files read`);
}
