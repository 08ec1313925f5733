// Helpers and kernel functions whose answers come from the environment, and loads as through BTF pointers.

import t from 'tap';
import { R0, R1, R2, R3, R4, R5, R10 } from '../../../lib/model/bpf/registers.js';
import { helper } from '../../../lib/model/bpf/uapi.js';
import type { Environment } from '../../../lib/sim/index.js';
import { errnoText } from '../../../lib/sim/index.js';
import type { Build } from './support.js';
import { ascii, faults, machineOf, map, retval, run, u32, u64 } from './support.js';

const errnoOf = (value: bigint): string => errnoText(Number(BigInt.asIntN(64, value)));
const out = [map('out', 'array', 4, 64, 1), map('events', 'perf_event_array', 4, 4, 0)];

t.test('loads through BTF pointers read zeros where there is nothing', async (t) => {
  const memory = [{ address: 0xffff888000000000n, bytes: u64(7), space: 'kernel' as const }];
  const load: Build = (asm) => asm.load(R1, R1, 0, 'u64').load(R0, R1, 4, 'u32').load(R1, R1, 0, 'u32').add64(R0, R1).exit();
  for (const [address, want] of [[0xffff888000000000n, 7n], [0n, 0n], [0xffff888000000004n, 0n]] as const) {
    t.equal(retval(load, { environment: { memory, btfLoads: true } }, { context: u64(address) }), want);
  }
  faults(t, () => run((asm) => asm.mov64(R1, 0).store(R1, 0, 1, 'u8').exit(), { environment: { btfLoads: true } }), /NULL pointer dereference/);
});

t.test('build ids', async (t) => {
  const buildId = Uint8Array.from({ length: 20 }, (_, i) => i);
  const environment: Environment = {
    stacks: { kernel: [1n], user: [0x1000n, 0x2000n] },
    buildIdOf: (address) => (address === 0x1000n ? { buildId, offset: 0x10n } : undefined),
  };
  const get = (size: number, flags: number): Build => (asm) => asm.loadMapValue(R2, 'out', 0).mov64(R3, size).mov64(R4, flags).call(helper.get_stack).exit();
  const machine = machineOf(get(64, 0x900), { maps: out, environment });
  t.equal(machine.run('main').retval, 64n);
  const bytes = machine.keyedMap('out').lookup(u32(0))!;
  t.same(bytes.subarray(0, 32), Buffer.concat([u32(1), buildId, u64(0x10)]));
  t.same(bytes.subarray(32), Buffer.concat([u32(2), new Uint8Array(20), u64(0x2000)]));
  t.equal(errnoOf(retval(get(64, 0x800), { maps: out, environment })), '-EINVAL', 'of kernel stacks there are none');
  t.equal(errnoOf(retval(get(48, 0x900), { maps: out, environment })), '-EINVAL');
});

t.test('d_path', async (t) => {
  const environment: Environment = { pathOf: (address) => (address === 0x50n ? '/etc/passwd' : undefined) };
  const ask = (address: number, size: number): Build => (asm) => asm.mov64(R1, address).loadMapValue(R2, 'out', 0).mov64(R3, size).call(helper.d_path).exit();
  const machine = machineOf(ask(0x50, 64), { maps: out, environment });
  t.equal(machine.run('main').retval, 12n);
  t.same(machine.keyedMap('out').lookup(u32(0)), ascii('/etc/passwd', 64));
  t.equal(errnoOf(retval(ask(0x50, 11), { maps: out, environment })), '-ENAMETOOLONG');
  t.equal(errnoOf(retval(ask(0x51, 64), { maps: out, environment })), '-EINVAL');
});

t.test('skb_output', async (t) => {
  const environment: Environment = { packetOf: (address) => (address === 0x50n ? ascii('packet') : undefined) };
  const send = (address: number, length: bigint): Build => (asm) => asm.store(R10, -8, 0x2a, 'u64')
    .mov64(R1, address).loadMap(R2, 'events').loadImm64(R3, (length << 32n) | 0xffffffffn).mov64(R4, R10).add64(R4, -8).mov64(R5, 8).call(helper.skb_output).exit();
  const machine = machineOf(send(0x50, 4n), { maps: out, environment });
  t.equal(machine.run('main', { cpu: 1 }).retval, 0n);
  const [sample] = machine.perfEventArray('events').drain();
  t.equal(sample!.cpu, 1);
  t.same(sample!.bytes, Buffer.concat([u64(0x2a), ascii('pack')]));
  t.equal(errnoOf(retval(send(0x50, 7n), { maps: out, environment })), '-EFAULT', 'longer than the packet');
  t.equal(errnoOf(retval(send(0x51, 0n), { maps: out, environment })), '-EFAULT');
});

t.test('per-CPU variables', async (t) => {
  const environment: Environment = { cpus: 2, perCpuOffset: (cpu) => BigInt(cpu) * 0x1000n };
  t.equal(retval((asm) => asm.mov64(R1, 0x10).call(helper.this_cpu_ptr).exit(), { environment }, { cpu: 1 }), 0x1010n);
  t.equal(retval((asm) => asm.mov64(R1, 0x10).mov64(R2, 1).call(helper.per_cpu_ptr).exit(), { environment }), 0x1010n);
  t.equal(retval((asm) => asm.mov64(R1, 0x10).mov64(R2, 2).call(helper.per_cpu_ptr).exit(), { environment }), 0n, 'no such CPU');
});

t.test('bpf_map_sum_elem_count', async (t) => {
  const count: Build = (asm) => asm.callKfunc('bpf_rcu_read_lock').loadMap(R1, 'm').callKfunc('bpf_map_sum_elem_count').exit();
  const machine = machineOf(count, { maps: [map('m', 'percpu_hash', 4, 8, 8)], environment: { cpus: 1 } });
  machine.keyedMap('m').update(u32(1), u64(1));
  machine.keyedMap('m').update(u32(2), u64(1));
  t.equal(machine.run('main').retval, 2n);
  t.equal(retval(count, { maps: [map('m', 'array', 4, 8, 8)] }), 0n, 'arrays do not count');
  t.equal(retval(count, { maps: [map('m', 'array', 4, 8, 8)], environment: { kfuncs: { bpf_map_sum_elem_count: () => -1n } } }), 0xffffffffffffffffn, 'the environment decides');
});
