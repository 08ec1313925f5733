// Recorded facts hold what the compiler asks a machine for: a feature that nobody recorded looks like one that the kernel lacks.

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { recordedFeatures } from '../../../lib/api/record-facts.js';
import { compile } from '../../../lib/compiler.js';
import { type Facts, nothingKnown } from '../../../lib/model/target/facts.js';

const lib = fileURLToPath(new URL('../../../lib/', import.meta.url));
const asked = ['language', 'compiler'].flatMap((room) => readdirSync(`${lib}${room}`, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  .flatMap((file) => [...readFileSync(`${lib}${room}/${file}`, 'utf8').matchAll(/\b(?:target\.has|(?:c|this)\.need)\(([^)]*)/g)].map(([, argument]) => ({ file: `${room}/${file}`, argument: argument! }))));

/** Files that ask for names they do not spell at the call, and why their names are recorded or cannot be. */
const unspelled: Readonly<Record<string, string>> = {
  'compiler/check/calls.ts': 'what records say they need',
  'compiler/check/inference.ts': 'the same',
  'language/functions/comm-of.ts': 'what its record says it asks',
  'language/functions/kernel.ts': 'names that a script makes up',
};
/** Of probes whose places lie in files of the machine, which are not recorded. */
const ofFiles = ['cap:CAP_SYS_ADMIN'];

t.test('every feature that is asked for by name is recorded', async (t) => {
  const spelled = asked.flatMap(({ argument }) => [...argument.matchAll(/(?<!=== )'([a-z][^']*)'/g)].map(([, feature]) => feature!));
  t.ok(spelled.includes('helper:loop') && spelled.includes('helper:get_func_ip'), 'the expressions are found');
  t.same(spelled.filter((feature) => !recordedFeatures.has(feature) && !ofFiles.includes(feature)), []);
  t.same([...new Set(asked.filter(({ argument }) => !argument.startsWith("'") && !/\? '/.test(argument)).map(({ file }) => file))].sort(), Object.keys(unspelled).sort());
});

t.test('what records need and ask for', async (t) => {
  for (const feature of ['helper:override_return', 'helper:probe_write_user', 'helper:get_func_ip', 'helper:ktime_get_tai_ns', 'kfunc:bpf_task_from_pid', 'kfunc:bpf_task_from_pid:perf_event']) {
    t.ok(recordedFeatures.has(feature), feature);
  }
});

const functions = [{ module: 'vmlinux', name: 'vfs_read' }];
const rows: [script: string, features: Facts['features'], wrong: string | undefined][] = [
  ['kprobe:vfs_read { override(1); }', { 'helper:override_return': true }, undefined],
  ['kprobe:vfs_read { override(1); }', { 'helper:override_return': false }, 'helper:override_return'],
  ['interval:s:1 { $x = 1; print(write_user(4096, &$x, 1)); }', { 'helper:probe_write_user': true }, undefined],
  ['interval:s:1 { $x = 1; print(write_user(4096, &$x, 1)); }', {}, 'helper:probe_write_user'],
  ['interval:s:1 { print(nsecs(tai)); }', {}, 'helper:ktime_get_tai_ns'],
  ['interval:s:1 { print(comm(1)); }', { 'kfunc:bpf_task_from_pid': true, 'kfunc:bpf_task_from_pid:perf_event': true }, 'btf'],
  ['interval:s:1 { print(comm(1)); }', {}, undefined],
];

for (const [script, features, wrong] of rows) {
  t.test(`${script} with ${JSON.stringify(features)}`, async (t) => {
    const compileIt = (): unknown => compile(script, { unsafe: true, machine: { ...nothingKnown, functions, features: { kprobe: true, ...features } } });
    if (wrong === undefined) t.doesNotThrow(compileIt);
    else t.throws(compileIt, { name: 'NotSupportedError', feature: wrong });
  });
}
