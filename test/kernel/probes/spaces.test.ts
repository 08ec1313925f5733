// Every form of access in user and kernel memory, on the running kernel: a graph of structs that a process has, and one that a BPF program has.

import t, { type Test } from 'tap';
import { boxOffset, definitions, forms as allForms, imageBytes, imageWords, ownGraph } from '../../helpers/space-forms.js';
import { runOnKernel } from '../../helpers/kernel-session.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { rowsOf } from '../../helpers/rows-of-guest.js';
import { Worker } from './worker.js';

const PRCTL = process.arch === 'x64' ? 157 : 167;
/** prctl() refuses it: it is only there to be seen */
const OPTION = 0x7462_7066;

/** Makes the graph in memory of its own and shows it to prctl(). */
const shown = `my $image = "\\0" x ${imageBytes}; my $base = unpack 'Q', pack 'P', $image;
  ${imageWords.map(({ offset, value, relative }) => `substr($image, ${offset}, 8) = pack 'Q', ${value}${relative ? ' + $base' : ''};`).join(' ')}
  my $text = "greeting\\0"; my $there = unpack 'Q', pack 'P', $text;
  syscall(${PRCTL}, ${OPTION}, $base + ${boxOffset}, $there, 3, 4);
  my $size = pack 'S4', 24, 80, 1, 2; ioctl STDIN, ${OPTION}, $size;`;

const forms = rowsOf(allForms, 4);

/** Attaching takes its time: so many forms are one program. */
const TOGETHER = 12;

/** Blocks which print of each form its number and its value. */
function blocks(head: string, pointer: string): string {
  const lines = forms.map(({ before = '', expression }, i) => {
    const own = (text: string): string => text.replaceAll('@m', `@m${i}`);
    return `{ ${pointer} ${own(before)} print((${i + 1000}, ${own(expression)})); ${before.includes('@m') ? `clear(@m${i});` : ''} }`;
  });
  const groups = Array.from({ length: Math.ceil(lines.length / TOGETHER) }, (_, i) => lines.slice(i * TOGETHER, (i + 1) * TOGETHER));
  return groups.map((group) => `${head} { ${group.join('\n')} }`).join('\n');
}

const wanted = forms.map(({ expression, before = '', want }, i) => [`${i + 1000}`, `${before} ${expression}`, want] as const);

t.test('user memory', async (t) => {
  if (!needs(t, 'root', 'tracepoint', 'uprobe', 'bpf_loop')) return;
  const libc = runningMachine().binary('libc.so.6')!.path;
  const ways: [title: string, head: string, pointer: string][] = [
    ['an integer argument of a system call', `tracepoint:syscalls:sys_enter_prctl /args.option == ${OPTION}/`, '$p = (struct box *)args.arg2;'],
    ['an argument of a function', `uprobe:${libc}:syscall /arg1 == ${OPTION}/`, '$p = (struct box *)arg2;'],
    ['where nobody knows', `tracepoint:syscalls:sys_enter_prctl /args.option == ${OPTION}/`, '$p = args.option > 0 ? (struct box *)args.arg2 : (struct box *)curtask;'],
  ];
  for (const [title, head, pointer] of ways) {
    t.test(title, async (t) => {
      const worker = new Worker(shown);
      await worker.ready;
      const { stdout, stderr } = await runLive(`${definitions} ${blocks(head, pointer)}`, { pid: worker.pid, during: worker.work });
      tell(t, stdout, stderr);
    });
  }
});

t.test('integer arguments of system calls that are addresses', async (t) => {
  if (!needs(t, 'root', 'tracepoint', 'bpf_loop')) return;
  const worker = new Worker(shown);
  await worker.ready;
  const { stdout } = await runLive(`struct winsize { unsigned short ws_row; unsigned short ws_col; unsigned short ws_xpixel; unsigned short ws_ypixel; };
    tracepoint:syscalls:sys_enter_prctl /args.option == ${OPTION}/ {
      print(str(args.arg3)); print(buf(args.arg3, 5)); $x = args.arg3; print(str($x + 5)); print(str((char *)args.arg3, 4)); print(((int8 *)args.arg3)[1]);
      print(*args.arg3 & 0xff); @there[tid] = args.arg3; @bytes = (args.arg3, 1);
    }
    tracepoint:syscalls:sys_exit_prctl /@there[tid]/ { print(str(@there[tid])); print(str(@bytes.0, 3)); clear(@there); clear(@bytes); }
    tracepoint:syscalls:sys_enter_ioctl /args.cmd == ${OPTION}/ { $w = (struct winsize *)args.arg; print(($w->ws_row, $w->ws_col)); print(*$w); }`,
  { pid: worker.pid, during: worker.work });
  t.strictSame(stdout.trim().split('\n').filter((line) => line !== ''), [
    'greeting', 'greet', 'ing', 'gre', '114', '103', 'greeting', 'gr', '(24, 80)', '{ .ws_row = 24, .ws_col = 80, .ws_xpixel = 1, .ws_ypixel = 2 }',
  ]);
});

t.test('the registers of a system call', async (t) => {
  if (!needs(t, 'root', 'tracepoint', 'btf')) return;
  const [second, third] = process.arch === 'x64' ? ['si', 'dx'] : ['regs[1]', 'regs[2]'];
  const option = process.arch === 'x64' ? 'di' : 'regs[0]';
  const worker = new Worker(shown);
  await worker.ready;
  const { stdout } = await runLive(`${definitions}
    tracepoint:raw_syscalls:sys_enter /args.id == ${PRCTL} && args.args[0] == ${OPTION}/ {
      printf("%s %d %d\\n", str(args.args[2]), ((struct box *)args.args[1])->one->y, ((struct box *)args.args[1])->arr[args.args[0] & 1]->y);
    }
    rawtracepoint:sys_enter /args.id == ${PRCTL} && args.regs->${option} == ${OPTION}/ {
      printf("%s %d\\n", str(args.regs->${third}), ((struct box *)args.regs->${second})->s.leaf->x); @regs[tid] = *args.regs; print(str(@regs[tid].${third}));
      $regs = args.regs; printf("%s\\n", str($regs->${third})); clear(@regs);
    }`, { pid: worker.pid, during: worker.work });
  t.strictSame(stdout.trim().split('\n').filter((line) => line !== '').sort(), ['greeting', 'greeting', 'greeting 1', 'greeting 4 2']);
});

function tell(t: Test, stdout: string, stderr: string): void {
  for (const [number, form, want] of wanted) {
    const line = stdout.split('\n').find((l) => l.startsWith(`(${number}, `));
    t.equal(line, `(${number}, ${want})`, form);
  }
  t.match(stderr, /^(Attached \d+ probes?\n)?$/);
}

t.test('kernel memory', async (t) => {
  if (!needs(t, 'root', 'btf', 'bpf_loop')) return;
  const { stdout, stderr } = runOnKernel(`${definitions} ${blocks('begin', `${ownGraph} $p = (struct box *)&$box;`)}`, { warnings: false });
  tell(t, stdout, stderr);
});
