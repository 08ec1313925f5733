// -h, the manual pages and docs/reference.md have one source: each says what the records say, and the pages in man/ are what they make.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { optionLines } from '../../../lib/cli/jobs/help.js';
import { environment } from '../../../lib/cli/line/environment.js';
import { optionSpecs } from '../../../lib/cli/line/options.js';
import { subcommands } from '../../../lib/cli/line/subcommands.js';
import { configVariables } from '../../../lib/language/config.js';
import { functions } from '../../../lib/language/functions/index.js';
import { probeRecords } from '../../../lib/language/probes/index.js';
import { manPages } from '../../../tools/dev/man.js';
import { packageRoot, runCommand } from '../../helpers/command.js';

const pages = manPages();
const pathOf = (name: string): string => join(packageRoot, 'man', name);
const { man, files } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { man: string[]; files: string[] };

t.test('the pages are what the records make, and are in the package', async (t) => {
  for (const [name, page] of Object.entries(pages)) t.equal(readFileSync(pathOf(name), 'utf8'), page, `${name}: else npm run man`);
  t.strictSame([...man].sort(), Object.keys(pages).map((name) => `./man/${name}`).sort());
  t.ok(files.includes('man'));
});

/** Without line breaks and escapes. */
const words = (text: string): string => text.replace(/\s+/g, ' ');
const lacksOf = (program: string): string | undefined => (spawnSync(program, ['--version']).error === undefined ? undefined : `${program} is not installed`);

t.test('every option, subcommand and setting is in -h, in tbpf(8) and in docs/reference.md', async (t) => {
  const help = words((await runCommand(['-h'])).stdout);
  const reference = words(readFileSync(join(packageRoot, 'docs/reference.md'), 'utf8')).replaceAll('\\|', '|');
  const page = words(plain(pages['tbpf.8']!));
  const docs = [...optionSpecs.map(({ doc }) => doc), ...subcommands.map(({ doc }) => doc), ...environment.map(({ doc }) => doc), ...configVariables.map(({ doc }) => doc)];
  for (const doc of docs) for (const [where, text] of Object.entries({ '-h': help, man: page, reference })) t.ok(text.includes(words(doc)), `${where}: ${doc}`);
  for (const { option } of optionLines(optionSpecs)) for (const [where, text] of Object.entries({ man: page, reference })) t.ok(text.includes(option), `${where}: ${option}`);
  for (const { name } of [...configVariables, ...environment]) for (const [where, text] of Object.entries({ '-h': help, man: page, reference })) t.ok(text.includes(name), `${where}: ${name}`);
});

t.test('the language has its lists', async (t) => {
  const page = words(plain(pages['tbpf-language.7']!));
  for (const { doc } of probeRecords) t.ok(page.includes(words(doc)), doc);
  for (const { name, doc } of functions.values()) if (!name.startsWith('__builtin_')) t.ok(page.includes(words(doc.replaceAll('`', ''))), `${name}: ${doc}`);
});

/** A page of man as text, without its macros. */
function plain(page: string): string {
  return page.split('\n').filter((line) => !/^\.\w/.test(line)).join('\n').replace(/\\f[BIR]|\\&/g, '')
    .replace(/\\\(dq/g, '"').replace(/\\\(aq/g, "'").replace(/\\\(ga/g, '`').replace(/\\\(ti/g, '~').replace(/\\\(ha/g, '^').replace(/\\-/g, '-').replace(/\\e/g, '\\')
    .replace(/\\\[u([0-9A-F]{4,6})\]/g, (_, digits: string) => String.fromCodePoint(parseInt(digits, 16)));
}

for (const name of Object.keys(pages)) {
  t.test(`groff has nothing to say about ${name}`, { skip: lacksOf('groff') }, async (t) => {
    const { stdout, stderr, status } = spawnSync('groff', ['-ww', '-man', '-Tutf8', '-z', pathOf(name)], { encoding: 'utf8' });
    t.strictSame({ stdout, stderr, status }, { stdout: '', stderr: '', status: 0 });
  });
  t.test(`mandoc has nothing to say about ${name}`, { skip: lacksOfMandoc() }, async (t) => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', pathOf(name)], { encoding: 'utf8' });
    // the pages are made of the records, and change with them: a date would change with nothing
    t.match(stdout.trim(), /^mandoc: \S+: WARNING: missing date, using "": TH$/);
  });
}

function lacksOfMandoc(): string | undefined {
  return spawnSync('mandoc', ['-T', 'lint', pathOf('tbpf.8')]).error === undefined ? undefined : 'mandoc is not installed (Debian: mandoc)';
}
