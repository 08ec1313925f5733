// Arguments of functions that are not called as their declaration says, or whose types compilers pass each in their own way: they are right, or refused.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { mapLines } from './worker.js';

type Compiler = 'gcc' | 'clang';

/** Builds a program; it runs to its end each time that it is called. */
function build(t: Test, compiler: Compiler, options: readonly string[], ...sources: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-calls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const files = sources.map((source, index) => {
    writeFileSync(join(folder, `${index}.c`), source);
    return `${index}.c`;
  });
  execFileSync(compiler, ['-w', ...options, '-o', 'program', ...files], { cwd: folder });
  return join(folder, 'program');
}

function errors(script: string): readonly string[] {
  return compile(new Source('stdin', script), runningMachine()).diagnostics.filter(({ severity }) => severity === 'error').map((each) => each.saidBy('command').message);
}

/** What a script's maps hold after a run of a program. */
async function counted(t: Test, path: string, script: string): Promise<readonly string[]> {
  const { stdout, stderr } = await runLive(script, { during: async () => void execFileSync(path) });
  t.match(stderr, /^Attached \d+ probes?\n$/);
  return mapLines(stdout);
}

const privateSource = `
struct big { long a, b, c; };
int sum;
static __attribute__((noinline)) int hidden(int unused, struct big *p, int k) { asm volatile(""); sum += p->b * k; return k; }
__attribute__((noinline)) int open_to_all(int unused, int k) { asm volatile(""); sum += k; return k; }
int main(int c, char **v) { struct big b = {1, 2, c}; for (int i = 0; i < 2; i++) { hidden(7, &b, 42); open_to_all(8, 43); } return 0; }
`;

t.test('functions whose callers the compiler changed', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  if (process.arch !== 'x64') return t.plan(0, 'the table is of the calling convention of x86-64');
  for (const version of ['-gdwarf-5', '-gdwarf-4']) {
    await t.test(`clang ${version}`, async (t) => {
      if (!needs(t, 'clang')) return;
      const path = build(t, 'clang', ['-O2', version], privateSource);
      for (const use of ['args.k', 'args.p', 'args.unused']) {
        t.match(errors(`uprobe:${path}:hidden { @ = ${use}; }`)[0], /is not where the caller of a function usually puts it: the compiler changed how the function is called$/, use);
      }
      // callers in the same file leave out even what others would give
      t.match(errors(`uprobe:${path}:open_to_all { @ = args.unused; }`)[0], /unused has no register when the function begins/);
      t.strictSame(await counted(t, path, `uprobe:${path}:open_to_all { @[args.k] = count(); }`), ['@[43]: 2']);
    });
    await t.test(`gcc ${version}`, async (t) => {
      const path = build(t, 'gcc', ['-O2', version], privateSource);
      const clone = runningMachine().binary(path)!.matchFunctions('hidden.*')[0]!;
      for (const place of [`:${clone.address}`, '@0.c:4', `:"${clone.name}"`]) {
        t.match(errors(`uprobe:${path}${place} { @ = args.k; }`)[0], /hidden\.\S+ is a copy of a function whose parameters the compiler changed \(\.(?:constprop|isra)\)$/, place);
      }
      t.strictSame(await counted(t, path, `uprobe:${path}:open_to_all { @[args.unused, args.k] = count(); }`), ['@[8, 43]: 2']);
    });
  }
});

/** Each function takes one value and then 42; `int last` comes behind. */
const types: readonly (readonly [title: string, type: string, canBeRefused?: true])[] = [
  ['a struct of 128 bits', 'struct { __int128 v; }'], ['a complex integer', '_Complex int', true], ['a complex long', '_Complex long', true],
  ['a struct of a complex integer', 'struct { _Complex int v; }', true], ['a vector of 16 bytes', 'v16', true], ['a vector of 8 bytes', 'v8', true], ['a struct of a vector', 'struct { v16 v; }', true],
  ['a number and bits without a name', 'struct { double d; int : 5; }', true], ['a long double', 'long double'], ['a struct of a long double', 'struct { long double v; }', true],
  ['a struct of 128 floating bits', 'struct { __float128 v; }', true], ['a complex double', '_Complex double'], ['a struct of a complex double', 'struct { _Complex double v; }', true],
  ['a double and a long', 'struct { double d; long l; }'], ['two floats and an int', 'struct { float a, b; int c; }'], ['bits over two words', 'struct { unsigned long a : 40, b : 40; }'],
  ['packed bits over two words', 'struct __attribute__((packed)) { unsigned long a : 40, b : 40; }', true], ['a union of a double and a long', 'union { double d; long l; }'],
  ['a packed struct', 'struct __attribute__((packed)) { char c; long l; }'], ['an aligned struct', 'struct __attribute__((aligned(16))) { int i; }', true],
  ['a union of a long double', 'union { long double d; long l[2]; }', true],
];
const typesSource = `
typedef int v16 __attribute__((vector_size(16)));
typedef int v8 __attribute__((vector_size(8)));
static volatile long sink;
${types.map(([, type], i) => `typedef ${type} t${i}; __attribute__((noinline)) void takes${i}(t${i} v, int after, int last) { sink = after + last; }
__attribute__((noinline)) t${i} gives${i}(int after) { static t${i} v; sink = after; return v; }`).join('\n')}
int main(void) { ${types.map((_, i) => `{ static t${i} v; takes${i}(v, 42, 43); gives${i}(44); }`).join(' ')} return 0; }
`;

for (const compiler of ['gcc', 'clang'] as const) {
  for (const option of ['-O0', '-O1']) {
    t.test(`behind values of all kinds: ${compiler} ${option}`, async (t) => {
      if (!needs(t, 'root', 'uprobe', compiler)) return;
      if (process.arch !== 'x64') return t.plan(0, 'the table is of the calling convention of x86-64');
      const path = build(t, compiler, [option, '-g', ...(option === '-O1' && compiler === 'gcc' ? ['-fno-ipa-cp', '-fno-ipa-sra'] : [])], typesSource);
      const rows = types.flatMap(([title, , canBeRefused], i) => [
        [`${title} as a parameter`, `uprobe:${path}:takes${i} { @takes${i}[args.after, args.last] = count(); }`, `@takes${i}[42, 43]: 1`, canBeRefused] as const,
        [`${title} as a result`, `uprobe:${path}:gives${i} { @gives${i}[args.after] = count(); }`, `@gives${i}[44]: 1`, canBeRefused] as const,
      ]);
      const readable = rows.filter(([title, script, , canBeRefused]) => {
        const [message] = errors(script);
        if (message !== undefined) t.match(canBeRefused === true ? message : '', /^Could not parse arguments of "uprobe:.*": after (?:comes behind|is not where|stands beside)/, `${title}: ${message}`);
        return message === undefined;
      });
      const lines = await counted(t, path, readable.map(([, script]) => script).join('\n'));
      for (const [title, , expected] of readable) t.ok(lines.includes(expected), `${title}: ${expected}`);
    });
  }
}

t.test('debug information without parameters', async (t) => {
  if (!needs(t, 'gcc')) return;
  const path = build(t, 'gcc', ['-O0', '-g1'], privateSource);
  t.strictSame(errors(`uprobe:${path}:open_to_all { @ = args.k; }`),
    [`Could not parse arguments of "uprobe:${path}:open_to_all": the debug information in ${path} has no parameters of functions, as with -g1`]);
});
