// `missing_probes = ignore`: nothing is said, and what is left is compiled.

import t from 'tap';
import { compile } from '../../../../lib/compile.js';
import { Source } from '../../../../lib/model/source/source.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

const symbols = { _stext: 0xffff_ffff_8100_0000n, closed: 0xffff_ffff_8120_0000n };
const rows: readonly (readonly [title: string, probe: string, left: readonly string[]])[] = [
  ['a function that is not there', 'kprobe:nosuch', ['begin']],
  ['one that is there but not traceable', 'kprobe:closed', ['begin', 'kprobe:closed']],
  ['a module', 'kprobe:nosuch:closed', ['begin']],
  ['a file', 'uprobe:/nosuch:main', ['begin']],
  ['a tracepoint', 'tracepoint:a:nosuch', ['begin']],
  ['a raw tracepoint', 'rawtracepoint:nosuch', ['begin']],
  ['a function that its module has not', 'fentry:vmlinux:nosuch', ['begin']],
  ['a module of a tracing probe', 'fexit:nosuch:vfs_read', ['begin']],
  ['a pattern', 'kprobe:nosuch*', ['begin']],
];
for (const [title, probe, left] of rows) {
  t.test(title, async (t) => {
    const { diagnostics, output } = compile(new Source('stdin', `config = { missing_probes = ignore } begin { @a = 1; } ${probe} { @b = 1; }`), new FixtureTarget({ symbols }));
    t.strictSame(diagnostics.map(({ message }) => message), []);
    t.strictSame(output?.manifest.programs.map((program) => program.probe), left);
  });
}
