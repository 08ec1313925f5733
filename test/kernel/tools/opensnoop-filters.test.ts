// Which opens opensnoop shows.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Running } from '../../helpers/command.js';
import { end, ENOENT, last, linesOf, O, open, opens, row } from '../../helpers/opens.js';
import { canTrace, underLoad, type Loaded } from '../../helpers/tool-load.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-opensnoop-'));
t.teardown(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'there'), 'x');

const names = (loaded: Loaded): string[] => linesOf(loaded).map((line) => line.split(' ').at(-1)!);

t.test('filters', async (t) => {
  if (!canTrace(t, 'option')) return;
  const some = [open('tbpf-r', O.RDONLY), open('tbpf-w', O.WRONLY), open('tbpf-rw', O.RDWR | O.CLOEXEC), open(`${folder}/there`, O.RDONLY), open('tbpf-c/x', O.CREAT)];
  // [options, names]; the last open, which ends the test, is one for reading that fails
  const cases: [options: string[], want: string[]][] = [
    [['-x'], ['tbpf-r', 'tbpf-w', 'tbpf-rw', 'tbpf-c/x']],
    [['-x', '-f', 'O_RDONLY', '-f', 'O_WRONLY'], ['tbpf-r', 'tbpf-w', 'tbpf-c/x']],
    [['-x', '-f', 'O_CLOEXEC', '-f', 'O_RDONLY'], ['tbpf-r', 'tbpf-rw', 'tbpf-c/x']],
    [['-x', '--exact-flags', 'O_RDONLY'], ['tbpf-r']],
    [['-n', 'er'], ['tbpf-r', 'tbpf-w', 'tbpf-rw', `${folder}/there`, 'tbpf-c/x']],
    [['-u', '0', '-x'], ['tbpf-r', 'tbpf-w', 'tbpf-rw', 'tbpf-c/x']],
    [['--path', '{tbpf-r*,/tbpf/*}'], ['tbpf-r', 'tbpf-rw']],
    [['--path', '/*the*'], [`${folder}/there`]],
  ];
  for (const [options, want] of cases) t.same(names(await opens(folder, options, some)), want, options.join(' '));
  // what leaves the last one out
  const writing = await underLoad({ args: (pid) => ['opensnoop', '-p', String(pid), '--write'], load: `exec perl -e '${[...some, open('tbpf-end', O.TRUNC)].join('; ')}'\n`, until: /tbpf-end\n/ });
  t.same(writing.lines.slice(1).map((line) => line.split(' ').at(-1)), ['tbpf-w', 'tbpf-rw', 'tbpf-c/x', 'tbpf-end'], '--write');
  const masked = await underLoad({ args: (pid) => ['opensnoop', '-p', String(pid), '-f', 'O_WRONLY', '-f', 'O_RDWR'], load: `exec perl -e '${[...some, open('tbpf-end', O.RDWR)].join('; ')}'\n`, until: /tbpf-end\n/ });
  t.same(masked.lines.slice(1).map((line) => line.split(' ').at(-1)), ['tbpf-w', 'tbpf-rw', 'tbpf-end'], '-f of two: one of them is enough');
  const byThread = await underLoad({ args: (pid) => ['opensnoop', '-t', String(pid), '-p', '1', '-x'], load: `exec perl -e '${open(last, 0)}'\n`, until: end });
  t.equal(byThread.lines[0], 'TID    COMM               FD ERR PATH');
  t.equal(byThread.lines.at(-1), row(byThread, -1, ENOENT, last), '-t wins over -p');
});

t.test('what is lost is counted: shown and lost are all', async (t) => {
  if (!canTrace(t, 'option')) return;
  const count = 3000;
  const shell = spawn('/bin/sh', ['-s'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const tool = new Running(['opensnoop', '-b', '1', '-p', String(shell.pid), '--path', '/tbpf/*']);
  await tool.until('stdout', /\n/);
  // a tool that does not read leaves a buffer of one page to fill up
  tool.kill('SIGSTOP');
  shell.stdin!.end(`exec perl -e '$n = qq(/tbpf/none); syscall(2, $n, 0, 0) for 1..${count}'\n`);
  await once(shell, 'exit');
  tool.kill('SIGCONT');
  await tool.until('stderr', /Lost/);
  tool.kill('SIGINT');
  const { stdout, stderr, status } = await tool.ended;
  const shown = stdout.split('\n').filter((line) => line.endsWith(' /tbpf/none')).length;
  const lost = [...stderr.matchAll(/^Lost (\d+) events$/gm)].reduce((sum, [, number]) => sum + Number(number), 0);
  t.ok(lost > 0);
  t.equal(shown + lost, count);
  t.match(stderr, new RegExp(`\nLost ${lost} events in total\n$`));
  t.equal(status, 0);
});
