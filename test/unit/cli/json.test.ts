// -f json: what a program that reads the output has to cope with (language.md 7), and colours.

import t from 'tap';
import { noColour, wantsColour } from '../../../lib/cli/output/colour.js';
import { complaintLine } from '../../../lib/cli/output/message.js';
import { compile } from '../../../lib/compile.js';
import { diagnosticToObject } from '../../../lib/model/diagnostics/json.js';
import { Source } from '../../../lib/model/source/source.js';
import { runCommand } from '../../helpers/command.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';
import { needs } from '../../helpers/needs.js';

const objects = (text: string): Record<string, unknown>[] => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);

/** Types of the objects on stdout and on stderr, in order. */
const runs: readonly (readonly [title: string, args: readonly string[], stdout: readonly string[], stderr: readonly string[], status: number])[] = [
  ['output and maps', ['-e', 'begin { @x = 1; printf("%d\\n", 4); exit(2); }'], ['attached_probes', 'printf', 'map'], [], 2],
  ['a warning of the compiler, and a probe that may not be there', ['-e', 'config = { missing_probes = "warn" } begin { } kprobe:no_such_function_here { }'], ['attached_probes'], ['warning', 'warning'], 0],
  ['a mistake in the script', ['-e', 'begin { printf(foo); }'], [], ['error'], 1],
  ['nothing to run', ['-e', 'config = { missing_probes = "ignore" } kprobe:no_such_function_here* { }'], [], ['info'], 1],
  ['no such file', ['/no/such/file.bt'], [], ['error'], 1],
  ['a file that cat cannot open', ['-e', 'begin { cat("/no/such/file"); }'], ['attached_probes'], ['error'], 0],
  ['more words', ['-v', '-e', 'begin { }'], ['attached_probes'], ['info'], 0],
];
for (const [title, args, stdout, stderr, status] of runs) {
  t.test(title, async (t) => {
    if (!needs(t, 'root')) return;
    const ended = await runCommand(['-f', 'json', ...args]);
    t.strictSame(objects(ended.stdout).map(({ type }) => type), stdout);
    const said = objects(ended.stderr);
    t.ok(said.every(({ msg }) => typeof msg === 'string' && msg !== ''));
    t.strictSame(said.map(({ type }) => type), stderr);
    t.equal(ended.status, status);
  });
}

t.test('a diagnostic as an object', async (t) => {
  const { diagnostics } = compile(new Source('stdin', 'begin {\n  printf(foo);\n}'), new FixtureTarget());
  t.match(diagnosticToObject(diagnostics[0]!, 'command'), { type: 'error', code: 'T0101', msg: "Unknown identifier: 'foo'", filename: 'stdin', line: 2, col: 10, end_line: 2, end_col: 13 });
});

t.test('complaints', async (t) => {
  t.equal(complaintLine('text', 'ERROR: x \x1b[2J\n', false), 'ERROR: x \x1b[2J\n');
  t.equal(complaintLine('text', 'ERROR: x \x1b[2J\n', true), 'ERROR: x \\x1b[2J\n');
  t.equal(complaintLine('json', 'ERROR: x\n', false), '{"type": "error", "msg": "x"}\n');
  t.equal(complaintLine('json', 'WARNING: x\n', false), '{"type": "warning", "msg": "x"}\n');
  t.equal(complaintLine('json', 'BUG: x\ny\n', false), '{"type": "error", "msg": "BUG: x\\ny"}\n');
});

const colours: readonly (readonly [environment: NodeJS.ProcessEnv, coloured: boolean])[] = [
  [{ BPFTRACE_COLOR: 'always' }, true], [{ BPFTRACE_COLOR: 'never' }, false], [{ BPFTRACE_COLOR: 'always', NO_COLOR: '1' }, true], [{ NO_COLOR: '1' }, false],
];
t.test('colours', async (t) => {
  for (const [environment, want] of colours) t.equal(wantsColour(environment, t.fail), want, JSON.stringify(environment));
  t.ok(noColour({ NO_COLOR: '1' }));
  t.notOk(noColour({ NO_COLOR: '' }));
  t.notOk(noColour({}));
  const complaints: string[] = [];
  wantsColour({ BPFTRACE_COLOR: 'blue' }, (text) => complaints.push(text));
  t.match(complaints, [/^Invalid env value! /]);
});

t.test('NO_COLOR: results of tests are plain', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout } = await runCommand(['--test', '-e', 'test:x { return 0; }'], { env: { NO_COLOR: '1' } });
  t.match(stdout, /^\[==========\] Running 1 test\.$/m);
});
