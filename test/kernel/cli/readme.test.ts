// README.md: its commands run, and print what stands below them; what it says of probes and Node versions is what there is.

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { probeRecords } from '../../../lib/language/probes/index.js';
import { command, packageRoot, runCommand, Running } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const text = readFileSync(join(packageRoot, 'README.md'), 'utf8');
/** Commands behind `# `, and what they print. */
const shown = [...text.matchAll(/^```\n# (tbpf [^]*?)\n```$/gm)].map(([, block]) => block!);
const blockOf = (part: string): string => shown.find((block) => block.includes(part))!;
const notInGuests = onThisMachine('this machine tries it');

/** A command of the page as a shell runs it. */
function run(line: string): Promise<{ readonly stdout: string; readonly stderr: string; readonly status: number | null }> {
  return runCommand(['-c', `${line.replace(/^tbpf\b/, `'${command}'`)}`], { program: 'sh', timeoutMs: 60_000 });
}

t.test('a histogram', notInGuests, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const block = blockOf('hist(');
  const [, line, printed] = /^([^]*?')\n(@[^]*)$/.exec(block)!;
  const { stdout, status } = await run(line!);
  t.equal(status, 0);
  const [heading, ...rows] = printed!.split('\n');
  const found = stdout.split('\n').slice(stdout.split('\n').indexOf(heading!));
  t.equal(found[0], heading);
  for (const row of found.slice(1).filter((each) => each !== '')) t.match(row, /^\[\S+(?:, \S+\))?\]? +\d+ \|@* *\|$/);
  // the calls are those of one command: how long they take differs, which buckets there are less so
  t.ok(rows.some((row) => found.some((each) => each.slice(0, 16) === row.slice(0, 16))), 'buckets of the page');
});

t.test('a mistake, to the byte', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const [line, ...printed] = blockOf('filname').split('\n');
  const { stdout, stderr, status } = await run(line!);
  t.equal(stderr, `${printed.join('\n')}\n`);
  t.equal(stdout, '');
  t.equal(status, 1);
});

t.test('doctor: its rows', notInGuests, async (t) => {
  const [line, ...rows] = blockOf('doctor').split('\n');
  const { stdout } = await run(line!);
  for (const row of rows.filter((each) => each !== '…')) {
    const [, name, answer, words] = /^(.*?) {2,}(yes|no) *(.*)$/.exec(row)!;
    const found = stdout.split('\n').find((each) => each.startsWith(`${name!} `));
    t.ok(found, name);
    if (answer === 'no' && /^.*? {2,}no /.test(found ?? '')) t.match(found, words);
  }
});

t.test('execsnoop: its heading', notInGuests, async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const [line, heading] = blockOf('execsnoop').split('\n');
  const tool = new Running([...line!.split(' ').slice(1), '-P', String(process.pid)]);
  await tool.until('stdout', /\n/);
  tool.kill('SIGINT');
  t.equal((await tool.ended).stdout, `${heading}\n`);
});

t.test('the library', notInGuests, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const [, program] = /^```js\n([^]*?)^```/m.exec(text)!;
  const file = join(t.testdir({}), 'program.mjs');
  writeFileSync(file, program!.replace("'tbpf'", `'${pathToFileURL(join(packageRoot, 'dist/cjs/index.mjs')).href}'`));
  const load = spawn('perl', ['-e', '$0 = "tbpf-readme"; while (1) { open(F, "<", "/etc/hostname"); open(F, "<", "/etc/passwd"); select(undef, undef, undef, 0.05) }'], { stdio: 'ignore' });
  try {
    const { stdout, stderr, status } = await runCommand(['-u', 'NODE_OPTIONS', process.execPath, file, 'tbpf-readme'], { program: 'env', timeoutMs: 60_000 });
    t.equal(stderr, '');
    t.equal(status, 0);
    t.match(stdout, new RegExp(`^(?:${load.pid} \\S+\\n)*${load.pid} /etc/passwd\\n@\\[${load.pid}\\]: \\d+\\n\\n?$`));
  } finally {
    load.kill('SIGKILL');
  }
});

t.test('what is supported', async (t) => {
  const cell = (name: string): string => new RegExp(`^\\| ${name} \\| (.*) \\|$`, 'm').exec(text)![1]!;
  const kernels = readFileSync(join(packageRoot, 'test/vm/kernels.json'), 'utf8');
  for (const version of ['6.1', '6.12']) {
    t.match(cell('kernel'), version);
    t.match(kernels, version);
  }
  t.same(cell('probes').split(', ').sort(), probeRecords.map(({ name }) => name).filter((name) => !['test', 'bench'].includes(name)).sort());
  const { engines } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { engines: { node: string } };
  t.equal(engines.node, `>=${/^\d+/.exec(cell('Node.js'))![0]}`);
  const tried = readFileSync(join(packageRoot, 'test/package/node-versions.test.ts'), 'utf8');
  for (const [version] of cell('Node.js').replace(/:.*/, '').matchAll(/\d+/g)) if (version !== '20') t.match(tried, new RegExp(`\\b${version}\\b`), `Node ${version} is tried`);
});
