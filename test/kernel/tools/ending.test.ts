// How tools end: ^C twice, ^C while they start, SIGTERM, a reader that goes away; and who may not trace at all.

import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { command, runCommand, Running } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { open } from '../../helpers/opens.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-ending-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const own = String(process.pid);
/** what stdout has when everything is attached, and how it ends */
const tools: readonly (readonly [args: readonly string[], begin: RegExp, end: RegExp])[] = [
  [['execsnoop', '-P', own], /^COMM .*ARGS\n/, /ARGS\n$/],
  [['opensnoop', '-p', own, '--path', '/tbpf/none'], /^PID .*PATH\n/, /PATH\n$/],
  [['funccount', '-p', own, 't:syscalls:sys_enter_getpgid'], /^Tracing 1 functions.*\n/, /\n\nFUNC +COUNT\nDetaching\.\.\.\n$/],
  [['trace', '-p', own, 't:syscalls:sys_enter_getpgid'], /^PID .*\n/, /FUNC +\n$/],
  [['argdist', '-p', own, '-C', 't:syscalls:sys_enter_getpgid()'], /^\[\d\d:\d\d:\d\d\]\n/, /^t:syscalls:sys_enter_getpgid\(\)\n\tCOUNT {6}EVENT\n$/m],
];

for (const [args, begin, end] of tools) {
  t.test(args[0]!, onThisMachine('how a tool ends depends on no kernel'), async (t) => {
    if (!needs(t, 'root', 'btf', 'tracepoint')) return;
    // the second one is what sudo and npm pass on
    const tool = new Running(args);
    await tool.until('stdout', begin);
    tool.kill('SIGINT');
    tool.kill('SIGINT');
    const twice = await tool.ended;
    t.match(twice.stdout, end, '^C');
    t.equal(twice.stderr, '');
    t.equal(twice.status, 0);

    // once the addon is mapped, the tool listens to signals and nothing is attached yet
    const starting = new Running(args);
    const { pid } = starting.process;
    while (starting.process.exitCode === null && !mapsAddon(pid!)) await new Promise((resolve) => setTimeout(resolve, 1));
    starting.kill('SIGINT');
    const early = await starting.ended;
    t.equal(early.stderr, '', 'while it starts');
    t.equal(early.status, 0);

    const file = join(folder, args[0]!);
    const descriptor = openSync(file, 'w');
    const writing = spawn('env', ['-u', 'NODE_OPTIONS', command, ...args], { stdio: ['ignore', descriptor, 'inherit'] });
    closeSync(descriptor);
    while (writing.exitCode === null && !begin.test(readFileSync(file, 'utf8'))) await new Promise((resolve) => setTimeout(resolve, 10));
    writing.kill('SIGTERM');
    const [code] = await once(writing, 'exit') as [number | null];
    t.equal(code, 0);
    t.match(readFileSync(file, 'utf8'), end, 'SIGTERM; a file is complete');
  });
}

/** of x86-64, as helpers/opens.ts has others */
const GETPGID = 121;

/** Of the process that `env` has become. */
function mapsAddon(pid: number): boolean {
  return existsSync(`/proc/${pid}/maps`) && readFileSync(`/proc/${pid}/maps`, 'utf8').includes('tbpf.node');
}

for (const [args] of tools.slice(1)) {
  t.test(`${args[0]!}: nobody reads`, onThisMachine('how a tool ends depends on no kernel'), async (t) => {
    if (!needs(t, 'root', 'btf', 'tracepoint')) return;
    // a process whose calls the tool tells of, so that it writes again and again
    const load = spawn('perl', ['-e', `while (1) { syscall(${GETPGID}, 0); ${open('/tbpf/none', 0)}; select(undef, undef, undef, 0.01) }`], { stdio: 'ignore' });
    try {
      const tool = new Running(args.map((word) => (word === own ? String(load.pid) : word)).concat(args[0] === 'funccount' ? ['-i', '1'] : []));
      await tool.until('stdout', /\n/);
      tool.process.stdout!.destroy();
      const { stderr, status } = await tool.ended;
      t.equal(stderr, '');
      t.equal(status, 0);
    } finally {
      load.kill('SIGKILL');
    }
  });
}

/** What is the tool's output, as Python; `r` is the end that nobody reads. */
const places: readonly (readonly [name: string, python: string])[] = [
  ['a pipe', 'r, w = os.pipe()'],
  ['a socket', 'r, w = socket.socketpair(); w = w.detach()'],
];
for (const [place, python] of places) {
  t.test(`${place} that nobody reads: the second ^C ends the tool`, onThisMachine('how a tool ends depends on no kernel'), async (t) => {
    if (!needs(t, 'root', 'tracepoint', 'python3')) return;
    // output waits once the kernel holds no more for the reader
    const program = `
import fcntl, os, signal, socket, subprocess, sys, termios, time
${python}
load = subprocess.Popen(['perl', '-e', 'while (1) { syscall(${GETPGID}, 0) for 1..100; select(undef, undef, undef, 0.01) }'])
tool = subprocess.Popen([sys.argv[1], 'trace', '-p', str(load.pid), 't:syscalls:sys_enter_getpgid "%d ${'x'.repeat(200)}", args->pid'], stdin=subprocess.DEVNULL, stdout=w)
try:
    held = lambda: int.from_bytes(fcntl.ioctl(r, termios.FIONREAD, b'0000'), sys.byteorder)
    before = -1
    while held() < 4096 or held() != before:
        before = held()
        time.sleep(0.5)
    tool.send_signal(signal.SIGINT)
    time.sleep(1.2)
    print('waits' if tool.poll() is None else 'ended', flush=True)
    tool.send_signal(signal.SIGINT)
    print(tool.wait(10), flush=True)
finally:
    tool.kill()
    load.kill()
`;
    const { stdout } = await runCommand(['-c', program, command], { program: 'python3', timeoutMs: 60_000 });
    t.equal(stdout, 'waits\n130\n');
  });
}

t.test('a user without rights is told which are missing', onThisMachine('the words depend on no kernel'), async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  for (const [args] of tools) {
    const { stdout, stderr, status } = spawnSync('setpriv', ['--reuid', '65534', '--clear-groups', 'env', '-u', 'NODE_OPTIONS', command, ...args], { encoding: 'utf8' });
    t.match(stderr, new RegExp(`^${args[0]!}: .*(?:CAP_BPF|CAP_DAC_READ_SEARCH).*\n$`));
    t.equal(stdout, '');
    t.equal(status, 1);
  }
});

t.test('controls in names are shown as text on a terminal', onThisMachine('it depends on no kernel'), async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const perl = `${open('/tbpf/\\x1b[31m', 0)}`;
  // script(1) gives it a terminal
  const shown = spawnSync('script', ['-qec', `bin/tbpf opensnoop --path '/tbpf/*' --exec perl -e '${perl}'`, '/dev/null'], { encoding: 'utf8', timeout: 60_000 }).stdout;
  t.match(shown, /-1 {3}2 \/tbpf\/\\x1b\[31m\r\n$/);
});
