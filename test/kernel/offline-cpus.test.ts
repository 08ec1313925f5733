// CPUs that are not online: probes attach and count, whichever of the possible ones are missing. A guest's own, for a machine's are needed by others.
//
//   facts  per-CPU values have a slot for each possible CPU; CPU 0 can be taken offline until Linux 6.5 (cpu0_hotplug), others always

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runCommand } from '../helpers/command.js';

const folder = '/sys/devices/system/cpu';
const online = (): string => readFileSync(`${folder}/online`, 'utf8').trim();

/** every way to attach that names a CPU: perf events of all processes, and of each CPU */
const script = `
  tracepoint:syscalls:sys_enter_getppid, tracepoint:syscalls:sys_exit_getppid /pid == cpid/ { @tracepoints[probe] = count(); @on[cpu] = hist(1); }
  uprobe:libc:getppid /pid == cpid/ { @user = sum(2); }
  kprobe:__x64_sys_getpgid /pid == cpid/ { @kernel = count(); }
  profile:hz:200 { @ticks[cpu] = count(); }
  interval:ms:10 { @timer = count(); }
  end { print(@kernel); clear(@kernel); print(len(@ticks)); clear(@ticks); print(@timer > 0); clear(@timer); print(@on); clear(@on); }`;
const program = 'getppid() for 1..50; getpgrp(0) for 1..30; my $until = (times)[0] + 0.2; while ((times)[0] < $until) {}';
const own = mkdtempSync(join(tmpdir(), 'tbpf-cpus-'));
t.teardown(() => rmSync(own, { recursive: true }));
writeFileSync(join(own, 'load.pl'), program);

for (const cpu of [1, 0]) {
  const file = `${folder}/cpu${cpu}/online`;
  t.test(`CPU ${cpu} is offline`, { skip: process.env['TBPF_GUEST'] === undefined ? 'guests try it' : !existsSync(file) && 'this kernel keeps it online' }, async (t) => {
    writeFileSync(file, '0');
    t.teardown(() => writeFileSync(file, '1'));
    t.equal(online(), String(1 - cpu));
    const { stdout, stderr, status } = await runCommand(['-e', script, '-c', `perl ${join(own, 'load.pl')}`]);
    t.match(stderr, /^Attached \d+ probes\n$/);
    t.equal(status, 0);
    t.match(stdout, /^@kernel: 30$/m);
    t.match(stdout, /^1$/m, 'ticks of one CPU');
    t.match(stdout, new RegExp(`^@on\\[${1 - cpu}\\]:\\s*\\n\\[1\\] +100 `, 'm'));
    t.match(stdout, /^@tracepoints\[tracepoint:syscalls:sys_enter_getppid\]: 50$/m);
    t.match(stdout, /^@user: 100$/m);
  });
}
