// uprobe wildcards: one program for all matches knows which function it was.

import t from 'tap';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { lacking } from './machines.js';
import { Worker, mapLines } from './worker.js';

const calls = 'getppid() for 1 .. 7;';

t.test('probe', async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  const libc = runningMachine().binary('libc.so.6')!.path;
  const ways: [title: string, machine: ReturnType<typeof lacking>][] = [
    ['one link each', lacking('uprobe_multi')],
    ['one program each', lacking('uprobe_multi', 'helper:get_attach_cookie')],
  ];
  if (runningMachine().has('uprobe_multi')) ways.push(['one link for all', runningMachine()]);
  for (const [title, machine] of ways) {
    t.test(title, async (t) => {
      const worker = new Worker(calls);
      await worker.ready;
      const script = `uprobe:${libc}:get*pid { @[probe] = count(); } uretprobe:${libc}:get*pid { @r[probe] = count(); @v = max(retval); }`;
      const { stdout, stderr } = await runLive(script, { pid: worker.pid, during: worker.work, target: machine });
      t.strictSame(mapLines(stdout), [`@[uprobe:${libc}:getppid]: 7`, `@r[uretprobe:${libc}:getppid]: 7`, `@v: ${process.pid}`], stderr);
    });
  }
});
