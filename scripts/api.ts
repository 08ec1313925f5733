// docs/api.md from the doc comments of what the library exports, made by typedoc.
//
//   in     the entry points: lib/index.ts, compiler.ts, syntax.ts, simulate.ts
//   out    one page; --check: exit status 1 when docs/api.md is another
//   idea   typedoc's markdown plugin writes a page for each entry point; they become chapters of one page, so that the browser's search finds everything

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/api.md');

/** The entry points by their pages, in the order of the chapters. */
const chapters = { index: 'tbpf', compiler: 'tbpf/compiler', syntax: 'tbpf/syntax', simulate: 'tbpf/simulate' } as const;

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
    const entries = Object.keys(chapters).flatMap((name) => ['--entryPoints', `lib/${name}.ts`]);
    execFileSync(process.execPath, [join(root, 'node_modules/typedoc/bin/typedoc'), ...options, ...entries, '--out', folder], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    const parts = Object.entries(chapters).map(([name, title]) => `# ${title}\n\n${oneDeeper(readFileSync(join(folder, `${name}.md`), 'utf8'))}`);
    const contents = Object.values(chapters).map((title) => `[${title}](#${title.replace('/', '')})`).join(' · ');
    return `<!-- Made by \`npm run api\` from the doc comments of lib. -->\n\nEvery function, class and type that programs may import. How they are used: [library.md](library.md).\n\n${contents}\n\n${parts.join('\n')}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Links between the pages lead within the page. */
function oneDeeper(text: string): string {
  return text.replace(/\]\((?:index|compiler|syntax|simulate)\.md(#[\w-]+)\)/g, ']($1)').trimEnd() + '\n';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const made = makePage();
  if (!process.argv.includes('--check')) writeFileSync(page, made);
  else if (readFileSync(page, 'utf8') !== made) {
    console.log('docs/api.md is not what the doc comments say: npm run api');
    process.exitCode = 1;
  }
}
