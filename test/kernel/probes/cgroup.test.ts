// Control groups: ids and paths, held against /proc/PID/cgroup of a process in a group that the test makes.

import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runLive } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { Worker, mapLines } from './worker.js';

const mountPoint = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];

t.test('the group of a process', { skip: mountPoint === undefined && 'cgroup2 is not mounted' }, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const folder = join(mountPoint!, `tbpf test ${process.pid}`);
  const worker = new Worker('kill 0, $$ for 1 .. 3; open my $f, "<", "/proc/self/cgroup"; kill 0, $$;');
  await worker.ready;
  mkdirSync(folder);
  let path: string | undefined;
  try {
    writeFileSync(join(folder, 'cgroup.procs'), String(worker.pid));
    path = /^0::(.*)$/m.exec(readFileSync(`/proc/${worker.pid}/cgroup`, 'utf8'))?.[1];
    const kill = 'tracepoint:syscalls:sys_enter_kill';
    const { stdout, stderr } = await runLive(`${kill} { @path[cgroup_path(cgroup)] = count(); @v2[cgroup_path(cgroup, "unif*"), comm] = count(); @none[cgroup_path(cgroup, "no*")] = count();
      @here[cgroup == cgroupid("${folder}")] = count(); @last = cgroup_path(cgroup, "unified"); printf("in %s\\n", cgroup_path(cgroup)); print((cgroup_path(cgroup), 1)); }`, { pid: worker.pid, during: worker.work });
    t.match(stderr, /^Attached 1 probe\n$/);
    t.strictSame(mapLines(stdout), ['@here[true]: 4', `@last: unified:${path}`, '@none[]: 4', `@path[unified:${path}]: 4`, `@v2[unified:${path}, perl]: 4`]);
    t.match(stdout, `in unified:${path}\n(unified:${path}, 1)\n`);
  } finally {
    if (worker.process.exitCode === null) await worker.work();
    rmdirSync(folder);
  }
  t.equal(path?.endsWith(`/tbpf test ${process.pid}`), true, 'it was in that group');
});
