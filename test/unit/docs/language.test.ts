// docs/language.md says what is so: its code compiles, prints and is refused as the text under it says.
//
//   in     blocks marked `bpftrace`: compiled without a word for the recorded machine; with a `text` block right behind, run in the simulator,
//          and that is what they print
//          blocks marked `bpftrace json`, `bpftrace ndjson`: the same with -f json, -f ndjson
//          blocks marked `bpftrace unsafe`: compiled with --unsafe
//          blocks marked `bpftrace refused`: the `text` block right behind is the first message
//   idea   empty lines at the end and before the maps are not compared: a document shows one where the output has two

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { optionSpecs } from '../../../lib/cli/line/options.js';
import { compile } from '../../../lib/compile.js';
import type { PromptFormat } from '../../../lib/runtime/output/index.js';
import { Source } from '../../../lib/model/source/source.js';
import { examplesOf } from '../../../scripts/language-examples.mjs';
import { packageRoot } from '../../helpers/command.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';
import { runInSim } from '../../helpers/sim-session.js';

process.env['TBPF_CHECK'] = '1';

const document = readFileSync(join(packageRoot, 'docs/language.md'), 'utf8');
const blocks = examplesOf(document);
const told = (text: string): string => text.replace(/\n{2,}/g, '\n\n').trim();
const target = new FixtureTarget();

t.equal(blocks.length, document.split('\n```bpftrace').length - 1, 'every block is read');

for (const { line, kind, script, text } of blocks) {
  t.test(`line ${line}`, async (t) => {
    const { diagnostics } = compile(new Source('stdin', script), target, { unsafe: kind === 'unsafe' });
    const messages = diagnostics.map(({ message }) => message);
    if (kind === 'refused') {
      t.equal(messages[0], text?.trim());
      t.equal(diagnostics[0]?.severity, 'error');
      return;
    }
    t.same(messages, []);
    if (text === undefined) return;
    const { stdout, stderr } = runInSim(script, kind === 'unsafe' ? { unsafe: true } : { format: kind as PromptFormat });
    t.equal(told(stdout), told(text));
    t.equal(stderr, '');
  });
}

t.test('chapter 10 names the options that something else stands for', async (t) => {
  for (const { name, instead } of optionSpecs) if (instead !== undefined) t.match(document, new RegExp(`^### 10\\.2 [^]*\`--${name}\``, 'm'), name);
});
