// USDT probes on the running kernel: programs built with sys/sdt.h, in every way that programs are built, whose probes are known.

import t from 'tap';
import { runLive } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';
import { lacking } from './machines.js';
import { LineProgram } from './program.js';
import { fireTogether, nothingLeft, tellWrong, type Row } from './tables.js';
import { buildUsdtProgram } from './usdt-program.js';
import { mapLines } from './worker.js';

/** What one round of the program means, whatever it was built like. */
function rowsOf(path: string): Row[] {
  const probe = (name: string): string => `usdt:${path}:${name}`;
  return [
    ['arguments of every size', `${probe('twelve')} { @sizes[arg0, arg1, arg2, arg3, arg4, arg5, arg6, arg7] = count(); }`, ['@sizes[-1, -2, -3, -4, 250, 65000, 4000000000, 9223372036854775808]: 1']],
    ['text, constants, a variable', `${probe('app:twelve')} { @more[str(arg8), arg9, arg10, arg11] = count(); }`, ['@more[text, 5, -6, 77]: 1']],
    ['args by number and by name', `${probe('twelve')} { @args[args.0, args.arg1, args.11] = count(); }`, ['@args[-1, -2, 77]: 1']],
    ['three places whose arguments lie elsewhere each', `${probe('mark')} { @mark[arg0, arg1] = count(); }`, ['@mark[0, 1]: 1', '@mark[1, 1]: 1', '@mark[2, 1]: 1', '@mark[100, 2]: 1', '@mark[51, 3]: 1']],
    ['places without arguments', `${probe('mark')} { @marks = count(); }`, ['@marks: 5']],
    ['a probe that was inlined a hundred times', `${probe('inlined')} { @sum = sum(arg0); @n = count(); }`, ['@sum: 4950']],
    ['its count', `${probe('inlined')} { @hundred = count(); }`, ['@hundred: 100']],
    ['its other argument is the same everywhere', `${probe('inlined')} { @text[str(arg1, 2)] = count(); }`, ['@text[3]: 100']],
    ['an element of an array', `${probe('index')} { @index[arg0] = count(); }`, ['@index[9]: 1']],
    ['what stands behind a floating-point number', `${probe('number')} { @after[arg1] = count(); }`, ['@after[8]: 1']],
    ['a probe without arguments', `${probe('plain')} { @plain[probe] = count(); }`, [`@plain[usdt:${path}:app:plain]: 1`]],
    ['names of a wildcard', `${probe('*l*')} { @names[probe] = count(); }`, [`@names[usdt:${path}:app:twelve]: 1`, `@names[usdt:${path}:app:inlined]: 100`, `@names[usdt:${path}:app:plain]: 1`]],
    ['a name of its own', `here=${probe('plain')} { @own[probe] = count(); }`, ['@own[here]: 1']],
    ['the alias, any provider', `U:${path}:*:mark { @alias[probe, arg1] = count(); }`, [[1, 3], [2, 1], [3, 1]].map(([where, times]) => `@alias[usdt:${path}:app:mark, ${where}]: ${times}`)],
    ['a semaphore is up', `${probe('counted')} { @counted[arg0] = count(); }`, ['@counted[9]: 1']],
    ['several blocks fire in source order', `${probe('plain')} { @order = 17; } ${probe('plain')} { @order = @order * 2; } ${probe('plain')} { @order = @order + 3; }`, ['@order: 37']],
    ['a variable by its name', `${probe('mark')} { @variable[*uaddr("counter")] = count(); }`, ['@variable[77]: 5']],
    ['a filter', `${probe('mark')} /arg1 == 1/ { @filter = max(arg0); }`, ['@filter: 2']],
  ];
}

const builds: readonly (readonly [title: string, ...flags: string[]])[] = [
  ['position-independent'],
  ['at fixed addresses', '-no-pie', '-fno-pie'],
  ['static', '-static'],
  ['static and position-independent', '-static-pie'],
  ['stripped', '-no-pie', '-fno-pie', '-s'],
  ['with semaphores', '-DSEMAPHORES'],
  ['with semaphores, static', '-DSEMAPHORES', '-static', '-no-pie'],
  ['without optimization', '-O0', '-fno-omit-frame-pointer'],
];

/** What the kernel is asked for differs between these only: places and counters of semaphores. */
const buildsInGuests: readonly string[] = ['position-independent', 'with semaphores'];

t.test('a signal', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc', 'sdt')) return;
  const built = buildUsdtProgram([]);
  const program = new LineProgram(built.path);
  t.teardown(() => built.remove());
  await program.ready;
  const { stdout } = await runLive(`usdt:${built.path}:plain /pid == ${program.pid}/ { signal("KILL"); printf("sent %d\\n", pid); }`, {
    unsafe: true, during: async () => void await t.rejects(program.work(), /the program has ended/),
  });
  t.match(stdout, `sent ${program.pid}\n`);
});

for (const [title, ...flags] of builds) {
  t.test(`a program ${title}`, buildsInGuests.includes(title) ? {} : onThisMachine(), async (t) => {
    if (!needs(t, 'root', 'uprobe', 'gcc', 'sdt')) return;
    const built = buildUsdtProgram(flags);
    const program = new LineProgram(built.path);
    t.teardown(async () => {
      await program.close();
      built.remove();
    });
    await program.ready;
    // what was stripped has no name for the variable that an argument is
    const rows = rowsOf(built.path).filter(([, block]) => title !== 'stripped' || !/arg11|args\.11|uaddr/.test(block));
    await fireTogether(t, rows, { during: async () => void (await program.work()) });
  });
}

t.test('on kernels that lack things', onThisMachine('this machine tries it, without what each of them lacks'), async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc', 'sdt')) return;
  const built = buildUsdtProgram(['-DSEMAPHORES']);
  const program = new LineProgram(built.path);
  t.teardown(async () => {
    await program.close();
    built.remove();
  });
  await program.ready;
  const ways: [title: string, machine: ReturnType<typeof lacking>][] = [
    ['a link for each place', lacking('uprobe_multi')],
    ['without cookies', lacking('uprobe_multi', 'helper:get_attach_cookie')],
    ['a multi link for a single place', lacking('cap:CAP_SYS_ADMIN')],
  ];
  for (const [title, machine] of ways) {
    if (title.includes('multi link') && !machine.has('uprobe_multi')) continue;
    // without cookies each of the hundred places has a program of its own, which takes minutes to load; what is left needs none
    const rows = rowsOf(built.path).filter(([row]) => title !== 'without cookies' || !/hundred|variable by/.test(row));
    await t.test(title, (t) => fireTogether(t, rows, { target: machine, during: async () => void (await program.work()) }));
  }
});

t.test('of one process, and what is wrong', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc', 'sdt')) return;
  const built = buildUsdtProgram(['-DSEMAPHORES']);
  const [program, other] = [new LineProgram(built.path), new LineProgram(built.path)];
  t.teardown(async () => {
    await Promise.all([program.close(), other.close()]);
    built.remove();
  });
  await Promise.all([program.ready, other.ready]);
  const { path } = built;
  const during = async (): Promise<void> => void (await Promise.all([program.work(), other.work()]));
  await t.test('of one process', async (t) => {
    await fireTogether(t, [
      ['by its file', `usdt:${path}:mark { @file[pid] = count(); }`, [`@file[${program.pid}]: 5`]],
      ['the name alone', 'usdt:mark { @name[probe] = count(); }', [`@name[usdt:${path}:app:mark]: 5`]],
      ['provider and name', 'usdt:app:mark { @provider[pid] = count(); }', [`@provider[${program.pid}]: 5`]],
      ['whatever it has mapped', 'usdt:*:app:mark { @mapped[pid] = count(); }', [`@mapped[${program.pid}]: 5`]],
      ['a semaphore', 'usdt:counted { @counted[pid, arg0] = count(); }', [`@counted[${program.pid}, 9]: 1`]],
    ], { pid: program.pid, during });
  });
  await t.test('both', async (t) => {
    const { stdout } = await runLive(`usdt:${path}:counted { @[pid] = count(); }`, { during });
    t.strictSame(mapLines(stdout), [program.pid, other.pid].sort((a, b) => a - b).map((pid) => `@[${pid}]: 1`));
  });
  await t.test('a semaphore is down again when the trace has ended', async (t) => {
    const said = async (): Promise<string[]> => Promise.all([program.work(), other.work()]);
    for (const [point, pid, up] of [[`usdt:${path}:counted`, undefined, ['done 1', 'done 1']], ['usdt:counted', program.pid, ['done 1', 'done 0']]] as const) {
      t.strictSame(await said(), ['done 0', 'done 0'], `${point}: before`);
      await runLive(`${point} { @ = count(); }`, { pid, during: async () => void t.strictSame(await said(), up, `${point}: while it is traced`) });
      t.strictSame(await said(), ['done 0', 'done 0'], `${point}: afterwards`);
    }
  });
  await t.test('what is wrong is told', async (t) => {
    tellWrong(t, [
      [`usdt:${path} { }`, 'usdt probe must have a target function or wildcard'],
      [`usdt:${path}-missing:mark { }`, `usdt target file '${path}-missing' does not exist or is not executable`],
      [`usdt:${path}:nosuch { }`, `No matches for usdt probe nosuch in ${path}.`],
      [`usdt:${path}.c:mark { }`, `No matches for usdt probe mark in ${path}.c.`],
      [`usdt:${path}:nosuch* { }`, nothingLeft],
      [`usdt:${path}:number { print(arg0); }`, `arg0 of usdt:${path}:app:number cannot be read: it is a floating-point number`],
      [`usdt:${path}:mark { print(arg2); }`, `usdt:${path}:app:mark has 2 arguments: there is no arg2`],
    ]);
    tellWrong(t, [
      ['usdt:nosuch { }', `No matches for usdt probe nosuch in PID ${program.pid}.`],
      ['usdt:nosuch:mark { }', `No matches for usdt probe mark in PID ${program.pid}.`],
    ], { pid: program.pid });
  });
});
