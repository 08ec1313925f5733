// Iterators of the running kernel.

import { closeSync, openSync, readdirSync, realpathSync } from 'node:fs';
import t from 'tap';
import { runLive } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

t.test('tasks', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const { stdout, stderr, status } = await runLive('iter:task { printf("%s:%d:%d\\n", ctx->task->comm, ctx->task->pid, ctx.task->tgid); }');
  t.equal(status, 0, stderr);
  const rows = stdout.split('\n').filter((line) => line !== '').map((line) => line.split(':'));
  t.ok(rows.some(([, pid, tgid]) => pid === String(process.pid) && tgid === pid), 'this process is there');
  t.ok(rows.length >= readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length - 5, 'so are the others');
  t.notOk(rows.some(([name, pid]) => name === '' && pid === '0'), 'nothing is printed for the end');
});

t.test('formats', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const script = `iter:task { if (ctx.task->pid == ${process.pid}) {
    printf("%5d|%-5d|%05d|%+d|%u|%x|%X|%lld|%c%c|%s|%8s|%-8s|%.2s|100%%|%p|%d\\n", 7, 7, 7, 7, 8, 255, 255, -3, 65, 66, "word", "right", "left", "cut", 4096, ctx.task->pid == ${process.pid}); } }`;
  const { stdout, stderr } = await runLive(script);
  t.equal(stdout.trim(), '7|7    |00007|+7|8|ff|FF|-3|AB|word|   right|left    |cu|100%|0x1000|1'.padStart(4 + 63 + 5, ' ').trim(), stderr);
});

t.test('what a script returns does not make the kernel show an object again', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const { stdout, stderr } = await runLive(`iter:task { if (ctx.task->pid == ${process.pid}) { printf("once\\n"); return 1; } return 7; }`);
  t.equal(stdout.trim(), 'once', stderr);
});

t.test('open files: members of members, numbers of the context, variables', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const script = `iter:task_file { if (ctx.task->tgid == ${process.pid} && ctx.fd == 0) { $f = ctx.file; printf("%d %d %s\\n", ctx.fd, $f == ctx.file, str(ctx.file->f_path.dentry->d_name.name)); } }`;
  const { stdout, stderr } = await runLive(script);
  t.match(stdout, /^0 1 \S*$/m, stderr);
});

t.test('elements of what the verifier knows, by constant and run-time indexes', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const script = `iter:task { if (ctx.task->tgid == ${process.pid} && ctx.task->pid == ctx.task->tgid) {
    $i = ctx.task->thread_pid->level - ctx.task->thread_pid->level; $t = ctx.task;
    printf("%d %d %d %d %d\\n", ctx.task->thread_pid->numbers[0].nr == $t->pid, ctx.task->thread_pid->numbers[$i].nr == $t->pid, $t->thread_pid->numbers[$i].nr == $t->pid, ctx.task->comm[$i] == $t->comm[0], ctx.task[$i].pid == $t->pid);
  } }`;
  const { stdout, stderr } = await runLive(script);
  t.equal(stdout.trim(), '1 1 1 1 1', stderr);
});

t.test('memory areas, tested for null', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const script = `iter:task_vma { if (ctx.vma != 0 && ctx.task->tgid == ${process.pid}) { @bytes = sum(ctx.vma->vm_end - ctx.vma->vm_start); } }`;
  const { stdout, stderr } = await runLive(script);
  t.match(stdout, /^@bytes: [1-9]\d+$/m, stderr);
});

t.test('paths of open files', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const folder = t.testdir({ 'a file that is open': '' });
  const name = `${realpathSync(folder)}/a file that is open`;
  const file = openSync(name, 'r');
  t.teardown(() => closeSync(file));
  const mine = `ctx.task->tgid == ${process.pid} && ctx.fd == ${file}`;
  const rows: [body: string, stdout: string][] = [
    ['printf("%s\\n", path(ctx.file->f_path));', name],
    ['@[path(ctx.file->f_path)] = 1;', `@[${name}]: 1`],
    // two keys would be there if bytes were left behind the NUL
    [`@[path(ctx.file->f_path)] = 1; @[str("${name}")] = 1;`, `@[${name}]: 1`],
    ['@ = (1, path(ctx.file->f_path, 1000));', `@: (1, ${name})`],
    ['$p = path(ctx.file->f_path); $q = $p; print(strcontains($q, "that is"));', 'true'],
    ['@[1] = strlen(path(ctx.file->f_path));', `@[1]: ${name.length}`],
  ];
  for (const [body, want] of rows) {
    t.test(body, async (t) => {
      const { stdout, stderr } = await runLive(`iter:task_file { if (${mine}) { ${body} } }`);
      t.equal(stdout.trim().split('\n').at(-1), want, stderr);
    });
  }
  const short = await runLive(`iter:task_file { if (${mine}) { printf("%s\\n", path(ctx.file->f_path, 8)); } }`);
  t.equal(short.stdout.replaceAll('\n', ''), 'is open', 'what has no room is missing at the front');
  t.match(short.stderr, /File name too long/);
  const mapped = await runLive(`iter:task_vma { if (ctx.task->tgid == ${process.pid}) { @[path(ctx.vma->vm_file->f_path)] = count(); } }`);
  t.match(mapped.stdout, `@[${process.execPath}]: `, 'memory areas of no file have no path');
  t.match(mapped.stderr, /helper: d_path/);
});

t.test('maps of the kernel', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const { stdout, stderr } = await runLive('iter:bpf_map { printf("%d %s %d\\n", ctx.map->id, ctx.map->name, ctx.map->max_entries); @ = count(); }');
  t.match(stdout, /^\d+ \S+ \d+$/m, stderr);
  t.match(stdout, /^@: [1-9]\d*$/m);
});

t.test('control groups, from the root', async (t) => {
  if (!needs(t, 'root', 'iter', 'kernel>=6.1')) return;
  const { stdout, stderr } = await runLive('iter:cgroup { if (ctx.cgroup != 0) { printf("level %d\\n", ctx.cgroup->level); } }');
  t.match(stdout, /^level 0$/m, stderr);
});

t.test('one process', async (t) => {
  if (!needs(t, 'root', 'iter', 'kernel>=6.1')) return;
  const { stdout, stderr } = await runLive('iter:task { printf("%d\\n", ctx.task->tgid); }', { pid: process.pid });
  t.strictSame([...new Set(stdout.trim().split('\n'))], [String(process.pid)], stderr);
});

const wrong: [script: string, message: RegExp][] = [
  ['iter:no_such_thing { }', /iter no_such_thing not available for your kernel version\./],
  ['iter:bpf_map_elem { }', /iter bpf_map_elem walks over the elements of one map/],
  ['iter:task* { }', /iter probe type does not support wildcards/],
  ['iter:task { } begin { }', /iter probe must be the only probe of a script/],
  ['iter:task { printf("%s", kstack); }', /printf\(\) in iter probes can not print/],
];

t.test('what is wrong is told', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  for (const [script, message] of wrong) t.test(script, async (t) => t.match((await runLive(script)).stderr, message));
});
