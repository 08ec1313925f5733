// Imports of scripts, headers and directories.

import t from 'tap';
import type { ImportResult, ReadImport } from '../../../../lib/compiler/expand/index.js';
import { headlines, run } from './helper.js';

const files: Readonly<Record<string, string>> = {
  'lib/a.bt': 'import "b.bt"; macro twice(e) { e + e } begin { print("a"); }',
  'lib/b.bt': 'struct inB { int x; int y; }; import "a.bt"; begin { print("b"); }',
  'types.h': 'struct fromHeader { long l; };',
  'conf.bt': 'config = { max_strlen = 5 } begin { }',
  'bad.bt': 'begin { 1 = 2; }',
  'x.txt': '', 'f.bpf.c': '', 'g.bpf.o': '',
};
const readImport: ReadImport = (path, importer): ImportResult => {
  if (path === 'open') return { problem: 'writable', directory: '/tmp/open' };
  if (path === 'dir') return { files: [{ name: 'types.h', text: files['types.h']! }, { name: 'lib/b.bt', text: files['lib/b.bt']! }] };
  const name = importer.startsWith('lib/') ? `lib/${path}` : path;
  return name in files ? { files: [{ name, text: files[name]! }] } : { problem: 'missing', checked: [`./${path}`] };
};

const all = run('import "lib/a.bt"; import "types.h"; begin { print(twice(2)); }', { readImport });
t.equal(all.messages, '');
t.equal(all.script, 'begin { print("b"); } begin { print("a"); } begin { print(4); }', 'what is imported comes first, each file once');
t.equal(all.expanded?.types.struct('inB')?.size, 8);
t.equal(all.expanded?.types.struct('fromHeader')?.size, 8);
t.equal(run('import "dir"; begin { }', { readImport }).expanded?.types.struct('fromHeader')?.size, 8, 'a directory');

const wrong: [source: string, want: string[]][] = [
  ['import "none.bt"; begin { }', ['stdin:1:1-17: ERROR: Unable to find suitable path for import', 'HINT: checked: ./none.bt']],
  ['import "stdlib/string.bt"; begin { }', ['stdin:1:1-26: ERROR: Unable to find suitable path for import', 'HINT: checked: ./stdlib/string.bt', 'HINT: similar to builtins: stdlib/strings.bt']],
  ['import "stdlib/nosuchfile.bt"; begin { }', ['stdin:1:1-30: ERROR: Unable to find suitable path for import', 'HINT: checked: ./stdlib/nosuchfile.bt', 'HINT: similar to builtins: stdlib']],
  ['import "open"; begin { }', ['stdin:1:1-14: ERROR: cowardly refusing to import from a directory with global write permissions: /tmp/open']],
  ['import "x.txt"; begin { }', ['stdin:1:1-15: ERROR: unknown import type: x.txt']],
  ['import "conf.bt"; begin { }', ['conf.bt:1:1-28: ERROR: invalid `config` within import']],
  ['import "bad.bt"; begin { }', ['bad.bt:1:9-10: ERROR: syntax: invalid assignment target', 'HINT: Only variables, maps and map elements can be assigned to.']],
  ['import "f.bpf.c"; begin { }', ['stdin:1:1-17: ERROR: f.bpf.c is no BPF object with types',
    'HINT: Compile it with types: clang -O2 -g -target bpf -c NAME.bpf.c -o NAME.bpf.o']],
  ['begin { import "lib/a.bt"; }', ['stdin:1:9-26: ERROR: Import statements that are not at the top level are primarily for the standard library. '
    + 'If this is functionality you need, please file an issue to explain why.']],
];
for (const [source, want] of wrong) t.same(headlines(source, { readImport }), want, source);
t.equal(run('begin { import "types.h"; print(1); }', { readImport, importStatements: 'enable' }).expanded?.types.struct('fromHeader')?.size, 8, 'statements, when allowed');
t.same(headlines('import "a.bt"; begin { }'), ['stdin:1:1-14: ERROR: Unable to find suitable path for import'], 'without a reader nothing is found');

for (const path of ['stdlib', 'stdlib/base.bt', 'stdlib/strings', 'stdlib/process.bt', 'stdlib/kfunc.bt', 'stdlib/meta']) {
  const { messages, script } = run(`import "${path}"; import "lib/b.bt"; begin { print(is_str("x")); }`, { readImport });
  t.equal(messages, '', `${path}: the standard library is always there`);
  t.match(script, 'print("b")', 'and what else is imported is taken in');
}
t.same(headlines('import "stdlib/base.bt"; begin { }'), [], 'without a reader the standard library is there, too');
t.equal(run('begin { import "stdlib/strings.bt"; print(1); }', { readImport, importStatements: 'enable' }).messages, '', 'in a statement');
const own: ReadImport = (path) => ({ files: [{ name: path, text: 'begin { print("own"); }' }] });
t.match(run('import "stdlib/base.bt"; begin { }', { readImport: own }).script, 'print("own")', 'a file beside the script comes first');
