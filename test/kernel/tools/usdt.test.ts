// USDT probes in funccount, trace and argdist, over a program whose probes are known.

import t, { type Test } from 'tap';
import { runCommand, Running, type Ended } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';
import { LineProgram } from '../probes/program.js';
import { buildUsdtProgram } from '../probes/usdt-program.js';

const ROUNDS = 3;
const ready = /Tracing.*\n|PID.*\n|\[\d\d:\d\d:\d\d\]\n/;

/** Runs a tool while each of the programs works for three rounds; ^C ends it. */
async function over(programs: readonly LineProgram[], args: readonly string[]): Promise<Ended> {
  const tool = new Running(args, { timeoutMs: 100_000 });
  await tool.until('stdout', ready);
  for (let round = 0; round < ROUNDS; round++) await Promise.all(programs.map((program) => program.work()));
  tool.kill('SIGINT');
  return tool.ended;
}

const counted = (stdout: string): Record<string, number> => Object.fromEntries([...stdout.matchAll(/^(\S+) +(?:\S+ +)?(\d+)$/gm)].map(([, name, count]) => [name!, Number(count)]));
/** What the reports of argdist hold together. */
const distributed = (stdout: string): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const [, count, event] of stdout.matchAll(/^\t(\d+) +(.*)$/gm)) found[event!] = (found[event!] ?? 0) + Number(count);
  return found;
};
/** Of trace: how often which function with which message. */
const hits = (stdout: string, pid: number): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const [, func, message] of stdout.matchAll(new RegExp(`^${pid} +${pid} +marked +(\\S+) +(.*)$`, 'gm'))) found[`${func} ${message}`] = (found[`${func} ${message}`] ?? 0) + 1;
  return found;
};

const all = { twelve: 1, mark: 5, inlined: 100, plain: 1, index: 1, number: 1, counted: 1 };
const times = (per: Record<string, number>, by: number): Record<string, number> => Object.fromEntries(Object.entries(per).map(([name, count]) => [name, count * by]));

async function withPrograms(t: Test, run: (programs: readonly [LineProgram, LineProgram], path: string) => Promise<void>): Promise<void> {
  if (!needs(t, 'root', 'uprobe', 'gcc', 'sdt')) return;
  const built = buildUsdtProgram(['-DSEMAPHORES']);
  const programs = [new LineProgram(built.path), new LineProgram(built.path)] as const;
  t.teardown(async () => {
    await Promise.all(programs.map((program) => program.close()));
    built.remove();
  });
  await Promise.all(programs.map((program) => program.ready));
  await run(programs, built.path);
}

t.test('funccount', onThisMachine(), (t) => withPrograms(t, async (programs, path) => {
  const [{ pid }] = programs;
  const rows: [title: string, args: readonly string[], want: Record<string, number>][] = [
    ['all of a file, in every process', [`u:${path}:*`], times(all, 2 * ROUNDS)],
    ['of one process', ['-p', `${pid}`, `u:${path}:*`], times(all, ROUNDS)],
    ['of whatever the process has mapped', ['-p', `${pid}`, 'u::{mark,plain}'], times({ mark: 5, plain: 1 }, ROUNDS)],
    ['regular expressions fit the beginning', ['-p', `${pid}`, '-r', `u:${path}:(in|ma)`], times({ inlined: 100, index: 1, mark: 5 }, ROUNDS)],
    ['several patterns, each probe once', ['-p', `${pid}`, `u:${path}:m*`, 'u::mark', 'u::p*', '--exclude', '*wel*'], times({ mark: 5, plain: 1 }, ROUNDS)],
    ['--by', ['-p', `${pid}`, '--by', 'comm', 'u::inlined'], times({ inlined: 100 }, ROUNDS)],
  ];
  for (const [title, args, want] of rows) {
    await t.test(title, async (t) => {
      const { stdout, stderr, status } = await over(programs, ['funccount', ...args]);
      t.equal(stderr, '');
      t.equal(status, 0);
      t.strictSame(counted(stdout), want);
    });
  }
  const { stderr, status } = await runCommand(['funccount', `u:${path}:nosuch`]);
  t.equal(stderr, `No functions matched by pattern u:${path}:nosuch\n`);
  t.equal(status, 1);
}));

t.test('trace', onThisMachine(), (t) => withPrograms(t, async (programs, path) => {
  const [{ pid }] = programs;
  const { stdout, stderr, status } = await over(programs, [
    'trace', '-p', `${pid}`, `u:${path}:mark (arg2 > 1) "%d %d", arg1, arg2`, `u:${path}:app:twelve "%d %hd %c %u %llu %s %d", arg2, arg3, arg5, arg7, arg8, arg9, arg11`, 'u::plain', 'u::counted (arg1 == 9) "%x", arg1',
  ]);
  t.equal(stderr, '');
  t.equal(status, 0);
  t.strictSame(hits(stdout, pid), times({ 'mark 100 2': 1, 'mark 51 3': 1, 'app:twelve -2 -3 ú 4000000000 9223372036854775808 text -6': 1, 'plain ': 1, 'counted 9': 1 }, ROUNDS));
  const wrong: [probe: string, said: string][] = [
    [`u:${path}:nosuch`, `unrecognized USDT probe nosuch in ${path}`],
    [`u:${path}:mark "%d", arg3`, `u:${path}:app:mark has 2 arguments: there is no arg3`],
    [`u:${path}:number "%d", arg1`, `arg1 of u:${path}:app:number cannot be read: it is a floating-point number`],
  ];
  for (const [probe, said] of wrong) {
    const { stderr, status } = await runCommand(['trace', probe]);
    t.equal(stderr.split('\n')[0], `error in probe '${probe}': ${said}`);
    t.equal(status, 1);
  }
  const { stderr: advised } = await runCommand(['trace', `u:${path}:marc`]);
  t.match(advised, /\nDid you mean mark\?\n$/);
  const { stderr: last } = await runCommand(['trace', `u:${path}:mark "%d", arg3`]);
  t.match(last, /\nThe last is arg2\.\n$/);
}));

t.test('argdist', onThisMachine(), (t) => withPrograms(t, async (programs, path) => {
  const [{ pid }] = programs;
  const rows: [title: string, args: readonly string[], want: Record<string, number>][] = [
    ['counts of arguments', ['-p', `${pid}`, '-C', `u:${path}:mark():int,int:arg1,arg2:arg2 < 3`, '-C', `u:${path}:app:twelve():char*:arg9`],
      times({ 'arg1 = 0, arg2 = 1': 1, 'arg1 = 1, arg2 = 1': 1, 'arg1 = 2, arg2 = 1': 1, 'arg1 = 100, arg2 = 2': 1, 'arg9 = text': 1 }, ROUNDS)],
    ['signed arguments, in every process', ['-C', `u:${path}:twelve():int,s64,u64:arg2,arg3,arg8`], { 'arg2 = -2, arg3 = -3, arg8 = 9223372036854775808': 2 * ROUNDS }],
    ['calls', ['-p', `${pid}`, '-C', 'u::inlined()'], { 'total calls': 100 * ROUNDS }],
  ];
  for (const [title, args, want] of rows) {
    await t.test(title, async (t) => {
      const { stdout, stderr, status } = await over(programs, ['argdist', ...args]);
      t.equal(stderr, '');
      t.equal(status, 0);
      t.strictSame(distributed(stdout), want);
    });
  }
  await t.test('a histogram', async (t) => {
    const { stdout } = await over(programs, ['argdist', '-c', '-p', `${pid}`, '-H', `u:${path}:inlined():int:arg1#which`]);
    const last = stdout.slice(stdout.lastIndexOf('['));
    t.match(last, /^ {5}which +: count/m);
    t.strictSame([...last.matchAll(/^ +(\d+) -> \d+ +: (\d+) /gm)].map(([, low, count]) => [Number(low), Number(count)]), [[0, 2], [2, 2], [4, 4], [8, 8], [16, 16], [32, 32], [64, 36]].map(([low, count]) => [low, count! * ROUNDS]));
  });
}));
