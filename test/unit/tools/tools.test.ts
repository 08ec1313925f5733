// What has to name every tool: the table, package.json, the index, and a README for each.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { tools } from '../../../tools/tools.js';
import { packageRoot, runCommand } from '../../helpers/command.js';

const read = (path: string): string => readFileSync(join(packageRoot, path), 'utf8');

t.test('every tool is everywhere', async (t) => {
  const { bin } = JSON.parse(read('package.json')) as { bin: Record<string, string> };
  t.same(Object.keys(bin).filter((name) => name !== 'tbpf').sort(), Object.keys(tools).map((name) => `${name}-tbpf`).sort());
  const index = read('tools/README.md');
  for (const [name, load] of Object.entries(tools)) {
    const tool = await load();
    t.equal(tool.name, name);
    t.match(index, `| [${name}](${name}/README.md) |`);
    t.ok(existsSync(join(packageRoot, `tools/${name}/README.md`)), `${name} has a README`);
    t.ok(tool.examples.length > 2, `${name} has examples`);
    for (const [example] of tool.examples) t.match(example, new RegExp(`^${name}\\b`));
  }
});

t.test('tools stand on the public library alone', async (t) => {
  const files = readdirSync(join(packageRoot, 'tools'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.startsWith('dev/'));
  for (const file of files) {
    const deeper = [...read(`tools/${file}`).matchAll(/from '([^']*\/lib\/[^']*)'/g)].map(([, path]) => path!).filter((path) => !/\/lib\/(?:index|syntax)\.js$/.test(path));
    t.same(deeper, [], file);
  }
});

t.test('licenses of what the bundles of the commands hold', async (t) => {
  const licenses = read('dist/licenses.txt');
  for (const name of ['moo', 'nearley', 'yargs', 'cliui']) t.match(licenses, new RegExp(`^${name} \\d`, 'm'), name);
});

t.test('help is printed without tracing', async (t) => {
  for (const name of Object.keys(tools)) {
    const { stdout, stderr, status } = await runCommand([name, '-h'], { env: { COLUMNS: '80' } });
    t.match(stdout, new RegExp(`^usage: ${name} \\[-h\\]`));
    t.match(stdout, /\n\noptions:\n {2}-h, --help {12}show this help message and exit\n/);
    t.match(stdout, /\n\nexamples:\n {4}/);
    t.ok(stdout.split('\n').every((line) => line.length <= 78 || line.startsWith('    ')), `${name}: lines fit`);
    t.equal(stderr, '');
    t.equal(status, 0);
  }
});
