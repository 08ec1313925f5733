// write_user and debugf on the running kernel: what a process reads back of its own memory, what the kernel's trace shows.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

const TRIES = 5;
const WRITE = process.arch === 'x64' ? 1 : 64;

/** A process that hands write() a buffer, to be changed on its way, and prints it afterwards. */
async function writer(): Promise<{ pid: number; go: () => void; ended: Promise<unknown>; output: () => string }> {
  const child = spawn('perl', ['-e', `$| = 1; print "ready\\n"; <STDIN>; my $b = "0123456789abcdef" . "-" x 48; open my $n, '>', '/dev/null'; syscall(${WRITE}, fileno($n), $b, 16); print "$b\\n";`], { stdio: ['pipe', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  return { pid: child.pid!, go: () => void child.stdin.end('\n'), ended, output: () => printed };
}

t.test('write_user', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  if (!runningMachine().has('helper:probe_write_user')) return t.plan(0, 'lockdown of this kernel forbids it');
  const rows: [body: string, wanted: string][] = [
    ['$x = (uint64)0x4847464544434241; @ok = write_user(args.buf, &$x, 8);', 'ABCDEFGH89abcdef'],
    ['$n = 4; @ok = write_user((uint64)args.buf + 2, "wxyz", $n);', '01wxyz6789abcdef'],
    ['$from = (uint64)args.buf; $n = 3; @ok = write_user($from, uptr($from + 10), $n);', 'abc3456789abcdef'],
    ['$x = (uint64)0; @ok = write_user(uptr(16), &$x, 8);', '0123456789abcdef'],
    ['$a = (uint8[8])0x6867666564636261; @ok = write_user(args.buf, $a, 8); $n = 0; @none = write_user(args.buf, $a, $n);', 'abcdefgh89abcdef'],
  ];
  for (const [body, wanted] of rows) {
    t.test(body, async (t) => {
      const { pid, go, ended, output } = await writer();
      const { stdout, stderr } = await runLive(`tracepoint:syscalls:sys_enter_write /pid == ${pid} && args.count == 16/ { ${body} }`, { unsafe: true, during: async () => { go(); await ended; } });
      t.equal(output(), `ready\n${wanted}${'-'.repeat(48)}\n`, stderr);
      t.match(stdout, `@ok: ${body.includes('uptr(16)') ? 'false' : 'true'}`);
      if (body.includes('@none')) t.match(stdout, '@none: false');
    });
  }
});

t.test('debugf', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracefs')) return;
  // The kernel switches this event on when a program with bpf_trace_printk() is loaded, and leaves it on: then something else listens to sched_switch,
  // for the names of processes in the trace, and stacks there have a frame more.
  const event = '/sys/kernel/tracing/events/bpf_trace/bpf_trace_printk/enable';
  const before = readFileSync(event, 'latin1');
  t.teardown(() => writeFileSync(event, before));
  const mark = `tbpf-debugf-${process.pid}`;
  // There is one trace for the whole machine, which whoever else uses it may empty meanwhile.
  let trace = '';
  for (let i = 0; i < TRIES && !trace.includes(mark); i++) {
    const { stdout, stderr } = await runLive(`begin { debugf("${mark} %d %s %lx\\n", -5, comm, (uint64)0xfedcba9876543210); }`);
    t.equal(`${stdout}${stderr}`.replace('Attached 1 probe\n', '').trim(), '');
    trace = readFileSync('/sys/kernel/tracing/trace', 'latin1');
  }
  t.match(trace, new RegExp(`${mark} -5 \\S+ fedcba9876543210`));
});

t.test('override says what the kernel lacks', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  if (runningMachine().has('helper:override_return')) return t.plan(0, 'this kernel has it');
  const { stderr, status } = await runLive('kprobe:vfs_read { override(-1); }', { unsafe: true });
  t.equal(status, 1);
  t.match(stderr, 'override() needs a kernel that is built with CONFIG_BPF_KPROBE_OVERRIDE, which this one is not');
});
