// Diagnostics as text: places, tabs, several lines, notes, hints, macros, colours (language.md 9.1).

import t from 'tap';
import { Diagnostic, diagnostic } from '../../../../lib/model/diagnostics/diagnostic.js';
import { renderDiagnostic, renderDiagnostics, renderExcerpt } from '../../../../lib/model/diagnostics/render.js';
import { nearest } from '../../../../lib/model/diagnostics/nearest.js';
import { Source, type Span } from '../../../../lib/model/source/source.js';

/** The span of `part` in `text`. */
function spanOf(text: string, part: string, name = 'stdin'): Span {
  const start = text.indexOf(part);
  return new Source(name, text).span(start, start + part.length);
}
const error = (span: Span | undefined, message = 'wrong'): Diagnostic => new Diagnostic('T0000', 'error', message, span);

const rows: [title: string, diagnostic: Diagnostic, want: string][] = [
  ['one line', error(spanOf('kprobe:f { printf(foobar); @x = 1; }', 'foobar'), "Unknown identifier: 'foobar'"),
    "stdin:1:19-25: ERROR: Unknown identifier: 'foobar'\nkprobe:f { printf(foobar); @x = 1; }\n                  ~~~~~~\n"],
  ['a later line', error(spanOf('begin {\n  x;\n}', 'x', 'tool.bt')), 'tool.bt:2:3-4: ERROR: wrong\n  x;\n  ~\n'],
  ['tabs are four blanks, columns count them once', error(spanOf('\tprint(\tfoo\t);', 'foo')), 'stdin:1:9-12: ERROR: wrong\n    print(    foo    );\n              ~~~\n'],
  ['a tab inside', error(spanOf('a\tb;', 'a\tb')), 'stdin:1:1-4: ERROR: wrong\na    b;\n~~~~~~\n'],
  ['nothing to mark is marked with one', error(new Source('stdin', 'begin').span(5, 5)), 'stdin:1:6-6: ERROR: wrong\nbegin\n     ~\n'],
  ['several lines have no marks', error(spanOf('begin {\n  if (1) {\n  }\n}', 'if (1) {\n  }')), 'stdin:2-3: ERROR: wrong\n  if (1) {\n  }\n'],
  ['carriage returns are not shown', error(spanOf('begin {\r\n  x;\r\n}', 'x')), 'stdin:2:3-4: ERROR: wrong\n  x;\n  ~\n'],
  ['no place', error(undefined, 'too many probes').hint('raise the limit'), 'ERROR: too many probes\nHINT: raise the limit\n'],
  ['notes, then hints', error(spanOf('a b', 'b')).hint('one').note(spanOf('a b', 'a'), 'This is the first.').hint('two'),
    'stdin:1:3-4: ERROR: wrong\na b\n  ~\nstdin:1:1-2: ERROR: This is the first.\na b\n~\nHINT: one\nHINT: two\n'],
  ['warnings, notes too', new Diagnostic('T0000', 'warning', 'odd', spanOf('a b', 'b')).note(spanOf('a b', 'a'), 'left'),
    'stdin:1:3-4: WARNING: odd\na b\n  ~\nstdin:1:1-2: WARNING: left\na b\n~\n'],
  ['a macro, innermost first', error({ ...spanOf('m(1)', '1'), expandedFrom: { ...spanOf('a m(1)', 'm(1)'), expandedFrom: spanOf('a', 'a') } }),
    'stdin:1:3-4: ERROR: wrong\nm(1)\n  ~\nstdin:1:3-7: ERROR: expanded from\na m(1)\n  ~~~~\nstdin:1:1-2: ERROR: expanded from\na\n~\n'],
  ['wide characters count as one', error(spanOf('"é→" + x', 'x')), 'stdin:1:8-9: ERROR: wrong\n"é→" + x\n       ~\n'],
];
for (const [title, d, want] of rows) t.test(title, async (t) => { t.equal(renderDiagnostic(d), want); });

t.test('colour is on the first line of each part only', async (t) => {
  const text = renderDiagnostic(error(spanOf('a b', 'b')).note(spanOf('a b', 'a'), 'first'), { colour: true });
  t.equal(text, '\x1b[31mstdin:1:3-4: ERROR: wrong\x1b[0m\na b\n  ~\n\x1b[31mstdin:1:1-2: ERROR: first\x1b[0m\na b\n~\n');
  t.equal(renderDiagnostic(new Diagnostic('T0000', 'warning', 'odd', undefined), { colour: true }), '\x1b[33mWARNING: odd\x1b[0m\n');
});

t.test('errors stand before warnings, each in order', async (t) => {
  const list = [new Diagnostic('T1', 'warning', 'w1', undefined), error(undefined, 'e1'), new Diagnostic('T1', 'warning', 'w2', undefined), error(undefined, 'e2')];
  t.equal(renderDiagnostics(list), 'ERROR: e1\nERROR: e2\nWARNING: w1\nWARNING: w2\n');
});

t.test('of many of one kind the first are shown, and how many more there are', async (t) => {
  const many = (code: string, count: number): Diagnostic[] => Array.from({ length: count }, (_, i) => new Diagnostic(code, 'error', `${code} ${i}`, undefined));
  const lines = (...list: Diagnostic[]): string[] => renderDiagnostics(list).split('\n').slice(0, -1);
  t.equal(lines(...many('T1', 20)).length, 20);
  const mixed = lines(...many('T1', 19), ...many('T2', 21), ...many('T1', 5000), new Diagnostic('T1', 'warning', 'w', undefined));
  t.same(mixed.slice(38), ['ERROR: T2 19', '… and 1 more error like this', 'ERROR: T1 0', '… and 4999 more errors like this', 'WARNING: w']);
});

t.test('text of the script is made fit for a terminal, and the place stays right', async (t) => {
  const data = (text: string): string => text.replaceAll('\x1b', '<esc>');
  const shown = renderDiagnostic(error(spanOf('a\x1b[2Jb wrong c', 'wrong'), 'no \x1b'), { colour: true, data }).split('\n');
  t.match(shown[0], /no <esc>\x1b\[0m$/);
  t.same(shown.slice(1, 3), ['a<esc>[2Jb wrong c', `${' '.repeat(11)}~~~~~`]);
});

t.test('excerpts end with a newline', async (t) => { t.equal(renderExcerpt(spanOf('x', 'x')), 'x\n~\n'); });

t.test('a message is filled in where it is said', async (t) => {
  const kind = diagnostic<{ name: string; near?: string; all: readonly string[] }>('Z0001', {
    message: (a) => `no ${a.name} in ${a.all.join(', ')}`, hint: (a) => a.near !== undefined && `Did you mean ${a.near}?`,
  });
  t.match(kind.at(undefined, { name: 'x', all: ['a', 'b'] }), { code: 'Z0001', severity: 'error', message: 'no x in a, b', hints: [] });
  t.same(kind.at(undefined, { name: 'x', near: 'a', all: [] }).hints, [{ text: 'Did you mean a?' }]);
  t.same(kind.template('command'), { message: 'no ‹name› in ‹all›', hint: 'Did you mean ‹near›?' });
});

t.test('nearest', async (t) => {
  for (const [name, candidates, want] of [
    ['retprobe', ['uprobe', 'kretprobe', 'kprobe'], 'kretprobe'],
    ['filname', ['filename', 'flags'], 'filename'],
    ['pdi', ['pid', 'tid'], 'pid'],
    ['x', ['pid', 'y'], undefined],
    ['frobnicate', ['printf', 'print'], undefined],
    ['pid', ['pid'], undefined],
    ['', ['a'], undefined],
  ] as const) t.equal(nearest(name, candidates), want, name);
});

t.test('of a line that is very long the place is shown', async (t) => {
  const text = `${'a'.repeat(50_000)}\t|wrong|${'b'.repeat(50_000)}`;
  t.equal(renderExcerpt(spanOf(text, '|wrong|')), `…${'a'.repeat(99)}    |wrong|${'b'.repeat(100)}…\n${' '.repeat(104)}~~~~~~~\n`);
  t.equal(renderExcerpt(spanOf(text, 'a')), `a${'a'.repeat(100)}…\n~\n`);
  const whole = renderExcerpt(spanOf(text, text)).split('\n');
  t.ok(whole[0]!.length < 1200 && whole[1]!.length < 1200, 'a place as long as the line is cut too');
  const lines = `${'a'.repeat(50_000)}\nb`;
  t.equal(renderExcerpt(spanOf(lines, lines)), `${'a'.repeat(100)}…\nb\n`);
});
