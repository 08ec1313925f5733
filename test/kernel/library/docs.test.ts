// The programs of docs/library.md run, and print something.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import t from 'tap';
import { packageRoot } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const text = readFileSync(join(packageRoot(), 'docs/library.md'), 'utf8');
const library = pathToFileURL(join(packageRoot(), 'dist/cjs/index.mjs')).href;

const sections = text.split(/^## /m).slice(1);
const programs = sections.flatMap((section) => [...section.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, program], i) => [`${section.slice(0, section.indexOf('\n'))}${i === 0 ? '' : ` (${i + 1})`}`, program!] as const));
t.equal(programs.length, text.match(/^```(?:ts|js)$/gm)?.length, 'every program is run');

for (const [title, program] of programs) {
  t.test(title, onThisMachine('this machine runs them; it depends on the library, not on the kernel'), async (t) => {
    if (!needs(t, 'root', 'tracepoint')) return;
    const file = join(t.testdir({}), 'program.mjs');
    writeFileSync(file, transformSync(program, { loader: 'ts' }).code.replace(/from "tbpf"/, `from "${library}"`).replace(/from "tbpf\/tools"/, `from "${library.replace('index', 'tools')}"`));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
    t.not(stdout, '');
    // the tool's command says itself that there is no such file
    t.equal(stderr, title === 'Records of a tool' ? 'cat: /no/such/file: No such file or directory\n' : '');
  });
}
