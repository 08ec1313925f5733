// Probes on source lines: how often a line is counted is how often the program comes to it, whatever compilers make of it: a line may have several
// functions, and functions several copies.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runLive } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { mapLines } from './worker.js';

/** The number behind // is how often the line is counted, with `-O0` only without optimization: a compiler that optimizes leaves out, moves and doubles
 *  branches without saying so in its table of lines. Lines without a number have code of their own in some builds only. */
const source = `
static volatile long sink;
#define FUNCTION __attribute__((noinline))
#define INLINED static inline __attribute__((always_inline))
FUNCTION void one(int a) { sink = a; } FUNCTION void two(int a) { sink = a + 1; } INLINED void add(int a) { sink += a; } // 24
INLINED int square(int a) {
  return a * a + sink; // 4
}
FUNCTION int callers(int x) { sink = x; add(x); add(x + 1); return x; } // 3
FUNCTION int both(int x) {
  return square(x) + square(x + 1); // 2
}
INLINED void outer(int x) {
  sink = x; add(x); add(x + 3); // 2
}
FUNCTION void nested(void) {
  sink = 3; outer(5); outer(6); // 1
}
FUNCTION int loop(int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {
    one(i); // 10
    s += n;
  }
  if (n > 20) // 1
    s = sink; // 0
  return s;
}
FUNCTION int branch(int n) {
  if (n > 3) return sink; else sink = n; // -O0 2
  sink = 5; // 1
  return n;
}
INLINED int early(int n) { if (n < 2) return 1; sink = n; return 2; } // -O0 4
FUNCTION int twice(int n) {
  int first = early(n);
  return first + early(n - 3);
}
int main(void) {
  one(1); one(1); two(2); // 1
  two(3); // 1
  callers(3); callers(4); callers(5); // 1
  both(4); // 1
  both(5); // 1
  nested();
  loop(10);
  branch(2); branch(4);
  twice(1); // 1
  twice(9); // 1
  return 0;
}
`;

function build(t: Test, compiler: string, options: readonly string[], files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-lines-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  execFileSync(compiler, [...options, '-o', 'program', ...Object.keys(files).filter((name) => !name.endsWith('.h'))], { cwd: folder });
  return join(folder, 'program');
}

/** Lines with a number behind them, and the number. */
function expectedOf(text: string, isPlain: boolean): readonly (readonly [line: number, count: number])[] {
  return text.split('\n').flatMap((line, index) => {
    const count = (isPlain ? /\/\/ (?:-O0 )?(\d+)$/ : /\/\/ (\d+)$/).exec(line)?.[1];
    return count === undefined ? [] : [[index + 1, Number(count)] as const];
  });
}

async function countLines(t: Test, path: string, file: string, text: string, isPlain: boolean): Promise<void> {
  const rows = expectedOf(text, isPlain);
  const { stdout, stderr } = await runLive(rows.map(([line]) => `uprobe:${path}@${file}:${line} { @[${line}] = count(); }`).join('\n'), { during: async () => void execFileSync(path) });
  t.match(stderr, /^Attached \d+ probes?\n$/);
  t.strictSame(mapLines(stdout), rows.filter(([, count]) => count > 0).map(([line, count]) => `@[${line}]: ${count}`).sort());
}

for (const compiler of ['gcc', 'clang'] as const) {
  for (const options of [['-O0', '-gdwarf-5'], ['-O2', '-gdwarf-5'], ['-O0', '-gdwarf-4'], ['-O2', '-gdwarf-4', '-ffunction-sections']] as const) {
    t.test(`${compiler} ${options.join(' ')}`, async (t) => {
      if (!needs(t, 'root', 'uprobe', compiler)) return;
      await countLines(t, build(t, compiler, options, { 'program.c': source }), 'program.c', source, options[0] === '-O0');
    });
  }
}

const header = `
#pragma once
static volatile long sink;
template <typename T> __attribute__((noinline)) T add(T a) { sink = (long)a; return a; } // 5
struct Adder { int n; __attribute__((noinline)) int operator()(int a) { sink = a; return a + n; } }; // 4
inline __attribute__((noinline)) int shared(int a) { // 3
  sink = a; // 3
  return a;
}
int elsewhere();
`;
const first = `
#include "shared.h"
template <typename F> __attribute__((noinline)) int call(F f) { return f(2) + f(3); } // 3
int main() {
  add(1); add(2L); // 1
  call([](int a) { sink = a; return a; }); call(Adder{1}); call(Adder{2}); // -O0 3
  auto two = [](auto a) { sink = (long)a; return a; }; // 2
  two(1); two(2L); // -O0 1
  shared(1); // 1
  return elsewhere() & 0; // 1
}
`;
const second = `
#include "shared.h"
int elsewhere() { add('c'); add(3L); add(1.5); shared(2); return shared(3); } // 1
`;

for (const compiler of ['g++', 'clang++'] as const) {
  // with the last, what the linker throws away of shared.h seems to lie at the start of the file, which is code there
  for (const options of [['-O0', '-gdwarf-5'], ['-O1', '-gdwarf-4'], ['-O0', '-gdwarf-5', '-Wl,-z,noseparate-code']] as const) {
    t.test(`C++, templates and a header of two files: ${compiler} ${options.join(' ')}`, async (t) => {
      if (!needs(t, 'root', 'uprobe', 'gcc', ...(compiler === 'clang++' ? ['clang'] as const : []))) return;
      const path = build(t, compiler, ['-std=c++17', ...options], { 'shared.h': header, 'first.cc': first, 'second.cc': second });
      for (const [file, text] of [['shared.h', header], ['first.cc', first], ['second.cc', second]] as const) await countLines(t, path, file, text, options[0] === '-O0');
    });
  }
}

t.test('functions inside of functions', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  const text = `
int main(int n, char **v) {
  int inner(int a) { return a + n; } int other(int a) { return a - n; } // 5
  for (int i = 0; i < 3; i++)
    inner(i); // 3
  return other(1) + other(1); // 1
}`;
  await countLines(t, build(t, 'gcc', ['-O0', '-g'], { 'program.c': text }), 'program.c', text, true);
});

t.test('the optimizer of the linker', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  const other = `
volatile long sink;
void other(int a) { sink = a; } void another(int a) { sink = a; other(a + 1); } // 7
`;
  const main = `
void other(int); void another(int);
int main(void) {
  other(1);
  other(2);
  another(3);
  another(5);
  other(7);
  return 0;
}`;
  const path = build(t, 'gcc', ['-O2', '-g', '-flto'], { 'main.c': main, 'other.c': other });
  t.notMatch(execFileSync('nm', [path]).toString(), / t (?:an)?other$/im, 'both are inlined into main');
  await countLines(t, path, 'other.c', other, false);
});
