// The programs of docs/anywhere.md run: what the first records, the second compiles with, and gets the event that the page shows.

import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { packageRoot } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const dist = (entry: string): string => pathToFileURL(join(packageRoot(), 'dist/cjs', `${entry}.mjs`)).href;
const programs = [...readFileSync(join(packageRoot(), 'docs/anywhere.md'), 'utf8').matchAll(/```js\n([^]*?)```/g)].map(([, program]) => program!
  .replace("from 'tbpf'", `from '${dist('index')}'`).replace(/from 'tbpf\/(\w+)'/g, (_, entry: string) => `from '${dist(entry)}'`));

t.test('recording, compiling, firing', onThisMachine('this machine runs them; it depends on the library, not on the kernel'), async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  t.equal(programs.length, 2);
  const folder = t.testdir({});
  copyFileSync(join(packageRoot(), 'examples/simulate/opens.bt'), join(folder, 'opens.bt'));
  const run = async (name: string, program: string): Promise<string> => {
    writeFileSync(join(folder, name), program);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [name], { cwd: folder, timeout: 60_000 });
    t.equal(stderr, '');
    return stdout;
  };
  await run('record.mjs', programs[0]!);
  t.match(JSON.parse(readFileSync(join(folder, 'opens.facts.json'), 'utf8')), { version: 1, tracepoints: [{ event: 'sys_enter_openat' }, { event: 'sys_exit_openat' }] });
  const shown = /\/\/ event\.fields: (.*)/.exec(programs[1]!)![1]!;
  const read = "import { deepStrictEqual } from 'node:assert';\nimport { readFileSync } from 'node:fs';\nconst read = (file) => readFileSync(file, 'utf8');\n";
  t.equal(await run('test.mjs', `${read}${programs[1]!}deepStrictEqual({ ...event.fields }, ${shown});\nconsole.log('as shown');\n`), 'as shown\n');
});
