// Macros: expansion, overloads, hygiene and what may not be.

import t from 'tap';
import { parse } from '../../../../lib/compiler/parse/index.js';
import { Source } from '../../../../lib/model/source/source.js';
import type { Macro } from '../../../../lib/model/syntax/nodes.js';
import { headlines, run, statements } from './helper.js';

const macros = `
macro add($v, n) { $v += n; $v }
macro twice(e) { e + e }
macro one() { 1 }
macro both(@m, $k) { @m[$k] = $k; }
macro both(@m, k) { @m[k] = 2; }
macro tmp(e) { $t = e; $t * 2 }
macro castTo(T, p) { (T*)p }
macro size(e) { sizeof(e) + sizeof(e[0]) }
macro off(T, f) { offsetof(T, f) }
macro useMap(@m) { print(@m); @m = count(); }
macro outer(e) { tmp(e) + twice(tmp(e)) }
macro nothing() { }
macro pick(c) { if comptime c { "yes" } else { "no" } }
macro loop($v) { while ($v) { if ($v) { break; } continue; } for $i : 0..3 { $v++; } }
`;

const cases: [source: string, want: string][] = [
  ['add($x, 5);', '{ $x += 5; $x };'],
  ['print(add($x, $y));', 'print({ $x += { $y }; $x });'],
  ['print(twice($x));', 'print(({ $x }) + ({ $x }));'],
  ['print(twice(1));', 'print(2);'],
  ['print(twice(twice(2)));', 'print(8);'],
  ['print(one()); print(one);', 'print(1); print(1);'],
  ['both(@a, $x); both(@a, 3);', '({ @a[$x] = $x; }); ({ @a[3] = 2; });'],
  ['print(tmp(3));', 'print({ $t = 3; $t * 2 });'],
  ['$t = 1; print(tmp(3)); print(tmp(4));', '$t = 1; print({ $t#2 = 3; $t#2 * 2 }); print({ $t#3 = 4; $t#3 * 2 });'],
  ['$p = castTo(typeof(struct foo), arg0);', '$p = (struct foo *)arg0;'],
  ['$p = castTo(typeof($x), arg0);', '$p = (typeof($x) *)arg0;'],
  ['print(size($x));', 'print(sizeof({ $x }) + sizeof(({ $x })[0]));'],
  ['print(off(typeof(struct foo), a)); print(off(typeof(struct foo), a.b.c));', 'print(offsetof(struct foo, a)); print(offsetof(struct foo, a.b.c));'],
  ['useMap(@a);', '({ print(@a); @a = count(); });'],
  ['nothing();', '({ });'],
  ['print(pick(1 == 1));', 'print("yes");'],
  ['print(unknown(1));', 'print(unknown(1));'],
  ['print(twice);', 'print(twice);'],
];
// a block at the start of a statement is spelled in parentheses
const spelled = (text: string): string => text.replace(/^\(?(\{.*?\})\)?;/, '($1);');
for (const [source, want] of cases) {
  const got = statements(source, { before: macros });
  t.equal(got, want.startsWith('{') ? spelled(want) : want, source);
}
t.match(statements('loop($x);', { before: macros }), /\$x\+\+/, 'jumps inside of a loop of its own are allowed');
t.match(statements('print(outer($q));', { before: macros }), /\$t = \{ \$q \};.*\$t#2 = /, 'variables of copies differ');

const wrong: [source: string, want: string[]][] = [
  ['macro m() { } macro m() { } begin { }', ['stdin:1:21-22: ERROR: Redefinition of macro: m', 'stdin:1:7-8: ERROR: This is the original definition.']],
  ['macro a() { b() } macro b() { a() } begin { a(); }', [
    'stdin:1:31-34: ERROR: Recursive macro call detected. Call chain: a > b > a', 'stdin:1:13-16: ERROR: expanded from', 'stdin:1:45-48: ERROR: expanded from']],
  ['macro m(a, b) { } begin { m(1); }', [
    'stdin:1:27-31: ERROR: Call to m() has arguments that do not match any definition.',
    'stdin:1:7-8: ERROR: The closest definition of m() has a different number of arguments. Expected: 2 but got 1']],
  ['macro m(a, $x) { } begin { m(1, 2); }', [
    'stdin:1:28-35: ERROR: Call to m() has arguments that do not match any definition.',
    'stdin:1:33-34: ERROR: Mismatched arg. m() expects a variable for arg $x but got an expression.',
    'stdin:1:12-14: ERROR: This is the argument in the closest definition.']],
  ['macro m(@x) { } begin { m($a); }', [
    'stdin:1:25-30: ERROR: Call to m() has arguments that do not match any definition.',
    'stdin:1:27-29: ERROR: Mismatched arg. m() expects a map for arg @x but got a variable.',
    'stdin:1:9-11: ERROR: This is the argument in the closest definition.']],
  ['macro m() { @x = 1; } begin { }', ['stdin:1:13-15: ERROR: Unhygienic access to map: @x. Maps must be passed into the macro as arguments.']],
  ['macro m($x) { let $x; } begin { }', ['stdin:1:19-21: ERROR: Variable declaration shadows macro arg $x']],
  ['macro m($x, $x) { } begin { }', ['stdin:1:13-15: ERROR: Variable for macro argument has already been used: $x']],
  ['macro m() { return; } begin { }', ["stdin:1:13-19: ERROR: 'return' statement is not allowed in a macro"]],
  ['macro m() { break; } begin { }', ["stdin:1:13-18: ERROR: 'break' statement is not allowed in a macro"]],
  ['macro m() { exit(); } begin { }', ["stdin:1:13-19: ERROR: 'return' statement is not allowed in a macro"]],
  ['begin { print(typeof(int8)); }', [
    'stdin:1:15-27: ERROR: When used as a call argument, `typeof` builtin only valid for macro calls that are expecting a type parameter']],
];
for (const [source, want] of wrong) t.same(headlines(source), want, source);

const texts: Record<string, string> = {
  twice: 'macro twice(e) { e + e + one() }',
  one: 'macro one() { 100 }',
  leave: 'macro leave() { exit(); return; }',
  del: 'macro del(@m, $k) { 1 } macro del(@m, k) { 2 } macro del(@m) { 3 } macro del(e) { 4 }',
};
// as the standard macros come: their nodes have no places
const standard = new Map(Object.entries(texts).map(([name, text]) => [name, parse(new Source(name, text), () => undefined)!.items as Macro[]]));
const library = (name: string): readonly Macro[] => standard.get(name) ?? [];

t.equal(statements('print(twice(1)); leave();', { library }), 'print(102); ({ exit(); return; });', 'macros of the language are found by name and may leave the probe');
t.equal(statements('print(one()); print(twice(1));', { library, before: 'macro one() { 7 }' }), 'print(7); print(102);', 'they keep calling each other when a script hides one');
t.equal(statements('print(del(@a, $k)); print(del(@a, 1)); print(del(@a)); print(del(@a[1]));', { library }), 'print(1); print(2); print(3); print(4);', 'the most particular overload');
t.equal(statements('print(del(1)); print(del(@a));', { library, before: 'macro del(e) { e + 8 }' }), 'print(9); print(3);', 'a macro of the script hides the one with its signature only');

t.same(headlines('begin { del(1, 2, 3); }', { library }), [
  'stdin:1:9-21: ERROR: Call to del() has arguments that do not match any definition.', 'HINT: It is called as del(@m, $k) or del(@m, k) or del(@m) or del(e).'],
'a standard macro has no place to show, so the message says how it is called');
t.equal(statements('print(comm()); print(comm); print(comm("a", 1));', { library, before: 'macro comm(a, n) { n + 1 }' }), 'print(comm()); print(comm); print(2);',
  'a macro of the script stands beside a builtin of its name');

t.match(run('macro bad() { "x" - 1 } begin { print(bad()); }').messages,
  'stdin:1:15-22: ERROR: illegal literal operation with strings\nmacro bad() { "x" - 1 } begin { print(bad()); }\n              ~~~~~~~\nstdin:1:39-44: ERROR: expanded from\n',
  'what is wrong in a copy names the call it came from');
