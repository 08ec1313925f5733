// What the command does when a probe cannot be attached, and with iterators.

import { readFileSync, rmSync } from 'node:fs';
import t from 'tap';
import { runCommand } from '../../helpers/command.js';
import { lacking, needs } from '../../helpers/needs.js';

/** No watchpoint can be at an odd address. */
const impossible = 'watchpoint:0x10000001:8:w { } ';

t.test('missing_probes=error', async (t) => {
  if (!needs(t, 'root', 'watchpoint')) return;
  const { stdout, stderr, status } = await runCommand(['-e', `BEGIN { printf("x\\n"); } ${impossible}`]);
  t.equal(stdout, '');
  t.match(stderr, /^[^\n]+\nERROR: Unable to attach probe: watchpoint:268435457:8:w\. If this is expected, set the 'missing_probes' config variable to 'warn'\.\n$/);
  t.equal(status, 255);
});

t.test('missing_probes=warn', async (t) => {
  if (!needs(t, 'root', 'watchpoint')) return;
  const { stdout, stderr, status } = await runCommand(['-e', `config = { missing_probes = "warn" } ${impossible} interval:ms:1 { printf("x\\n"); exit(); }`]);
  t.equal(stdout, 'x\n\n\n');
  t.match(stderr, /\nWARNING: Unable to attach probe: watchpoint:268435457:8:w\. Skipping\.\nAttached 1 probe\n$/);
  t.equal(status, 0);
});

t.test('missing_probes=ignore', async (t) => {
  if (!needs(t, 'root', 'watchpoint')) return;
  const { stderr } = await runCommand(['-e', `config = { missing_probes = "ignore" } ${impossible} interval:ms:1 { exit(); }`]);
  t.equal(stderr, 'Attached 1 probe\n');
});

t.test('nothing could be attached', async (t) => {
  if (!needs(t, 'root', 'watchpoint')) return;
  const { stderr, status } = await runCommand(['-e', `config = { missing_probes = "warn" } ${impossible}`]);
  t.match(stderr, /\nERROR: Attachment failed for all probes\.\n$/);
  t.equal(status, 255);
});

t.test('a kind that the kernel lacks', { skip: lacking('fentry') === undefined ? 'this kernel has fentry' : false }, async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  const { stderr, status } = await runCommand(['-e', 'fentry:vfs_read { }']);
  t.match(stderr, /^ERROR: fentry and fexit probes are not supported by this kernel\./m);
  t.equal(status, 255);
});

t.test('an iterator prints and ends', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const { stdout, status } = await runCommand(['-q', '-e', 'iter:task { printf("%d %s\\n", ctx.task.pid, ctx.task.comm); }']);
  t.match(stdout, new RegExp(`^${process.pid} `, 'm'));
  t.equal(status, 0);
});

t.test('a pinned iterator', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const name = `tbpf_test_${process.pid}`;
  const path = `/sys/fs/bpf/${name}`;
  t.teardown(() => rmSync(path, { force: true }));
  const run = (): ReturnType<typeof runCommand> => runCommand(['-q', '-e', `iter:task:${name} { printf("%d\\n", ctx.task.pid); }`]);
  const { stdout, status } = await run();
  t.equal(stdout, `Program pinned to ${path}\n`);
  t.equal(status, 0);
  t.match(readFileSync(path, 'utf8'), new RegExp(`^${process.pid}$`, 'm'));
  const again = await run();
  t.match(again.stderr, /^ERROR: Failed to pin iter probe link: /);
  t.equal(again.status, 255);
});
