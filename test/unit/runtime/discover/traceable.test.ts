import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseBlacklist, parseTraceable, TraceableFunctions } from '../../../../lib/runtime/discover/tracing/traceable.js';

const text = ['vfs_write', 'ext4_open [ext4]', '__ftrace_invalid_address___16', 'rcu_sched', 'vfs_read', 'twice', 'twice', 'default_idle', 'vfs_open.part.0',
  'twice [ext4]', 'aaa_last [aaa]', 'nokprobe', 'arch_cpu_idle', 'bpf_dispatcher_xdp_func', 'my_rcu_x', ''].join('\n');

t.test('wildcards match what can be probed by name, the kernel first', async (t) => {
  const names = parseTraceable(text, new Set(['nokprobe'])).map(({ module, name }) => `${module}:${name}`);
  t.strictSame(names, ['vmlinux:my_rcu_x', 'vmlinux:vfs_read', 'vmlinux:vfs_write', 'aaa:aaa_last', 'ext4:ext4_open', 'ext4:twice']);
});

t.test('what wildcards leave out is found by its name, also when they have been used', async (t) => {
  const functions = new TraceableFunctions({ path: () => undefined, text: () => text, blacklist: () => '0x1-0x2\tnokprobe\n' });
  const named = (): unknown[] => ['rcu_sched', 'vfs_open.part.0', 'nokprobe', 'twice', 'vfs_read', 'aaa_last', 'open'].map((name) => functions.match('*', name).map(({ module }) => module));
  const want = [['vmlinux'], ['vmlinux'], ['vmlinux'], ['ext4'], ['vmlinux'], ['aaa'], []];
  t.strictSame(named(), want);
  t.strictSame(functions.match('*', 'vfs_*').map(({ name }) => name), ['vfs_read', 'vfs_write']);
  t.strictSame(named(), want);
});

t.test('the blacklist names functions behind address ranges', async (t) => {
  t.strictSame(parseBlacklist('0xffffffff81000000-0xffffffff81000010\tasm_exc\n0x1-0x2\tb\n'), new Set(['asm_exc', 'b']));
});

const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** A list that is larger than one read, with names that are parts of others. */
function largeList(): string {
  const path = join(folder, 'functions');
  const lines = Array.from({ length: 20_000 }, (_, i) => `function_${i}_tail`);
  writeFileSync(path, ['first', ...lines, 'in_module [m]', 'last'].join('\n') + '\n');
  return path;
}

t.test('a single name is found by reading the file', async (t) => {
  const path = largeList();
  const functions = new TraceableFunctions({ path: () => path, text: () => t.fail('the whole list was read') ? '' : '', blacklist: () => '' });
  for (const name of ['first', 'function_0_tail', 'function_9999_tail', 'function_19999_tail', 'in_module', 'last']) t.ok(functions.has(name), name);
  for (const name of ['firs', 'function_0', 'tail', 'module', 'last_', 'm']) t.notOk(functions.has(name), name);
  t.strictSame(functions.match('vmlinux', 'last'), [{ module: 'vmlinux', name: 'last' }]);
});

t.test('no function has an empty name', async (t) => {
  const functions = new TraceableFunctions({ path: () => undefined, text: () => text, blacklist: () => '' });
  t.strictSame(functions.match('*', ''), []);
});

t.test('a last line without line break counts', async (t) => {
  const path = join(folder, 'short');
  writeFileSync(path, 'one\ntwo');
  const functions = new TraceableFunctions({ path: () => path, text: () => '', blacklist: () => '' });
  t.ok(functions.has('two'));
  t.notOk(functions.has('tw'));
});

t.test('without a file nothing is traceable', async (t) => {
  const functions = new TraceableFunctions({ path: () => undefined, text: () => '', blacklist: () => '' });
  t.notOk(functions.has('vfs_read'));
  t.strictSame(functions.match('*', '*'), []);
});
