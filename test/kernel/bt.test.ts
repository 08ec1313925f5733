// Every script of tools/bt on the running kernel, under a load whose answer is known.
//
//   idea   scripts that one load is enough for run at the same time: an emulated guest takes seconds for a process. Scripts that print about every
//          process, whoever started it, run only in guests
//   facts  what a line must say follows from the load: its names, its sizes, its pid

import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { RunningTarget } from '../../lib/runtime/discover/index.js';
import { loadNative } from '../../lib/runtime/native/index.js';
import { packageRoot } from '../helpers/command.js';
import { type LiveRunOptions, type LiveRunResult, runLive } from '../helpers/live-run.js';
import { type Feature, lacking } from '../helpers/needs.js';
import { triedByNewerAndOlder } from '../helpers/on-this-machine.js';
import { Worker } from './probes/worker.js';

const inGuest = process.env['TBPF_GUEST'] !== undefined;

/** A text that must be there, or what something found in the output must be. */
type Match = RegExp | readonly [wanted: unknown, found: (stdout: string) => unknown];

/** What a script must print. */
type Expected<Facts> = readonly [script: string, matches: (facts: Facts) => readonly Match[], needs?: Where];

interface Where {
  readonly features?: readonly Feature[];
  /** it tells of every process: not on a machine that others use */
  readonly everybody?: boolean;
  /** why not, known by the test itself */
  readonly lack?: string | undefined;
}

const kprobe: Where = { features: ['kprobe'] };
const others: Where = { everybody: true };

function skipReason({ features = [], everybody = false, lack }: Where): string | undefined {
  if (features.length === 0 && !everybody && triedByNewerAndOlder !== undefined) return triedByNewerAndOlder;
  return lacking('root', 'btf', 'tracepoint', ...features) ?? (everybody && !inGuest ? 'tells of every process of the machine: tried in guests' : lack);
}

/** Runs the scripts at the same time, and the load once all are attached. */
async function underLoad<Facts>(t: Test, scripts: readonly Expected<Facts>[], load: () => Promise<Facts>, options: LiveRunOptions = {}): Promise<void> {
  const here = scripts.filter(([, , where = {}]) => skipReason(where) === undefined);
  const results = new Map<string, LiveRunResult>();
  let facts: Facts | undefined;
  const runFrom = async (index: number): Promise<void> => {
    const name = here[index]?.[0];
    if (name === undefined) {
      facts = await load();
      return;
    }
    const script = readFileSync(join(packageRoot, 'tools/bt', `${name}.bt`), 'utf8');
    // of the threads that wait the longest are printed: those of the tracers beside it wait as long as the load
    const text = script.replace('print(@ms, 20,', 'print(@ms, 10000,');
    let isLive = false;
    results.set(name, await runLive(text, { ...options, during: () => ((isLive = true), runFrom(index + 1)) }));
    if (!isLive) await runFrom(index + 1);
  };
  if (here.length > 0) await runFrom(0);
  for (const [name, matches, where = {}] of scripts) {
    await t.test(name, { skip: skipReason(where) ?? false }, async (t) => {
      const { stdout, stderr } = results.get(name)!;
      t.match(stderr, /^Attached \d+ probes?\n$/, 'attaches without a word more');
      for (const match of matches(facts!)) {
        if (match instanceof RegExp) t.match(stdout, match);
        else t.same(match[1](stdout), match[0], stdout);
      }
    });
  }
}

/** A folder of its own, gone with the test. */
function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-bt-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const time = String.raw`\d\d:\d\d:\d\d`;

t.test('what a process does', async (t) => {
  const folder = folderOf(t);
  const worker = new Worker(`
    use POSIX (); use Socket; use IO::Handle; use Time::HiRes (); use threads;
    my $folder = '${folder}';
    open my $new, '>', "$folder/written"; syswrite $new, 'x' x 100; $new->sync; close $new;
    open my $old, '<', "$folder/written";
    open my $none, '<', "$folder/absent";
    stat "$folder/written"; stat "$folder/gone";
    kill 0, $$;
    POSIX::setuid(0);
    getppid() for 1 .. 300;
    for (1 .. 5) { my $child = fork; POSIX::_exit(0) if $child == 0; waitpid $child, 0; }
    threads->create(sub {})->join;
    gethostbyname('localhost');
    socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC; syswrite $a, "hello\\tundump\\n"; sysread $b, my $got, 100;
    socket my $listening, PF_INET, SOCK_STREAM, 0; bind $listening, pack_sockaddr_in(0, INADDR_LOOPBACK); listen $listening, 7;
    my ($port) = unpack_sockaddr_in(getsockname $listening);
    socket my $client, PF_INET, SOCK_STREAM, 0; connect $client, pack_sockaddr_in($port, INADDR_LOOPBACK);
    accept my $server, $listening;
    syswrite $client, 'x' x 5000; for (my $n = 0; $n < 5000; ) { $n += sysread $server, $got, 5000; }
    close $client; sysread $server, $got, 1; close $server;
    print "port $port";
    my $until = times + 0.3; 1 while times() < $until;
    Time::HiRes::nanosleep(1_500_000_000);
    exec '/bin/true', 'one', 'two words';`);
  t.teardown(() => worker.process.kill('SIGKILL'));
  let said = '';
  worker.process.stdout!.on('data', (data: Buffer) => (said += data.toString()));
  await worker.ready;
  const { pid } = worker;
  const scripts: Expected<string>[] = [
    ['opensnoop', () => [
      /^PID +COMM +FD +ERR PATH\n/,
      new RegExp(`^${pid} +perl +\\d+ +0 ${folder}/written\n`, 'm'),
      new RegExp(`^${pid} +perl +-1 +2 ${folder}/absent\n`, 'm'),
    ]],
    ['statsnoop', () => [new RegExp(`^${pid} +perl +0 ${folder}/written\n`, 'm'), new RegExp(`^${pid} +perl +2 ${folder}/gone\n`, 'm')]],
    ['execsnoop', () => [new RegExp(`^${time}\\.\\d{6} +${pid} +${process.pid} +/bin/true one two words\n`, 'm')]],
    ['killsnoop', () => [new RegExp(`^${time} ${pid} +perl +0 +${pid} +0\n`, 'm')]],
    ['setuids', () => [new RegExp(`^${time} ${pid} +perl +0 +setuid +0 +0\n`, 'm')]],
    ['naptime', () => [new RegExp(`^${time} ${process.pid} +\\S+ +${pid} +perl +1\\.500\n`, 'm')]],
    ['syncsnoop', () => [new RegExp(`^${time} ${pid} +perl +fsync\n`, 'm')]],
    ['syscount', () => [/^@syscall\[getppid\]: 300\n/m, /^@process\[perl\]: \d{3,}\n/m]],
    // it may take longer than a second
    ['pidpersec', () => [[6, (stdout) => [...stdout.matchAll(/^\d\d:\d\d:\d\d PIDs\/sec: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)]]],
    ['cpuwalk', () => [/^@cpu:\n\[\d\] +\d+ \|/m]],
    ['loads', () => [new RegExp(`^${time} load averages: \\d+\\.\\d\\d \\d+\\.\\d\\d \\d+\\.\\d\\d \\d+/\\d+ \\d+\n`)]],
    ['gethostlatency', () => [new RegExp(`^${time} ${pid} +perl +\\d+\\.\\d{3} localhost\n`, 'm')]],
    ['threadsnoop', () => [new RegExp(`^${time}\\.\\d{6} +${pid} +perl +\\S+\n`, 'm')]],
    ['tcpconnect', (port) => [new RegExp(`^${time} ${pid} +perl +127\\.0\\.0\\.1 +127\\.0\\.0\\.1 +${port}\n`, 'm')]],
    ['tcpaccept', (port) => [new RegExp(`^${time} ${pid} +perl +127\\.0\\.0\\.1 +\\d+ +127\\.0\\.0\\.1 +${port} +0/7\n`, 'm')], kprobe],
    ['capable', () => [new RegExp(`^${time} 0 +${pid} +perl +7 +SETUID +1 +yes\n`, 'm')], kprobe],
    ['vfsstat', () => [/^@\[vfs_fsync_range\]: [1-9]\n/m, /^@\[vfs_open\]: \d+\n/m], kprobe],
    ['dcsnoop', () => [new RegExp(`^\\d+ +${pid} +perl +R written\n`, 'm'), new RegExp(`^\\d+ +${pid} +perl +M gone\n`, 'm')], kprobe],
    ['undump', () => [new RegExp(`^${time} ${pid} +perl +13 +hello\\\\x09undump\\\\x0a\n`, 'm')], kprobe],
  ];
  await underLoad(t, scripts, async () => {
    await worker.work();
    return /port (\d+)/.exec(said)![1]!;
  }, { pid });
});

t.test('what a shell reads', async (t) => {
  // a shell reads with readline from a terminal only, which script makes
  const terminal = spawn('script', ['-qc', 'echo "shell $$"; exec /bin/bash --norc --noprofile -i', '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, HISTFILE: '' } });
  t.teardown(() => terminal.kill('SIGKILL'));
  const ended = new Promise((resolve) => terminal.on('close', resolve));
  const pid = await new Promise<number>((resolve) => {
    let said = '';
    terminal.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      const found = /shell (\d+)/.exec(said);
      if (found) resolve(Number(found[1]));
    });
  });
  await underLoad(t, [['bashreadline', () => [new RegExp(`^${time} ${pid} +echo typed by hand\n`, 'm')]]], async () => {
    // the first is read by a call that began before
    terminal.stdin.end('true\necho typed by hand\nexit\n');
    await ended;
  }, { pid });
});

t.test('encrypted connections', async (t) => {
  const openssl = existsSync('/usr/bin/openssl') ? undefined : 'no /usr/bin/openssl';
  const folder = folderOf(t);
  const certificate = ['-key', join(folder, 'key'), '-cert', join(folder, 'certificate')];
  const scripts: Expected<void>[] = [['ssllatency', () => ['SSL_do_handshake', 'SSL_read', 'SSL_write'].map((name) => new RegExp(`^@usecs\\[${name}\\]:\n\\[`, 'm')), { lack: openssl }]];
  await underLoad(t, scripts, async () => {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=tbpf', '-keyout', certificate[1]!, '-out', certificate[3]!], { stdio: 'ignore' });
    const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-naccept', '1', ...certificate], { stdio: ['pipe', 'pipe', 'ignore'] });
    t.teardown(() => server.kill('SIGKILL'));
    const ended = new Promise((resolve) => server.on('close', resolve));
    const port = await new Promise<string>((resolve) => {
      let said = '';
      server.stdout.on('data', (data: Buffer) => {
        said += data.toString();
        const found = /^ACCEPT \S+:(\d+)/m.exec(said);
        if (found) resolve(found[1]!);
      });
    });
    const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`], { stdio: ['pipe', 'pipe', 'ignore'] });
    t.teardown(() => client.kill('SIGKILL'));
    client.stdin.write('hello\n');
    await new Promise<void>((resolve) => server.stdout.on('data', (data: Buffer) => data.includes('hello') && resolve()));
    client.stdin.end();
    client.kill('SIGTERM');
    await ended;
  });
});

t.test('what the machine does', async (t) => {
  const worker = new Worker(`
    use Socket; use Fcntl; use Time::HiRes ();
    my $sums = 0;
    socket my $listening, PF_INET, SOCK_STREAM, 0; bind $listening, pack_sockaddr_in(0, INADDR_LOOPBACK); listen $listening, 0;
    my ($port) = unpack_sockaddr_in(getsockname $listening);
    socket my $client, PF_INET, SOCK_STREAM, 0; connect $client, pack_sockaddr_in($port, INADDR_LOOPBACK);
    accept my $server, $listening;
    syswrite $client, 'x' x 5000; for (my $n = 0; $n < 5000; ) { $n += sysread $server, my $got, 5000; }
    close $client; sysread $server, my $rest, 1; close $server;
    # another process ends a connection by a reset, which reaches the one that was accepted while that process runs
    pipe my $accepted, my $tell;
    my $child = fork;
    if ($child == 0) {
      socket my $s, PF_INET, SOCK_STREAM, 0; connect $s, pack_sockaddr_in($port, INADDR_LOOPBACK);
      print "child $$ ", (unpack_sockaddr_in(getsockname $s))[0], " ";
      sysread $accepted, my $got, 1; setsockopt $s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0); close $s; exec '/bin/true';
    }
    accept my $reset, $listening; syswrite $tell, '.'; waitpid $child, 0; close $reset;
    # nobody listens where a socket has only a name
    socket my $silent, PF_INET, SOCK_STREAM, 0; bind $silent, pack_sockaddr_in(0, INADDR_LOOPBACK);
    my ($closed) = unpack_sockaddr_in(getsockname $silent);
    socket my $refused, PF_INET, SOCK_STREAM, 0; connect $refused, pack_sockaddr_in($closed, INADDR_LOOPBACK);
    # one waits in the queue, those behind it are not answered and try again after a second
    my @waiting = map { socket my $s, PF_INET, SOCK_STREAM, 0; fcntl $s, F_SETFL, O_NONBLOCK; connect $s, pack_sockaddr_in($port, INADDR_LOOPBACK); $s } 1 .. 3;
    print "port $port closed $closed";
    Time::HiRes::nanosleep(2_500_000_000);`);
  t.teardown(() => worker.process.kill('SIGKILL'));
  let said = '';
  worker.process.stdout!.on('data', (data: Buffer) => (said += data.toString()));
  await worker.ready;
  const { pid } = worker;
  const local = String.raw`127\.0\.0\.1`;
  const scripts: Expected<{ readonly port: string; readonly closed: string; readonly child: string; readonly childPort: string }>[] = [
    ['runqlat', () => [/^@usecs:\n[[(]/m]],
    // it sleeps 2.5 s from before it leaves the CPU on: a few ms of an emulated CPU less are spent off it
    ['offcputime', () => [/^@ms\[\n( {8}.*\n)* {8}\w*nanosleep\+\d+\n( {8}.*\n)*, \n( {8}.*\n)*, perl\]: 2(?:4[89]|[5-9]\d)\d\n/m], others],
    ['tcplife', ({ port, child, childPort }) => [
      new RegExp(`^${pid} +perl +${local} +\\d+ +${local} +${port} +4 +0 \\d+\\.\\d\\d\n`, 'm'),
      new RegExp(`^${pid} +perl +${local} +${port} +${local} +\\d+ +0 +4 \\d+\\.\\d\\d\n`, 'm'),
      new RegExp(`^${child} +perl +${local} +${childPort} +${local} +${port} +0 +0 \\d+\\.\\d\\d\n`, 'm'),
      new RegExp(`^${pid} +perl +${local} +${port} +${local} +${childPort} +0 +0 \\d+\\.\\d\\d\n`, 'm'),
    ], others],
    ['tcpretrans', ({ port }) => [new RegExp(`^${time} \\d+ +${local} +\\d+ +${local} +${port} +SYN_SENT\n`, 'm')], others],
    ['tcpdrop', ({ closed }) => [new RegExp(`^${time} \\d+ +\\S+ +${local} +\\d+ +${local} +${closed} +SKB_DROP_REASON_NO_SOCKET\n( {8}.*\n)* {8}tcp_v4_rcv\\+\\d+\n`, 'm')], others],
  ];
  await underLoad(t, scripts, async () => {
    await worker.work();
    const [, child, childPort, port, closed] = /child (\d+) (\d+) port (\d+) closed (\d+)/.exec(said)!;
    return { port: port!, closed: closed!, child: child!, childPort: childPort! };
  });
});

/** Runs a program to its end, and keeps what it says to itself. */
const run = (program: string, ...args: string[]): string => execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

/** Makes a RAID 1 of two disks without mdadm. */
function makeRaid(name: string, disks: readonly string[]): void {
  writeFileSync('/sys/module/md_mod/parameters/new_array', name);
  const settings = `/sys/block/${name}/md`;
  const set = (file: string, value: string | number): void => writeFileSync(join(settings, file), `${value}`);
  set('level', 'raid1');
  set('raid_disks', disks.length);
  set('component_size', 4096);
  set('resync_start', 'none');
  disks.forEach((disk, slot) => {
    set('new_dev', readFileSync(`/sys/block/${disk}/dev`, 'utf8'));
    set(`dev-${disk}/slot`, slot);
  });
  set('array_state', 'active');
}

/** Sectors of 512 bytes that a disk has written (Documentation/block/stat.rst). */
const sectorsWritten = (disk: string): number => Number(readFileSync(`/sys/block/${disk}/stat`, 'utf8').trim().split(/\s+/)[6]);

/** A control group whose processes get so much memory and swap. */
function limitMemory(name: string, bytes: number, swapBytes: number | 'max'): string {
  const group = `/sys/fs/cgroup/${name}`;
  mkdirSync(group);
  writeFileSync(`${group}/memory.max`, `${bytes}`);
  writeFileSync(`${group}/memory.swap.max`, `${swapBytes}`);
  return group;
}

t.test('disks and memory', async (t) => {
  if (!inGuest) return t.plan(0, 'makes disks and takes away memory: tried in guests');
  const modprobe = (...words: string[]): string => run('busybox', 'modprobe', ...words);
  modprobe('null_blk', 'nr_devices=1');
  modprobe('brd', 'rd_nr=2', 'rd_size=8192');
  modprobe('raid1');
  modprobe('loop');
  modprobe('crc32c_generic');
  modprobe('xfs');
  modprobe('zram');
  const folder = folderOf(t);
  makeRaid('md_tbpf', ['ram0', 'ram1']);
  t.teardown(() => writeFileSync('/sys/block/md_tbpf/md/array_state', 'clear'));
  const mkfs = ['/sbin/mkfs.xfs', '/usr/sbin/mkfs.xfs'].find((path) => existsSync(path));
  const mounted = join(folder, 'xfs');
  mkdirSync(mounted);
  if (mkfs !== undefined) {
    const image = join(folder, 'image');
    writeFileSync(image, '');
    truncateSync(image, 320 << 20);
    run(mkfs, '-q', image);
    run('busybox', 'mount', '-t', 'xfs', '-o', 'loop', image, mounted);
    t.teardown(() => run('busybox', 'umount', mounted));
  }
  writeFileSync('/sys/block/zram0/disksize', `${64 << 20}`);
  run('mkswap', '/dev/zram0');
  run('swapon', '/dev/zram0');
  t.teardown(() => run('swapoff', '/dev/zram0'));
  writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', '+memory');
  const swapping = limitMemory('tbpf-swapping', 24 << 20, 'max');
  const dying = limitMemory('tbpf-dying', 16 << 20, 0);
  const useMemory = (group: string): Worker => new Worker(`
    open my $procs, '>', '${group}/cgroup.procs'; syswrite $procs, $$; close $procs;
    my $megabytes = 40; my @parts = map { 'x' x 1_000_000 } 1 .. $megabytes;
    for my $part (@parts) { for (my $at = 0; $at < 1_000_000; $at += 4096) { substr($part, $at, 1) eq 'x' or die; } }`);
  const [swapper, victim] = [useMemory(swapping), useMemory(dying)];
  t.teardown(() => [swapper, victim].forEach((worker) => worker.process.kill('SIGKILL')));
  await Promise.all([swapper.ready, victim.ready]);
  const device = readFileSync('/sys/block/nullb0/dev', 'utf8').trim();

  const scripts: Expected<void>[] = [
    ['biolatency', () => [/^@usecs:\n[[(]/m]],
    ['biosnoop', () => Array.from({ length: 8 }, (_, i) => new RegExp(`^\\d+ +\\d+ +dd +nullb0 +W ${i * 8} +4096 +\\d+\\.\\d{3}\n`, 'm'))],
    ['writeback', () => [new RegExp(`^${time} ${device} +[1-9]\\d* +\\d+\\.\\d{3} +WB_REASON_PERIODIC\n`, 'm')]],
    ['mdflush', () => [new RegExp(`^${time} \\d+ +dd +md_tbpf\n`, 'm')], kprobe],
    ['xfsdist', () => ['open', 'write_iter', 'read_iter', 'fsync'].map((name) => new RegExp(`^@usecs\\[xfs_file_${name}\\]:\n[[(]`, 'm')), { ...kprobe, lack: mkfs === undefined ? 'no mkfs.xfs' : undefined }],
    ['swapin', () => [new RegExp(`^@\\[perl, ${swapper.pid}\\]: \\d+\n`, 'm')], kprobe],
    ['oomkill', () => [new RegExp(`^${time} ${victim.pid} +perl +${victim.pid} +perl +4096 +cgroup\n`, 'm')], kprobe],
  ];
  await underLoad(t, scripts, async () => {
    run('dd', 'if=/dev/zero', 'of=/dev/nullb0', 'bs=4096', 'count=8', 'oflag=direct');
    // Pages go to a disk when the last who has it open closes it, or somebody syncs: here the kernel shall find that they are old.
    const held = openSync('/dev/nullb0', 'r');
    const before = sectorsWritten('nullb0');
    for (const [setting, value] of [['dirty_expire_centisecs', '1'], ['dirty_writeback_centisecs', '10']] as const) {
      const usual = readFileSync(`/proc/sys/vm/${setting}`, 'utf8');
      t.teardown(() => writeFileSync(`/proc/sys/vm/${setting}`, usual));
      writeFileSync(`/proc/sys/vm/${setting}`, value);
    }
    run('dd', 'if=/dev/zero', 'of=/dev/nullb0', 'bs=4096', 'count=64', 'conv=notrunc');
    while (sectorsWritten('nullb0') - before < 64 * 8) await new Promise((resolve) => setTimeout(resolve, 50));
    closeSync(held);
    run('dd', 'if=/dev/zero', 'of=/dev/md_tbpf', 'bs=4096', 'count=1', 'conv=notrunc,fsync');
    if (mkfs !== undefined) run('dd', 'if=/dev/zero', `of=${mounted}/file`, 'bs=4096', 'count=4', 'conv=fsync');
    if (mkfs !== undefined) run('cat', join(mounted, 'file'));
    await swapper.work();
    await victim.work();
    // the facts of the machine are read anew: modules have been loaded
  }, { target: new RunningTarget({ native: loadNative }) });
});

/** A disk that does one request at a time and takes its time for it. */
function makeSlowDisk(t: Test, name: string, seconds: number): string {
  const config = '/sys/kernel/config';
  if (!existsSync(`${config}/nullb`)) {
    run('busybox', 'modprobe', 'null_blk', 'nr_devices=1');
    if (!existsSync(`${config}/nullb`)) run('busybox', 'mount', '-t', 'configfs', 'none', config);
  }
  const disk = `${config}/nullb/${name}`;
  mkdirSync(disk);
  t.teardown(() => rmdirSync(disk));
  const settings = { size: 8, blocksize: 4096, submit_queues: 1, queue_mode: 2, hw_queue_depth: 1, irqmode: 2, completion_nsec: seconds * 1_000_000_000, power: 1 };
  for (const [setting, value] of Object.entries(settings)) writeFileSync(`${disk}/${setting}`, `${value}`);
  writeFileSync(`/sys/block/${name}/queue/scheduler`, 'mq-deadline');
  writeFileSync(`/sys/block/${name}/queue/nr_requests`, '16');
  writeFileSync(`/sys/block/${name}/queue/iosched/async_depth`, '16');
  return `/dev/${name}`;
}

/** Resolves when the process waits in a system call about this file descriptor. */
async function waitsFor(pid: number, descriptor: number): Promise<void> {
  while (!new RegExp(`^\\d+ 0x${descriptor} `).test(readFileSync(`/proc/${pid}/syscall`, 'utf8'))) await new Promise((resolve) => setTimeout(resolve, 10));
}

t.test('requests that become one', async (t) => {
  if (!inGuest) return t.plan(0, 'makes a disk: tried in guests');
  const disk = makeSlowDisk(t, 'nullb1', 3);
  // each begins to write when it has got something to write
  const writers = await Promise.all([100, 200, 0, 2, 1].map(async (block) => {
    const dd = spawn('dd', [`of=${disk}`, 'bs=4096', 'count=1', 'iflag=fullblock', 'oflag=direct', 'conv=notrunc', `seek=${block}`], { stdio: ['pipe', 'ignore', 'ignore'] });
    t.teardown(() => dd.kill('SIGKILL'));
    await waitsFor(dd.pid!, 0);
    return { pid: dd.pid!, ended: new Promise((resolve) => dd.on('close', resolve)), stdin: dd.stdin };
  }));
  const script = readFileSync(join(packageRoot, 'tools/bt/biosnoop.bt'), 'utf8').replace('print_maps_on_exit = false', 'print_maps_on_exit = true');
  const { stdout } = await runLive(script, {
    target: new RunningTarget({ native: loadNative }),
    during: async () => {
      // the first keeps the disk busy, the second is the next that it will take; of the others, which the scheduler still has, the last fits between the two that wait, and the three are one request of the first of them
      for (const { pid, stdin } of writers) {
        stdin.end(Buffer.alloc(4096));
        await waitsFor(pid, 1);
      }
      await Promise.all(writers.map(({ ended }) => ended));
    },
  });
  const requests = [...stdout.matchAll(/^\d+ +(\d+) +dd +nullb1 +(W \d+ +\d+) +(\d+)\.\d{3}$/gm)].map(([, pid, what, ms]) => [Number(pid), what!.replaceAll(/ +/g, ' '), Number(ms) >= 3000 && Number(ms) < 6000]);
  t.same(requests, [[writers[0]!.pid, 'W 800 4096', true], [writers[1]!.pid, 'W 1600 4096', true], [writers[2]!.pid, 'W 0 12288', true]], stdout);
  t.notMatch(stdout, /^@(?:owner|request)\[/m, 'nothing is kept');
});
