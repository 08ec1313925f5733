// What ends the command: complaints of the world, our own mistakes; and small parsers.

import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import { dumpSections, Dumps } from '../../../lib/cli/output/dumps.js';
import { explainFailure, Failure } from '../../../lib/cli/output/failure.js';
import { parsePid } from '../../../lib/cli/line/pid.js';
import { expandStages, wantsStage } from '../../../lib/cli/line/stages.js';
import { compile } from '../../../lib/compile.js';
import { Bug, PermissionError, TbpfError } from '../../../lib/model/diagnostics/errors.js';
import { Source } from '../../../lib/model/source/source.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';

t.test('the world: one line, status 1', async (t) => {
  t.same(explainFailure(new TbpfError('map @x is full', { code: 'E2BIG', advice: 'Raise max_map_keys.' })), { text: 'ERROR: map @x is full. Raise max_map_keys.\n', status: 1 });
  t.same(explainFailure(Object.assign(new Error('EACCES'), { code: 'EACCES', errno: -13, syscall: 'open', path: '/x' })), { text: 'ERROR: Cannot open /x: Permission denied\n', status: 1 });
  t.same(explainFailure(new TbpfError('it is gone', { code: 'ENOENT' })), { text: 'ERROR: it is gone\n', status: 1 });
  t.match(explainFailure(new PermissionError('bpf() needs CAP_BPF', { code: 'EPERM', missing: ['CAP_BPF'], advice: 'Run as root.' })), { text: 'ERROR: bpf() needs CAP_BPF. Run as root.\n', status: 1 });
  t.same(explainFailure(new Failure('Kernel lockdown …', 1)), { text: 'Kernel lockdown …\n', status: 1 });
});

t.test('our own mistake: named as such, with its phase, saved, status 2', async (t) => {
  const { text, status } = explainFailure(new Bug('regalloc', 'two values in r6', 'the dump'));
  t.equal(status, 2);
  const [headline, whose, where] = text.split('\n');
  t.equal(headline, 'BUG: regalloc: two values in r6');
  t.match(whose, /mistake in tbpf, not in your script/);
  const file = /in (\S+)\.$/.exec(where!)![1]!;
  t.teardown(() => rmSync(dirname(file), { recursive: true }));
  const saved = readFileSync(file, 'utf8');
  t.match(saved, /the dump/);
  t.match(saved, /failure\.test/, 'the stack');
});

t.test('an error nobody foresaw is our mistake too', async (t) => {
  const { text, status } = explainFailure(new TypeError('x is not a function'));
  t.match(text, /^BUG: tbpf: x is not a function\n/);
  t.equal(status, 2);
  rmSync(dirname(/in (\S+)\.\n/.exec(text)![1]!), { recursive: true });
});

const pids: [text: string, want: number | string][] = [
  ['181', 181], ['0x10', 16], ['+7', 7], ['4194304', 4194304],
  ['a1', 'Failed to parse pid: invalid integer: a1'], ['', 'Failed to parse pid: invalid integer: '], ['-1', 'Failed to parse pid: invalid integer: -1'],
  ['1a1', 'Failed to parse pid: invalid trailing bytes: 1a1'], ['0', 'Pid out of range: 0'], ['5000000', 'Pid out of range: 5000000'],
];
for (const [text, want] of pids) t.test(`pid '${text}'`, async (t) => t.equal(parsePid(text), want));

t.test('stages', async (t) => {
  t.same(expandStages(['tree,bpf', 'ir:after=dead-code']), ['tree', 'bpf', 'ir:after=dead-code']);
  t.same(expandStages(['ast', 'dis']), ['tree', 'bpf']);
  t.equal(expandStages(['nothing']), 'invalid option for -d: nothing\nHINT: Stages are tree, types, ir, ir:after=PASS, select, regalloc, bpf, elf, layout, libbpf, verifier, all.');
  t.ok(wantsStage(['ir:after=*'], 'ir:after=fold'));
  t.notOk(wantsStage(['ir:after=*'], 'ir'));
  t.ok(wantsStage(['ir'], 'ir'));
});

t.test('dumps have headings and end with a line break', async (t) => {
  let text = '';
  const dumps = new Dumps(['ir'], (more) => (text += more));
  dumps.add('ir', 'a');
  dumps.add('bpf', 'b');
  dumps.add('ir', 'c\n');
  t.equal(text, '==> ir\na\n==> ir\nc\n');
});

t.test('sections of an object', async (t) => {
  const { output } = compile(new Source('stdin', 'begin { printf("x"); }'), new FixtureTarget());
  const names = dumpSections(output!.elf).split('\n').map((line) => line.split(' ')[0]);
  for (const name of ['raw_tp', 'license', '.maps', '.BTF', '.BTF.ext', '.symtab', '.strtab']) t.ok(names.includes(name), name);
});
