import t from 'tap';
import { parseModule } from '../../../../lib/model/ir/text.js';
import { findProblems, validateIr } from '../../../../lib/model/ir/validate.js';

const wrap = (body: string): string => `program p "raw_tp" {
  slot 0 key size=8 align=8
b0 entry(v0: ctx):
  v90: u64 = const 0
  v91: stack = slot 0
  v92: map = map @x
  v93: map_value? = call map_lookup_elem(v92, v91)
  v94: kernel = load v0 offset=0 width=8
${body}
}`;

const problemsOf = (body: string): string[] => parseModule(wrap(body)).functions.flatMap((f) => findProblems(f));

const wrong: [title: string, body: string, problem: RegExp][] = [
  ['a use before its definition', 'v1: u64 = add v2, v90\nv2: u64 = add v90, v90\nreturn v1', /'v1: u64 = add v2, v90' uses v2 where it is not always defined/],
  ['a use on a way that does not define', 'branch eq v90, v90 -> b1, b2\nb1 x():\nv1: u64 = neg v90\njump b2\nb2 y():\nreturn v1', /uses v1 where it is not always defined/],
  ['too few values on an edge', 'jump b1\nb1 x(v1: u64):\nreturn v1', /carries 0 values to b1, which takes 1/],
  ['a pointer for a number', 'jump b1(v91)\nb1 x(v1: u64):\nreturn v1', /passes ptr v91 for int v1/],
  ['too few arguments', 'v1: u64 = add v90\nreturn v1', /has 1 arguments/],
  ['more than five arguments of a call', 'call x(v90, v90, v90, v90, v90, v90)\nreturn v90', /has 6 arguments/],
  ['no width', 'v1: u64 = load v91 offset=0\nreturn v1', /has no width/],
  ['a load through a number', 'v1: u64 = load v90 width=8\nreturn v1', /accesses memory through v90, which is no pointer/],
  ['a load through a kernel pointer', 'v1: u64 = load v94 width=8\nreturn v1', /accesses kernel memory directly/],
  ['a load through a map', 'v1: u64 = load v92 width=8\nreturn v1', /accesses map memory directly/],
  ['a store to the context', 'store v0, v90 width=8\nreturn v90', /writes to ctx memory/],
  ['a load that may be of null', 'v1: u64 = load v93 width=8\nreturn v1', /uses v93, which may be null here/],
  ['a sum with a pointer that may be null', 'v1: map_value = add v93, v90\nreturn v1', /uses v93, which may be null here/],
  ['a null check the wrong way', 'branch eq v93, v90 -> b1, b2\nb1 x():\nv1: u64 = load v93 width=8\nreturn v1\nb2 y():\nreturn v90', /may be null here/],
  ['a null check that not every way takes', 'branch ne v93, v90 -> b1, b2\nb2 y():\njump b1\nb1 x():\nv1: u64 = load v93 width=8\nreturn v1', /may be null here/],
  ['a store behind the end of a slot', 'store v91, v90 offset=4 width=8\nreturn v90', /touches bytes 4 to 12 of slot key, which has 8/],
  ['a zero behind the end of a slot', 'v1: u64 = const 4\nv2: stack = add v91, v1\nzero v2 size=5\nreturn v90', /touches bytes 4 to 9 of slot key/],
  ['an atomic of 2 bytes', 'atomic_add v91, v90 width=2\nreturn v90', /is atomic on neither 4 nor 8 bytes/],
  ['a constant of more than 64 bits', 'v1: u64 = const 18446744073709551615\nreturn v1', /is not a signed 64-bit constant/],
  ['a jump to the entry', 'jump b0', /b0 goes to the entry/],
];
for (const [title, body, problem] of wrong) {
  t.test(title, async (t) => {
    const problems = problemsOf(body);
    t.equal(problems.length, 1, problems.join('\n'));
    t.match(problems[0], problem);
  });
}

const fine: [title: string, body: string][] = [
  ['a load behind a null check', 'branch ne v93, v90 -> b1, b2\nb1 x():\nv1: u64 = load v93 width=8\nreturn v1\nb2 y():\nreturn v90'],
  ['further down behind the check', 'branch eq v93, v90 -> b2, b1\nb1 x():\njump b3\nb3 z():\nv1: u64 = load v93 width=8\nreturn v1\nb2 y():\nreturn v90'],
  ['zero for a pointer', 'jump b1(v90)\nb1 x(v1: map_value?):\nreturn v90'],
];
for (const [title, body] of fine) t.test(title, async (t) => t.same(problemsOf(body), []));

t.test('a program without context, a callback with six parameters', async (t) => {
  const params = (n: number): string => Array.from({ length: n }, (_, i) => `v${i}: u64`).join(', ');
  const of = (kind: string, n: number): string[] => findProblems(parseModule(`${kind} f "x" {\nb0 entry(${params(n)}):\n  return v0\n}`).functions[0]!);
  t.match(of('program', 1), [/a program has one parameter, the context/]);
  t.match(of('callback', 6), [/a function has at most 5 parameters/]);
  t.same(of('callback', 5), []);
});

t.test('a module: functions exist once, and the Bug names the function', async (t) => {
  const caller = 'callback f ".text" {\nb0 entry():\n  v1: u64 = call_function g()\n  return v1\n}';
  t.throws(() => validateIr(parseModule(caller)), /BUG: ir: f: 'v1: u64 = call_function g\(\)' names function g, which does not exist/);
  t.throws(() => validateIr(parseModule(`${caller}\n${caller}`)), /two functions have the same name/);
});
