// The table "bpftrace feature → here" says what is: each name of bpftrace's reference is a record, or is refused by the words that stand there.

import t from 'tap';
import { configVariables } from '../../../lib/language/config.js';
import { probeRecords } from '../../../lib/language/probes/index.js';
import { optionSpecs } from '../../../lib/cli/line/options.js';
import { configNames, forms, functionNames, optionNames, providers, values } from '../../../tools/dev/bpftrace-names.js';
import { features, onlyHere } from '../../../tools/dev/bpftrace-table.js';
import { runInSim } from '../../helpers/sim-session.js';

const all = features();

t.test('what is not here says so', async (t) => {
  for (const { kind, name, here, said } of all) if (here === undefined) t.ok(said, `${kind} ${name}`);
});

t.test('functions and values', async (t) => {
  t.same(all.filter(({ kind, here }) => here === undefined && (kind === 'function' || kind === 'value')), [], 'all are here');
  t.same(onlyHere(), ['container', 'emit', 'pod', 'span']);
});

t.test('names are listed once', async (t) => {
  for (const names of [values, functionNames, configNames, optionNames, forms.map(([form]) => form)]) t.equal(new Set(names).size, names.length);
});

/** of pictures, of the live view, of compiled scripts, of fmt, and of who is traced */
const optionsOfOurs = ['flame', 'diff', 'heatmap', 'chart', 'watch', 'for', 'script', 'check', 'follow', 'cgroup', 'container', 'pod', 'no-cache'];

/** of histograms */
const configOfOurs = ['percentiles'];

t.test('probes, config variables, options', async (t) => {
  t.same(Object.keys(providers).sort(), probeRecords.map(({ name }) => name).sort());
  for (const [name, others] of Object.entries(providers)) {
    for (const other of others) t.match(all.find((feature) => feature.kind === 'probe' && feature.name === other), { here: name }, `${other} is ${name}`);
  }
  t.same([...configNames, ...configOfOurs].sort(), configVariables.map(({ name }) => name).sort());
  const known = optionSpecs.map(({ name, short }) => (optionNames.includes(name) ? name : short ?? name));
  t.same([...optionNames, ...optionsOfOurs].sort(), known.sort(), 'every other option is in bpftrace too');
});

for (const [form, script] of forms) {
  t.test(`form: ${form}`, async (t) => {
    const { status, stderr } = runInSim(script, { warnings: false });
    t.equal(stderr, '');
    t.equal(status, 0);
  });
}
