// tbpf/syntax: what is understood of scripts with mistakes; one row per kind of mistake.

import t from 'tap';
import { type CompileError, format, parse, renderDiagnostics } from '../../../lib/syntax.js';
import { printTree } from '../../../lib/model/syntax/print.js';

const rows: [title: string, text: string, probes: string[], diagnostics: string[]][] = [
  ['no mistake', 'begin { exit(); } end { }', ['begin', 'end'], []],
  ['nothing', '', [], []],
  ['only a comment', '// nothing\n', [], []],
  ['a probe that does not parse', 'begin { 1 + ; }\nend { print(1); }', ['end'], ['1:13']],
  ['two that do not', 'begin { 1 + ; }\nend { print(1); }\ninterval:s:1 { ) }', ['end'], ['1:13', '3:16']],
  ['the last one is not closed', 'begin { }\nend { print(1);', ['begin'], ['2:16']],
  ['a string without an end takes the brace behind it', 'begin { print("a); }\nend { }', [], ['1:15']],
  ['a brace in a string and in comments', 'begin { print("}"); /* } */ 1 + ; } // }\nend { }', ['end'], ['1:33']],
  ['a mistake outside of probes', 'config = { nothing = }\nbegin { }', ['begin'], ['1:22']],
  ['a mistake in what is no literal', 'begin { print(0x); }\nend { }', ['end'], ['1:15']],
  ['too many braces', 'begin { } }\nend { }', ['begin', 'end'], ['1:11']],
  ['a path with what begins a comment elsewhere', 'uprobe:/usr/lib/*:malloc { @a = 1 }\nkprobe:f { @b = 1 }\nkprobe:g { @c = }', ['uprobe:/usr/lib/*:malloc', 'kprobe:f'], ['3:17']],
  ['two slashes in a path', 'uprobe:/usr//lib/x:malloc { @a = 1 }\nkprobe:g { @c = }', ['uprobe:/usr//lib/x:malloc'], ['2:17']],
  ['a brace in a line of C', '#define OPEN {\nkprobe:f { @b = 1 }\nkprobe:g { @c = }', ['kprobe:f'], ['3:17']],
  ['every probe wrong', 'begin { ) } end { ( }', [], ['1:9', '1:21']],
];
for (const [title, text, probes, places] of rows) {
  t.test(title, async (t) => {
    const { tree, diagnostics } = parse(text, 'x.bt');
    t.same(tree.items.flatMap((item) => (item.kind === 'probe' ? item.attachPoints : [])).map((point) => text.slice(point.span.start, point.span.end)), probes);
    t.same(diagnostics.map(({ span }) => { const { line, column } = span!.source.positionAt(span!.start); return `${line}:${column}`; }), places);
    for (const { span } of diagnostics) t.equal(span!.source.text, text, 'shown with the text as it was');
    t.doesNotThrow(() => printTree(tree));
  });
}

t.test('format', async (t) => {
  t.equal(format('begin{print(1);/* x */exit( )}'), 'begin {\n  print(1); /* x */\n  exit()\n}\n');
  t.throws(() => format('begin { ( }', 'x.bt'), { name: 'CompileError' });
  try {
    format('begin { ( }', 'x.bt');
  } catch (error) {
    t.match(renderDiagnostics((error as CompileError).diagnostics), /^x.bt:1:11-12: ERROR/);
  }
});
