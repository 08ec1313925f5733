import t from 'tap';
import { R0, R1, R2, R3, R4, R5, R6, R10 } from '../../../lib/model/bpf/registers.js';
import type { HelperName } from '../../../lib/model/bpf/uapi.js';
import { helper } from '../../../lib/model/bpf/uapi.js';
import type { Environment, RunOptions } from '../../../lib/sim/index.js';
import { GARBAGE, helperByName } from '../../../lib/sim/index.js';
import type { Build } from './support.js';
import { ascii, faults, machineOf, map, retval, run, u64 } from './support.js';

/** Calls a helper without arguments. */
const bare = (name: HelperName): Build => (asm) => asm.call(helper[name]).exit();

const environment: Environment = {
  now: () => 5_000_000_123n, random: () => -1, numaNode: (cpu) => cpu + 10,
  task: { pid: 11, tgid: 10, uid: 7, gid: 8, cgroupId: 99n, taskStruct: 0xffff888100000000n },
};
const facts: [name: HelperName, want: bigint, options?: RunOptions][] = [
  ['get_current_pid_tgid', (10n << 32n) | 11n],
  ['get_current_pid_tgid', (10n << 32n) | 12n, { task: { pid: 12 } }],
  ['get_current_uid_gid', (8n << 32n) | 7n],
  ['get_current_task', 0xffff888100000000n],
  ['get_current_task_btf', 0xffff888100000000n],
  ['get_current_cgroup_id', 99n],
  ['get_smp_processor_id', 3n, { cpu: 3 }],
  ['get_numa_node_id', 13n, { cpu: 3 }],
  ['get_prandom_u32', 0xffffffffn],
  ['ktime_get_ns', 5_000_000_123n],
  ['ktime_get_boot_ns', 5_000_000_123n],
  ['ktime_get_tai_ns', 1_704_067_242_000_000_123n],
  ['ktime_get_coarse_ns', 5_000_000_000n],
  ['jiffies64', 0xfffb6c20n + 1250n],
];
for (const [name, want, options] of facts) {
  t.test(`${name} ${want}`, async (t) => { t.equal(retval(bare(name), { environment }, options), want); });
}

t.test('clocks and random numbers by default', async (t) => {
  const machine = machineOf(bare('ktime_get_ns'));
  const first = machine.run('main').retval;
  t.equal(machine.run('main').retval, first, 'time stands still');
  machine.bootNs += 5n;
  t.equal(machine.run('main').retval, first + 5n);
  t.equal(retval(bare('ktime_get_boot_ns'), { environment: { clocks: { boot: () => 1n } } }), 1n);
  const dice = machineOf(bare('get_prandom_u32'));
  const rolls = [1, 2, 3].map(() => dice.run('main').retval);
  t.equal(new Set(rolls).size, 3);
  const again = machineOf(bare('get_prandom_u32'));
  t.same([1, 2, 3].map(() => again.run('main').retval), rolls, 'the sequence is fixed');
});

t.test('every helper of the table has its number and a unique name', async (t) => {
  for (const [name, record] of helperByName) {
    t.equal(record.name, name);
    t.ok(helper[name] > 0, name);
  }
});

/** Runs a helper on a buffer of `size` bytes of a map and answers r0 and the buffer. `set` puts r2 and so on; r1 is the buffer. */
function withBuffer(name: HelperName, size: number, set: Build, env: Environment = environment, options: RunOptions = {}): { r0: bigint; bytes: Uint8Array } {
  const machine = machineOf((asm) => { asm.mov64(R6, R1).loadMapValue(R1, 'buffer', 0); set(asm); asm.call(helper[name]).exit(); }, { maps: [map('buffer', 'array', 4, size, 1)], environment: env });
  machine.keyedMap('buffer').update(new Uint8Array(4), new Uint8Array(size).fill(0xee));
  const r0 = BigInt.asIntN(64, machine.run('main', options).retval);
  return { r0, bytes: machine.keyedMap('buffer').lookup(new Uint8Array(4))! };
}

t.test('get_current_comm is padded with NUL', async (t) => {
  const task = (comm: string): RunOptions => ({ task: { comm } });
  t.same(withBuffer('get_current_comm', 16, (asm) => asm.mov64(R2, 16), environment, task('bash')), { r0: 0n, bytes: ascii('bash', 16) });
  t.same(withBuffer('get_current_comm', 16, (asm) => asm.mov64(R2, 16), environment, task('a name longer than 15')).bytes, ascii('a name longer t', 16));
  t.same(withBuffer('get_current_comm', 4, (asm) => asm.mov64(R2, 4), environment, task('bash')).bytes, ascii('bas', 4));
  faults(t, () => withBuffer('get_current_comm', 4, (asm) => asm.mov64(R2, 0)), /get_current_comm: size in r2 is 0/);
  faults(t, () => withBuffer('get_current_comm', 4, (asm) => asm.mov64(R2, 5)), /r1 needs 5 bytes at offset 0 of map_value buffer, which has 4/);
  faults(t, () => withBuffer('get_current_comm', 4, (asm) => asm.mov64(R2, -1)), /size in r2 is -1 \(unbounded or negative\)/);
});

const KERNEL = 0xffff888000001000n;
const USER = 0x7f0000001000n;
const memory: Environment = {
  memory: [
    { address: KERNEL, bytes: ascii('kernel text\0', 32), space: 'kernel' },
    { address: USER, bytes: ascii('user text\0more', 14), space: 'user', writable: true },
    { address: 0x7f0000002000n, bytes: ascii('fixed\0', 8), space: 'user' },
  ],
};
const EFAULT = -14n;
const reads: [name: HelperName, address: bigint, size: number, r0: bigint, text: string][] = [
  ['probe_read_kernel', KERNEL, 6, 0n, 'kernel'],
  ['probe_read_kernel', KERNEL + 7n, 4, 0n, 'text'],
  ['probe_read_kernel', USER, 4, EFAULT, '\0\0\0\0'],
  ['probe_read_kernel', 0n, 4, EFAULT, '\0\0\0\0'],
  ['probe_read_kernel', KERNEL + 30n, 4, EFAULT, '\0\0\0\0'],
  ['probe_read_user', USER, 4, 0n, 'user'],
  ['probe_read_user', KERNEL, 4, EFAULT, '\0\0\0\0'],
  ['probe_read_user', USER + 13n, 2, EFAULT, '\0\0'],
  ['probe_read', USER, 4, 0n, 'user'],
  ['probe_read', KERNEL, 4, 0n, 'kern'],
  ['copy_from_user', USER, 4, 0n, 'user'],
  ['probe_read_kernel_str', KERNEL, 32, 12n, 'kernel text\0'],
  ['probe_read_kernel_str', KERNEL, 4, 4n, 'ker\0'],
  ['probe_read_kernel_str', KERNEL, 1, 1n, '\0'],
  ['probe_read_kernel_str', USER, 4, EFAULT, '\0\0\0\0'],
  ['probe_read_user_str', USER, 32, 10n, 'user text\0'],
  ['probe_read_user_str', USER, 5, 5n, 'user\0'],
  ['probe_read_user_str', USER + 10n, 8, EFAULT, '\0\0\0\0\0\0\0\0'],
  ['probe_read_user_str', 0x7f0000000000n, 4, EFAULT, '\0\0\0\0'],
  ['probe_read_str', USER, 32, 10n, 'user text\0'],
  ['probe_read_str', KERNEL, 32, 12n, 'kernel text\0'],
];
for (const [name, address, size, r0, text] of reads) {
  t.test(`${name} of ${size} bytes at 0x${address.toString(16)}`, async (t) => {
    const want = new Uint8Array(40).fill(0xee);
    want.set(ascii(text));
    t.same(withBuffer(name, 40, (asm) => asm.mov64(R2, size).loadImm64(R3, address), memory), { r0, bytes: want });
  });
}

t.test('nothing is read with size 0', async (t) => {
  for (const name of ['probe_read_kernel', 'probe_read_user_str'] as const) {
    t.same(withBuffer(name, 8, (asm) => asm.mov64(R2, 0).mov64(R3, 0), memory), { r0: 0n, bytes: new Uint8Array(8).fill(0xee) });
  }
});

t.test('probe_read_kernel reads the program\'s own memory and context', async (t) => {
  const build: Build = (asm) => asm.mov64(R3, R1).add64(R3, 8).mov64(R1, R10).add64(R1, -8).mov64(R2, 8).call(helper.probe_read_kernel).load(R0, R10, -8, 'u64').exit();
  t.equal(retval(build, {}, { context: u64(1, 2) }), 2n);
});

t.test('what a string helper leaves of its buffer is garbage, but may be passed on', async (t) => {
  const build: Build = (asm) => asm.mov64(R1, R10).add64(R1, -16).mov64(R2, 16).loadImm64(R3, USER).call(helper.probe_read_user_str).load(R0, R10, -1, 'u8').exit();
  t.equal(retval(build, { environment: memory }), BigInt(GARBAGE));
});

t.test('probe_write_user', async (t) => {
  const write = (address: bigint, size = 4): Build => (asm) => asm.store(R10, -8, 0x64636261, 'u64').loadImm64(R1, address).mov64(R2, R10).add64(R2, -8).mov64(R3, size).call(helper.probe_write_user).exit();
  const machine = machineOf(write(USER), { environment: { memory: [{ address: USER, bytes: ascii('user', 8), space: 'user', writable: true }] } });
  t.equal(machine.run('main').retval, 0n);
  const after = new Uint8Array(8);
  machine.memory.copy('user', USER, after);
  t.same(after, ascii('abcd', 8));
  for (const address of [KERNEL, 0x7f0000002000n, USER + 12n]) t.equal(BigInt.asIntN(64, retval(write(address), { environment: memory })), EFAULT, address.toString(16));
  faults(t, () => run(write(USER, 0)), /size in r3 is 0/);
});

t.test('get_ns_current_pid_tgid', async (t) => {
  const namespace = { dev: 4n, ino: 0xf0000000n, pid: 3, tgid: 2 };
  const ask = (dev: number, ino: bigint, size: number): Build => (asm) => asm.mov64(R3, R1).mov64(R1, dev).loadImm64(R2, ino).mov64(R4, size);
  const env = { ...environment, task: { namespace } };
  t.same(withBuffer('get_ns_current_pid_tgid', 8, ask(4, 0xf0000000n, 8), env), { r0: 0n, bytes: u64((2n << 32n) | 3n) });
  t.same(withBuffer('get_ns_current_pid_tgid', 8, ask(5, 0xf0000000n, 8), env), { r0: -22n, bytes: u64(0) });
  t.same(withBuffer('get_ns_current_pid_tgid', 8, ask(4, 1n, 8), env), { r0: -22n, bytes: u64(0) });
  t.same(withBuffer('get_ns_current_pid_tgid', 16, ask(4, 0xf0000000n, 16), env).r0, -22n);
  t.same(withBuffer('get_ns_current_pid_tgid', 8, ask(4, 0xf0000000n, 8)).r0, -22n, 'a task outside any');
});

const strings: [left: string, size: number, right: string, want: bigint][] = [
  ['abc', 4, 'abc', 0n], ['abc', 4, 'abd', -1n], ['abd', 4, 'abc', 1n], ['ab', 4, 'abc', -1n], ['abc', 2, 'abd', 0n], ['abc\0x', 6, 'abc\0y', 0n],
];
for (const [left, size, right, want] of strings) {
  t.test(`strncmp of ${JSON.stringify(left)} and ${JSON.stringify(right)}, ${size}`, async (t) => {
    const machine = machineOf((asm) => asm.loadMapValue(R1, 'left', 0).mov64(R2, size).loadMapValue(R3, '.rodata', 2).call(helper.strncmp).exit(), {
      maps: [map('left', 'array', 4, 8, 1)], rodata: ascii(`--${right}\0`),
    });
    machine.keyedMap('left').update(new Uint8Array(4), ascii(left, 8));
    t.equal(BigInt.asIntN(64, machine.run('main').retval), want);
  });
}
t.test('strncmp takes its second string only from read-only maps', async (t) => {
  const maps = [map('left', 'array', 4, 8, 1)];
  faults(t, () => run((asm) => asm.loadMapValue(R1, 'left', 0).mov64(R2, 4).loadMapValue(R3, 'left', 0).call(helper.strncmp).exit(), { maps }), /r3 is not in a read-only map/);
  faults(t, () => run((asm) => asm.loadMapValue(R1, 'left', 0).mov64(R2, 4).loadMapValue(R3, '.rodata', 0).call(helper.strncmp).exit(), { maps, rodata: ascii('ab') }), /no NUL/);
});

const formats: [format: string, args: bigint[], want: string | bigint][] = [
  ['plain', [], 'plain'],
  ['%d %u %x', [-1n, -1n, 255n], '-1 4294967295 ff'],
  ['%ld %lu %llx', [-1n, -1n, -1n], '-1 18446744073709551615 ffffffffffffffff'],
  ['%5d|%-5d|%05d|%+d', [42n, 42n, -42n, 42n], '   42|42   |-0042|+42'],
  ['%#x %X %c%%', [255n, 255n, 65n], '0xff FF A%'],
  ['%s', [KERNEL], 'kernel text'],
  ['%pks %pus', [KERNEL, USER], 'kernel text user text'],
  ['%20s|', [KERNEL], '         kernel text|'],
  ['%px', [0xabcn], '0000000000000abc'],
  ['%ps', [0x10n], 'sym_10'],
  ['%f', [1n], -22n],
  ['%d', [], -22n],
];
for (const [format, args, want] of formats) {
  t.test(`snprintf ${JSON.stringify(format)}`, async (t) => {
    const env: Environment = { ...memory, symbolize: (address) => `sym_${address.toString(16)}` };
    const machine = machineOf((asm) => {
      args.forEach((arg, i) => asm.loadImm64(R1, arg).store(R10, i * 8 - 64, R1, 'u64'));
      asm.loadMapValue(R1, 'out', 0).mov64(R2, 40).loadMapValue(R3, '.rodata', 0).mov64(R4, R10).add64(R4, -64).mov64(R5, args.length * 8).call(helper.snprintf).exit();
    }, { maps: [map('out', 'array', 4, 40, 1)], rodata: ascii(`${format}\0`), environment: env });
    const r0 = BigInt.asIntN(64, machine.run('main').retval);
    if (typeof want === 'bigint') t.equal(r0, want);
    else {
      t.equal(r0, BigInt(want.length + 1));
      t.same(machine.keyedMap('out').lookup(new Uint8Array(4)), ascii(want.slice(0, 39), 40));
    }
  });
}
t.test('snprintf cuts to the buffer and tells the length it wanted', async (t) => {
  const build: Build = (asm) => asm.mov64(R1, R10).add64(R1, -8).mov64(R2, 4).loadMapValue(R3, '.rodata', 0).mov64(R4, 0).mov64(R5, 0).call(helper.snprintf)
    .load(R1, R10, -8, 'u32').lsh64(R0, 32).or64(R0, R1).exit();
  t.equal(retval(build, { rodata: ascii('abcdef\0') }), (7n << 32n) | 0x636261n);
});

t.test('trace_printk, seq_printf and seq_write are recorded', async (t) => {
  const maps = [map('fmt', 'array', 4, 8, 1)];
  const machine = machineOf((asm) => asm
    .loadMapValue(R1, 'fmt', 0).mov64(R2, 8).mov64(R3, 7).mov64(R4, 8).call(helper.trace_printk).mov64(R6, R0)
    .store(R10, -8, 9, 'u64').store(R10, -16, 10, 'u64')
    .mov64(R1, 0).loadMapValue(R2, 'fmt', 0).mov64(R3, 8).mov64(R4, R10).add64(R4, -16).mov64(R5, 16).call(helper.seq_printf)
    .mov64(R1, 0).loadMapValue(R2, 'fmt', 0).mov64(R3, 2).call(helper.seq_write).mov64(R0, R6).exit(), { maps });
  machine.keyedMap('fmt').update(new Uint8Array(4), ascii('%d, %d!', 8));
  t.equal(machine.run('main').retval, 5n);
  t.same(machine.tracePipe, ['7, 8!']);
  t.same(machine.seqOutput.map((piece) => Buffer.from(piece).toString()), ['10, 9!', '%d']);
  t.equal(BigInt.asIntN(64, retval((asm) => asm.store(R10, -8, 0x41, 'u8').mov64(R1, R10).add64(R1, -8).mov64(R2, 1).call(helper.trace_printk).exit())), -22n, 'a format without NUL');
});

t.test('signals and overrides are recorded', async (t) => {
  const machine = machineOf((asm) => asm.mov64(R6, R1).mov64(R1, 9).call(helper.send_signal).mov64(R1, 10).call(helper.send_signal_thread)
    .mov64(R1, R6).mov64(R2, -12).call(helper.override_return).mov64(R1, 65).call(helper.send_signal).exit(), { environment });
  t.equal(BigInt.asIntN(64, machine.run('main').retval), -22n);
  t.same(machine.signals, [{ pid: 11, tgid: 10, signal: 9, scope: 'process' }, { pid: 11, tgid: 10, signal: 10, scope: 'thread' }]);
  t.same(machine.overrides, [0xfffffffffffffff4n]);
});

t.test('facts about the traced function', async (t) => {
  const ask = (name: HelperName): Build => (asm) => asm.call(helper[name]).exit();
  const options = { context: u64(5, 6, 7), argumentCount: 2, cookie: 77n, functionIp: 0xffffffff81000000n };
  t.equal(retval(ask('get_func_ip'), {}, options), 0xffffffff81000000n);
  t.equal(retval(ask('get_attach_cookie'), {}, options), 77n);
  t.equal(retval(ask('get_func_arg_cnt'), {}, options), 2n);
  const arg = (index: number): Build => (asm) => asm.mov64(R2, index).mov64(R3, R10).add64(R3, -8).call(helper.get_func_arg).load(R1, R10, -8, 'u64').lsh64(R0, 32).or64(R0, R1).exit();
  t.equal(retval(arg(1), {}, options), 6n);
  const refused: Build = (asm) => asm.mov64(R2, 2).mov64(R3, R10).add64(R3, -8).call(helper.get_func_arg).exit();
  t.equal(BigInt.asIntN(64, retval(refused, {}, options)), -22n);
  t.equal(retval((asm) => asm.mov64(R2, R10).add64(R2, -8).call(helper.get_func_ret).load(R0, R10, -8, 'u64').exit(), {}, options), 7n);
  faults(t, () => run((asm) => asm.add64(R1, 8).call(helper.get_func_ip).exit()), /get_func_ip: r1 is not the context/);
});

t.test('loop', async (t) => {
  const body: Build = (asm) => {
    const stop = asm.label('stop');
    asm.load(R3, R2, 0, 'u64').add64(R3, R1).store(R2, 0, R3, 'u64').jumpIf(R1, '==', 4, stop).mov64(R0, 0).exit().place(stop).mov64(R0, 1).exit();
  };
  const loop: Build = (asm) => asm.load(R6, R1, 0, 'u64').store(R10, -8, 0, 'u64').mov64(R4, 0).load(R4, R1, 8, 'u64').mov64(R1, R6).loadFunction(R2, 'body').mov64(R3, R10).add64(R3, -8)
    .call(helper.loop).load(R1, R10, -8, 'u64').lsh64(R0, 32).or64(R0, R1).exit();
  const machine = machineOf(loop, { subprograms: { body } });
  t.equal(machine.run('main', { context: u64(3, 0) }).retval, (3n << 32n) | 3n);
  t.equal(machine.run('main', { context: u64(100, 0) }).retval, (5n << 32n) | 10n);
  t.equal(machine.run('main', { context: u64(0, 0) }).retval, 0n);
  const only: Build = (asm) => asm.load(R6, R1, 0, 'u64').load(R4, R1, 8, 'u64').mov64(R1, R6).loadFunction(R2, 'body').mov64(R3, 0).call(helper.loop).exit();
  const bare = machineOf(only, { subprograms: { body } });
  t.equal(BigInt.asIntN(64, bare.run('main', { context: u64(3, 1) }).retval), -22n);
  t.equal(BigInt.asIntN(64, bare.run('main', { context: u64((1 << 23) + 1, 0) }).retval), -7n);
});
