// docs/api.md from the doc comments of what the library exports, made by typedoc.
//
//   in     the entry points: lib/index.ts, compiler.ts, syntax.ts, simulate.ts; tools/index.ts
//   out    one page; --check: exit status 1 when docs/api.md is another
//   idea   typedoc's markdown plugin writes a page for each entry point; they become chapters of one page, so that the browser's search finds everything

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryPoints } from './entry-points.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/api.md');

/** The entry points by their pages, in the order of the chapters. */
const chapters = { index: 'tbpf', compiler: 'tbpf/compiler', syntax: 'tbpf/syntax', simulate: 'tbpf/simulate', tools: 'tbpf/tools' } as const;

const options = [
  '--plugin', 'typedoc-plugin-markdown', '--readme', 'none', '--router', 'module', '--excludeExternals', '--excludePrivate', '--disableSources', '--hideBreadcrumbs', '--hidePageHeader',
  '--hidePageTitle', '--useCodeBlocks', '--githubPages', 'false', '--logLevel', 'Error', '--groupOrder', 'Functions', '--groupOrder', '*',
  ...['parametersFormat', 'interfacePropertiesFormat', 'classPropertiesFormat', 'typeDeclarationFormat', 'enumMembersFormat'].flatMap((name) => [`--${name}`, 'table']),
];

/** The page as the doc comments make it now.
 * @throws Error  typedoc found errors */
export function makePage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-api-'));
  try {
    const entries = Object.keys(chapters).flatMap((name) => ['--entryPoints', entryPoints[name]!]);
    execFileSync(process.execPath, [join(root, 'node_modules/typedoc/bin/typedoc'), ...options, ...entries, '--out', folder], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    const pages = new Map(Object.entries(chapters).map(([name, title]) => [name, `# ${title}\n\n${readFileSync(join(folder, pageOf(entryPoints[name]!)), 'utf8')}`]));
    const contents = Object.values(chapters).map((title) => `[${title}](#${title.replace('/', '')})`).join(' · ');
    return `<!-- Made by \`npm run api\` from the doc comments of lib and tools. -->\n\nEvery function, class and type that programs may import. How they are used: [library.md](library.md).\n\n${contents}\n\n${joined(pages)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** typedoc's page of a source: that of an index is its folder's. */
function pageOf(source: string): string {
  return `${source.replace(/(?:\/index)?\.ts$/, '')}.md`;
}

/** The entry point of a page. */
function nameOf(page: string): string {
  return page === 'lib' ? 'index' : page;
}

/** One page of the pages, whose links lead to the headings that they mean: where an earlier chapter has one of the same name, the page gives it another
 *  number.
 * @throws Error  a link leads nowhere */
function joined(pages: ReadonlyMap<string, string>): string {
  const taken = new Map<string, number>();
  const anchors = new Map([...pages].map(([name, text]) => [name, anchorsOf(text, taken)]));
  return [...pages].map(([name, text]) => text.trimEnd().replace(/\]\((?:[\w./]*?(\w+)\.md)?#([\w-]+)\)/g, (_, page: string | undefined, to: string) => {
    const known = anchors.get(page === undefined ? name : nameOf(page))!;
    // typedoc counts names that become no heading, too
    const found = known.get(to) ?? known.get(to.replace(/-\d+$/, ''));
    if (found === undefined) throw new Error(`docs/api.md: a link in ${name} leads to #${to} of ${page ?? name}, which is no heading`);
    return `](#${found})`;
  }) + '\n').join('\n');
}

/** Where the headings and marked places of a page lie in the whole: by the anchor that the page has for them.
 * @param taken  how often each anchor was used so far */
function anchorsOf(text: string, taken: Map<string, number>): ReadonlyMap<string, string> {
  const own = new Map<string, number>();
  const numbered = (counts: Map<string, number>, plain: string): string => {
    const count = counts.get(plain) ?? 0;
    counts.set(plain, count + 1);
    return count === 0 ? plain : `${plain}-${count}`;
  };
  const headings = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]): [string, string] => [numbered(own, anchorOf(heading!)), numbered(taken, anchorOf(heading!))]);
  return new Map([...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]): [string, string] => [id!, id!]), ...headings]);
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const made = makePage();
  if (!process.argv.includes('--check')) writeFileSync(page, made);
  else if (readFileSync(page, 'utf8') !== made) {
    console.log('docs/api.md is not what the doc comments say: npm run api');
    process.exitCode = 1;
  }
}
