// Types in debug information that are easily mistaken for others: hidden members, enums with a type behind them, bitfields of packed structs, names that
// several parts of a program define.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { LineProgram } from './program.js';
import { type Row, fireTogether, tellWrong } from './tables.js';

/** What each line of input makes it do again. */
const loop = (round: string): string => `
int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  puts("ready");
  while (getchar() != EOF) {
    while (getchar() != '\\n') {}
    ${round}
    puts("done");
  }
}
`;

interface Built { readonly path: string; readonly start: () => Promise<() => Promise<void>> }

function build(t: Test, compiler: string, options: readonly string[], files: Readonly<Record<string, string>>): Built {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-dwarf-types-'));
  let lines: LineProgram | undefined;
  t.teardown(async () => {
    await lines?.close();
    rmSync(folder, { recursive: true });
  });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  execFileSync(compiler, [...options, '-o', 'program', ...Object.keys(files)], { cwd: folder });
  const path = join(folder, 'program');
  return {
    path,
    start: async () => {
      lines = new LineProgram(path);
      await lines.ready;
      return async () => void (await lines!.work());
    },
  };
}

const members = `
#include <cstdio>
#define FUNCTION __attribute__((noinline))
static volatile long sink;
struct G { int x; }; struct H : G { int y; }; struct I : H { int x; int y; };
struct L { int same; int l; }; struct R { int same; int r; }; struct LR : L, R { int own; };
enum class Signed : signed char { P = 1 }; enum class Wide : unsigned long { TOP = ~0UL }; enum class Plain { Q = 3 };
struct Enums { Signed s; Plain bits : 9; Wide w; };
struct __attribute__((packed)) Packed { unsigned a : 3; unsigned b : 30; signed c : 31; unsigned long d : 40; unsigned char e : 8; unsigned long f : 60, g : 4; };
struct task_struct { int pid; };
FUNCTION int hidden(I *i, LR *lr) { sink = i->x; return lr->own; }
FUNCTION int enums(Signed s, Plain p, Enums *e) { sink = (long)e; return (int)s; }
FUNCTION int packed(Packed *p) { sink = p->a; return 0; }
FUNCTION int task(task_struct *own) { sink = own->pid; return 0; }
${loop(`I i; i.G::x = 1; i.H::y = 2; i.x = 3; i.y = 4; LR lr; lr.L::same = 5; lr.R::same = 6; lr.l = 7; lr.r = 8; lr.own = 9; hidden(&i, &lr);
    Enums e{(Signed)-2, (Plain)29, Wide::TOP}; enums((Signed)-2, (Plain)-4, &e);
    Packed p{5, 0x2fffffff, -5, 0xfedcba9876UL, 0x55, 0xabcdef012345678UL, 1}; packed(&p);
    task_struct own{-3}; task(&own);`).replace('main(void)', 'main()')}`;

for (const [compiler, ...options] of [['g++', '-O0', '-gdwarf-5'], ['g++', '-O0', '-gdwarf-4', '-gstrict-dwarf'], ['g++', '-O0', '-gdwarf-3', '-gstrict-dwarf'], ['clang++', '-O0', '-gdwarf-3'], ['clang++', '-O0', '-gdwarf-5']] as const) {
  t.test(`members: ${compiler} ${options.join(' ')}`, async (t) => {
    if (!needs(t, 'root', 'uprobe', 'gcc', ...(compiler === 'clang++' ? ['clang'] as const : []))) return;
    if (process.arch !== 'x64') return t.plan(0, 'the table is of the calling convention of x86-64');
    const { path, start } = build(t, compiler, options, { 'program.cc': members });
    const at = (f: string): string => `uprobe:${path}:cpp:"${f}"`;
    const rows: Row[] = [
      ['a class hides the members of its bases', `${at('hidden')} { @hidden[args.i->x, args.i->y, offsetof(struct I, x), ((struct H *)arg0)->x, args.lr->l, args.lr->r, args.lr->own] = count(); }`, ['@hidden[3, 4, 8, 1, 7, 8, 9]: 1']],
      ['all members of a class', `${at('hidden')} { @all = *args.i; }`, ['@all: { .H::x = 1, .H::y = 2, .x = 3, .y = 4 }']],
      ['all members of bases alike', `${at('hidden')} { @alike = *args.lr; }`, ['@alike: { .L::same = 5, .l = 7, .R::same = 6, .r = 8, .own = 9 }']],
      ['enums are signed as the type behind them', `${at('enums')} { @enums[(int64)args.s, (int64)args.p, (int64)args.e->s, (int64)args.e->bits, (uint64)args.e->w, args.s < 0] = count(); }`, ['@enums[-2, -4, -2, 29, 18446744073709551615, true]: 1']],
      ['a whole struct of enums', `${at('enums')} { @struct = *args.e; }`, ['@struct: { .s = -2, .bits = 29, .w = TOP }']],
      ['bitfields across their units', `${at('packed')} { @packed[args.p->a, args.p->b, args.p->c, args.p->d, args.p->e, args.p->f] = count(); }`, [`@packed[5, ${0x2fffffff}, -5, ${0xfedcba9876}, ${0x55}, ${0xabcdef012345678n}]: 1`]],
      ['a whole packed struct', `${at('packed')} { @bits = *args.p; }`, [`@bits: { .a = 5, .b = ${0x2fffffff}, .c = -5, .d = ${0xfedcba9876}, .e = ${0x55}, .f = ${0xabcdef012345678n}, .g = 1 }`]],
      ['bits of a struct that a variable holds', `${at('packed')} { $p = *args.p; @held[$p.b, $p.c, $p.d] = count(); }`, [`@held[${0x2fffffff}, -5, ${0xfedcba9876}]: 1`]],
      ['the kernel has its own task_struct', `${at('task')} { @task[curtask->pid == tid, curtask->tgid == pid, args.own->pid, ((struct task_struct *)arg0)->pid] = count(); }`, ['@task[true, true, -3, -3]: 1']],
    ];
    await fireTogether(t, rows, { during: await start() });
    tellWrong(t, [[`${at('hidden')} { @ = args.lr->same; }`, "same of 'struct LR' is ambiguous: its base classes L and R each have a member of that name"],
      [`${at('hidden')} { @ = offsetof(struct LR, same); }`, "'struct LR' has no field named 'same'"]]);
  });
}

t.test('types of one name', (t) => {
  if (!needs(t, 'gcc')) return void t.end();
  const one = 'struct Foo { int a, b; }; struct Same { int s; }; __attribute__((noinline)) int one(struct Foo *f, struct Same *s) { return f->b + s->s; }';
  const two = 'struct Foo { long pad, b; }; struct Same { int s; }; __attribute__((noinline)) int two(struct Foo *f, struct Same *s) { return f->b + s->s; } int one(void *, void *); int main(void) { long x[2] = {0}; return one(x, x) + two((void *)x, (void *)x); }';
  const nested = 'namespace ns { struct Foo { long p; int v; }; struct In { int a; }; } namespace other { struct In { long b; }; } struct Foo { int v; }; __attribute__((noinline)) int one(Foo *f, ns::Foo *n, ns::In *i, other::In *o) { return f->v; } int main() { Foo f{}; return one(&f, 0, 0, 0); }';
  const differ = (path: string, name: string): RegExp => new RegExp(`^${path} has several types for struct ${name} that differ`);
  const compiled = (path: string, block: string): readonly string[] => compile(new Source('stdin', `uprobe:${path}:${block}`), runningMachine()).diagnostics.map(({ message }) => message);
  const typed = build(t, 'gcc', ['-O0', '-g', '-fdebug-types-section'], { 'one.c': one, 'two.c': two }).path;
  t.match(compiled(typed, 'one { @ = sizeof(struct Foo); }'), [differ(typed, 'Foo')]);
  t.match(compiled(typed, 'one { @ = ((struct Foo *)arg0)->a; $f = (struct Foo *)arg0; @b = offsetof(struct Foo, a); }'), [differ(typed, 'Foo')], 'once');
  t.strictSame(compiled(typed, 'one { @ = sizeof(struct Same); }'), []);
  const plain = build(t, 'gcc', ['-O0', '-g'], { 'one.c': one, 'two.c': two }).path;
  t.strictSame(compiled(plain, 'one { @ = ((struct Foo *)arg0)->a; }'), [], 'the unit of the function decides');
  const cpp = build(t, 'g++', ['-O0', '-g'], { 'program.cc': nested }).path;
  t.strictSame(compiled(cpp, 'cpp:one { @ = offsetof(struct Foo, v); @p = 1 }'), []);
  t.match(compiled(cpp, 'cpp:one { @ = offsetof(struct Foo, p); }'), [/has no field named 'p'/], 'the global one is meant');
  t.match(compiled(cpp, 'cpp:one { @ = sizeof(struct In); }'), [differ(cpp, 'In')]);
  t.end();
});
