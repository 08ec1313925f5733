// docs/one-liners.md: every command of it runs as it stands there, and prints what the lesson is about.
//
//   facts  a program that is read for the first time may not have the page yet that an argument points to: `str()` answers "" then, and so
//          paths are looked for among several lines

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot, runCommand } from '../../helpers/command.js';
import { needs, type Feature } from '../../helpers/needs.js';

const lessons = [...readFileSync(join(packageRoot, 'docs/one-liners.md'), 'utf8').matchAll(/^## (\d+)\. (.*)\n([^]*?)(?=^## |(?![^]))/gm)]
  .map(([, number, title, text]) => ({ number: Number(number), title: title!, commands: [...text!.matchAll(/^```sh\n([^]*?)^```/gm)].map((block) => block[1]!) }));

const expected: Readonly<Record<number, { readonly needs: readonly Feature[]; readonly prints: readonly RegExp[] }>> = {
  1: { needs: [], prints: [/^Attached 1 probe$/m, /^hello$/m] },
  2: { needs: ['tracepoint'], prints: [/^tracepoint:syscalls:sys_enter_openat$/m, /^tracepoint:syscalls:sys_exit_read\n {4}int __syscall_nr\n {4}long ret$/m] },
  3: { needs: ['tracepoint'], prints: [/^cat opens .*libc\.so\.6$/m] },
  4: { needs: ['tracepoint'], prints: [/^@\[tracepoint:syscalls:sys_enter_exit_group\]: 1$/m, /^@\[tracepoint:syscalls:sys_enter_mmap\]: [1-9]\d*$/m] },
  5: { needs: ['tracepoint'], prints: [/^@bytes: [1-9]\d*$/m, /^@largest: [1-9]\d*$/m, /^@reads: [1-9]\d*$/m] },
  6: { needs: ['tracepoint'], prints: [/^@even:\n\[0, 4000\) +[1-9]\d* \|@/m, /^@power:\n\[0\] +[1-9]\d* \|@/m] },
  7: { needs: ['tracepoint'], prints: [/^@ms:\n\[(256, 512|512, 1K|1K, 2K)\) +1 \|@+\|$/m] },
  8: { needs: ['tracepoint', 'kprobe', 'kprobe_multi'], prints: [/^@\[vfs_read\]: [1-9]\d*$/m] },
  9: { needs: ['tracepoint', 'software', 'btf'], prints: [/^@\[\n( {8}\S+\+\d+\n){1,3}\]: [1-9]\d*$/m] },
  10: { needs: ['tracepoint', 'btf'], prints: [/^nice: 1 thread, nice 0\ntrue: 1 thread, nice 5$/m] },
  11: { needs: ['uprobe'], prints: [/^@\[QUOTING_STYLE\]: 1$/m] },
  12: { needs: ['tracepoint'], prints: [/^\{"type": "emit", "name": "opened", "data": \{"pid": \d+, "path": "[^"]*libc\.so\.6"\}\}$/m] },
};

t.same(lessons.map(({ number }) => number), Object.keys(expected).map(Number), 'every lesson is tried');

/** An emulated guest starts two commands a second: there the lesson that other kernels lack something for. */
const tried = process.env['TBPF_GUEST'] ? lessons.filter(({ number }) => expected[number]!.needs.includes('kprobe')) : lessons;

for (const { number, title, commands } of tried) {
  t.test(`${number}. ${title}`, async (t) => {
    const { needs: features, prints } = expected[number]!;
    if (!needs(t, 'root', ...features)) return;
    t.not(commands.length, 0);
    let printed = '';
    for (const command of commands) {
      const { stdout, stderr, status } = await runCommand(['-c', command], { program: 'sh', env: { PATH: `${join(packageRoot, 'bin')}:${process.env['PATH']}`, LC_ALL: 'C' } });
      t.notMatch(stderr, /WARNING|ERROR/, command);
      t.equal(status, 0, command);
      printed += stdout + stderr;
    }
    for (const pattern of prints) t.match(printed, pattern);
  });
}
