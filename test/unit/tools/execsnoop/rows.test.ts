// Arguments out of blocks: what the kernel gives, and what becomes of it when a part is lost.

import t from 'tap';
import { execOf, type Exec } from '../../../../tools/execsnoop/rows.js';
import { Parts } from '../../../../tools/shared/parts.js';
import type { Fields } from '../../../../tools/shared/session.js';

const common = { task: 1n, ns: 5n, uid: 0, comm: 'x', pid: 7, pcomm: 'sh', ppid: 6, cpu: 0 };
const options = { maxArgs: 20, stringBytes: 8196, env: undefined, cwd: false };

function success(strings: readonly string[], more: Partial<Fields> = {}): Fields {
  const block = Buffer.from(strings.map((text) => `${text}\0`).join(''));
  return { ...common, ret: 0, file: '/bin/x', interp: '/bin/x', keeps_argv0: false, count: strings.length, bytes: BigInt(block.length), block, ...more };
}

function shown({ args, more }: Exec): string {
  return [...args.map(({ text, whole }) => (whole ? text : `${text}~`)), ...(more ? ['+'] : [])].join(' ');
}

const none = new Map();
const script = { file: './s', interp: '/bin/sh' };
const cases: [title: string, fields: Fields, want: string, argv0: string | null][] = [
  ['the file in place of argv[0]', success(['zero', 'a', 'b']), '/bin/x a b', 'zero'],
  ['no argument at all', success([]), '/bin/x', null],
  ['empty arguments', success(['zero', '', '', 'b', '']), '/bin/x   b ', 'zero'],
  ['a script', success(['/bin/sh', './s', 'a'], script), './s a', null],
  ['an option of the interpreter', success(['/bin/sh', '-e', './s', 'a'], script), './s a', null],
  ['a script that is given its name', success(['/bin/sh', './s', './s'], script), './s ./s', null],
  ['a script of a script', success(['/bin/sh', '/bin/t', '-x', './s', 'a'], { file: './s', interp: '/bin/sh' }), './s a', null],
  ['an interpreter of binfmt_misc that keeps argv[0]', success(['/bin/q', './s', 'zero', 'a'], { file: './s', interp: '/bin/q', keeps_argv0: true }), './s a', 'zero'],
  ['an interpreter that does not name the file', success(['/bin/q', 'a'], { file: './s', interp: '/bin/q' }), './s a', null],
  ['a block that cannot be read', success(['zero', 'abc'], { block: Buffer.alloc(9) }), '/bin/x +', null],
  ['19 arguments', success(['0', ...Array.from({ length: 19 }, () => 'a')]), `/bin/x${' a'.repeat(19)}`, '0'],
  ['20 arguments', success(['0', ...Array.from({ length: 20 }, () => 'a')]), `/bin/x${' a'.repeat(19)} +`, '0'],
];
for (const [title, fields, want, argv0] of cases) {
  t.test(title, async (t) => {
    const exec = execOf(fields, none, options);
    t.equal(shown(exec), want);
    t.equal(exec.argv0, argv0);
  });
}

t.test('parts of a block: all of them, one that was lost, the last one lost', async (t) => {
  const text = `zero\0${'a'.repeat(20)}\0b\0`;
  const parts = (have: readonly number[]): Fields => {
    const waiting = new Parts();
    for (const i of have) waiting.take({ of: 'args', task: 1n, index: i, value: Buffer.from(text.slice(i * 8, i * 8 + 8)) });
    return { ...success(['zero', 'a'.repeat(20), 'b']), block: Buffer.from(text.slice(0, 8)), parts: waiting.of(1n) as never };
  };
  const of = (have: readonly number[]): string => {
    const { parts: waiting, ...fields } = parts(have);
    return shown(execOf(fields, waiting as never, options));
  };
  t.equal(of([1, 2, 3]), `/bin/x ${'a'.repeat(20)} b`);
  t.equal(of([1, 3]), `/bin/x ${'a'.repeat(11)}~ +`);
  t.equal(of([2, 3]), '/bin/x aaa~ +');
  t.equal(of([1, 2]), `/bin/x ${'a'.repeat(19)}~ +`);
  t.equal(of([]), '/bin/x aaa~ +');
});

t.test('failures: names below folders, lost and long arguments', async (t) => {
  const failure = (file: string, folder: number, count: number, given: readonly (string | undefined)[]): string => {
    const waiting = new Parts();
    given.forEach((value, i) => value !== undefined && waiting.take({ of: 'args', task: 1n, index: i + 1, value }));
    return shown(execOf({ ...common, ret: -2n, file, folder, count }, waiting.of(1n), options));
  };
  t.equal(failure('./x', -100, 3, ['a', '']), './x a ');
  t.equal(failure('x', 5, 1, []), '/dev/fd/5/x');
  t.equal(failure('', 5, 1, []), '/dev/fd/5');
  t.equal(failure('/x', 5, 1, []), '/x');
  t.equal(failure('x', -100, 4, ['a', undefined, 'c']), 'x a +');
  t.equal(failure('x', -100, 2, ['y'.repeat(8195)]), `x ${'y'.repeat(8195)}~`);
  t.equal(failure('x', -100, 2, ['y'.repeat(8194)]), `x ${'y'.repeat(8194)}`);
});

t.test('the environment and the working directory', async (t) => {
  const waiting = new Parts();
  waiting.take({ of: 'env', task: 1n, index: 0, value: Buffer.from('AB=1\0B=tw') });
  waiting.take({ of: 'env', task: 1n, index: 1, value: Buffer.from('o\0C=3\0') });
  ['inner', 'outer'].forEach((value, index) => waiting.take({ of: 'cwd', task: 1n, index, value }));
  const { env, cwd } = execOf(success(['x']), waiting.of(1n), { ...options, env: 'B', cwd: true });
  t.equal(env, 'two');
  t.equal(cwd, '/outer/inner');
  t.equal(waiting.of(1n).size, 0, 'parts are given once');
  t.equal(execOf(success(['x']), none, { ...options, env: 'B', cwd: true }).env, null);
  t.equal(execOf(success(['x']), none, { ...options, cwd: true }).cwd, '/');
});
