import t from 'tap';
import type { Insn } from '../../../lib/model/bpf/insn.js';
import type { AtomicOp, MemorySize } from '../../../lib/model/bpf/opcodes.js';
import { R0, R1, R2, R3, R6, R10 } from '../../../lib/model/bpf/registers.js';
import { helper } from '../../../lib/model/bpf/uapi.js';
import { Machine } from '../../../lib/sim/index.js';
import type { Build } from './support.js';
import { faults, key4, machineOf, map, objectOf, retval, u64, words } from './support.js';

const VALUE = 0x8182838485868788n;

const sizes: [size: MemorySize, want: bigint][] = [['u8', 0x88n], ['u16', 0x8788n], ['u32', 0x85868788n], ['u64', VALUE]];
for (const [size, want] of sizes) {
  t.test(`store and load ${size} on the stack`, async (t) => {
    t.equal(retval((asm) => asm.store(R10, -8, 0, 'u64').loadImm64(R1, VALUE).store(R10, -8, R1, size).load(R0, R10, -8, 'u64').exit()), want);
    t.equal(retval((asm) => asm.loadImm64(R1, VALUE).store(R10, -16, R1, 'u64').load(R0, R10, -16, size).exit()), want);
    t.equal(retval((asm) => asm.store(R10, -8, 0, 'u64').store(R10, -8, -1, size).load(R0, R10, -8, size).exit()), BigInt.asUintN({ u8: 8, u16: 16, u32: 32, u64: 64 }[size], -1n));
  });
}

t.test('an immediate is sign-extended when stored', async (t) => {
  t.equal(retval((asm) => asm.store(R10, -8, -2, 'u64').load(R0, R10, -8, 'u64').exit()), 0xfffffffffffffffen);
});

const signed: [opcode: number, want: bigint][] = [[0x91, -0x78n], [0x89, -0x7878n], [0x81, -0x7a797878n]];
for (const [opcode, want] of signed) {
  t.test(`sign-extending load 0x${opcode.toString(16)}`, async (t) => {
    const insns: Insn[] = [
      { opcode: 0x18, dst: 1, src: 0, off: 0, imm: VALUE },
      { opcode: 0x7b, dst: 10, src: 1, off: -8, imm: 0 },
      { opcode, dst: 0, src: 10, off: -8, imm: 0 },
      { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
    ];
    t.equal(retval(insns), BigInt.asUintN(64, want));
  });
}

/** memory before, operand, r0 before; memory after, src after, r0 after */
const atomics: [op: AtomicOp, size: 'u32' | 'u64', fetch: boolean, before: bigint, operand: bigint, r0: bigint, memory: bigint, src: bigint, r0After: bigint][] = [
  ['add', 'u64', false, 5n, 3n, 9n, 8n, 3n, 9n],
  ['add', 'u64', true, -1n, 3n, 9n, 2n, -1n, 9n],
  ['add', 'u32', false, 0x7_ffff_ffffn, 1n, 9n, 0x7_0000_0000n, 1n, 9n],
  ['add', 'u32', true, 0x7_ffff_ffffn, 1n, 9n, 0x7_0000_0000n, 0xffff_ffffn, 9n],
  ['or', 'u64', true, 0xf0n, 0x0fn, 9n, 0xffn, 0xf0n, 9n],
  ['and', 'u64', true, 0xf0n, 0x3cn, 9n, 0x30n, 0xf0n, 9n],
  ['xor', 'u32', true, 0x1_0000_00ffn, 0x0fn, 9n, 0x1_0000_00f0n, 0xffn, 9n],
  ['xchg', 'u64', true, 1n, -2n, 9n, -2n, 1n, 9n],
  ['xchg', 'u32', true, 0x1_0000_0002n, -1n, 9n, 0x1_ffff_ffffn, 2n, 9n],
  ['cmpxchg', 'u64', true, 7n, 8n, 7n, 8n, 8n, 7n],
  ['cmpxchg', 'u64', true, 7n, 8n, 6n, 7n, 8n, 7n],
  ['cmpxchg', 'u32', true, 0x5_0000_0007n, 8n, 0x9_0000_0007n, 0x5_0000_0008n, 8n, 7n],
];
for (const [op, size, fetch, before, operand, r0, memory, src, r0After] of atomics) {
  t.test(`atomic ${op} ${size}${fetch ? ' with fetch' : ''}: ${before}, ${operand}, r0 ${r0}`, async (t) => {
    const machine = machineOf((asm) => asm
      .loadMapValue(R6, 'out', 0).loadImm64(R1, before).store(R10, -8, R1, 'u64').loadImm64(R2, operand).loadImm64(R0, r0)
      .atomic(op, R10, -8, R2, size, fetch)
      .load(R1, R10, -8, 'u64').store(R6, 0, R1, 'u64').store(R6, 8, R2, 'u64').store(R6, 16, R0, 'u64').mov64(R0, 0).exit(),
    { maps: [map('out', 'array', 4, 24, 1)] });
    machine.run('main');
    t.same(words(machine.keyedMap('out').lookup(new Uint8Array(4))!), [memory, src, r0After].map((word) => BigInt.asUintN(64, word)));
  });
}

t.test('an atomic without meaning', async (t) => {
  faults(t, () => machineOf([{ opcode: 0xdb, dst: 10, src: 1, off: -8, imm: 0x20 }, { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 }]), /atomic operation 0x20 does not exist/);
});

const maps = [map('h', 'hash', 4, 8, 4), map('one', 'array', 4, 16, 1), map('fixed', 'array', 4, 8, 1, 128), map('ring', 'ringbuf', 0, 0, 4096)];
const lookup: Build = (asm) => key4(asm, 1).loadMap(R1, 'h').call(helper.map_lookup_elem);
const memoryFaults: [title: string, build: Build, reason: RegExp][] = [
  ['NULL from a lookup', (asm) => { lookup(asm); asm.load(R0, R0, 0, 'u64').exit(); }, /NULL pointer dereference: load of 8 bytes at 0x0/],
  ['an offset from NULL', (asm) => { lookup(asm); asm.store(R0, 8, 1, 'u32').mov64(R0, 0).exit(); }, /NULL pointer dereference: store of 4 bytes at 0x8/],
  ['before NULL', (asm) => { lookup(asm); asm.load(R0, R0, -8, 'u64').exit(); }, /NULL pointer dereference/],
  ['stack never written', (asm) => asm.load(R0, R10, -8, 'u64').exit(), /stack byte fp-8 of frame 0 is read but was never written/],
  ['stack partly written', (asm) => asm.store(R10, -8, 1, 'u32').load(R0, R10, -8, 'u64').exit(), /stack byte fp-4/],
  ['atomic on unwritten stack', (asm) => asm.mov64(R1, 1).atomicAdd(R10, -8, R1, 'u64').mov64(R0, 0).exit(), /fp-8 of frame 0 is read but was never written/],
  ['misaligned stack', (asm) => asm.store(R10, -12, 1, 'u64').mov64(R0, 0).exit(), /misaligned stack store of 8 bytes at frame 0 fp-12/],
  ['above the frame', (asm) => asm.store(R10, 0, 1, 'u64').mov64(R0, 0).exit(), /store of 8 bytes at fp\+0, outside the 512 bytes/],
  ['below the frame', (asm) => asm.mov64(R1, R10).mov64(R2, 520).sub64(R1, R2).store(R1, 0, 1, 'u64').mov64(R0, 0).exit(), /store of 8 bytes at fp-520/],
  ['behind a map value', (asm) => asm.loadMapValue(R1, 'one', 8).load(R0, R1, 8, 'u64').exit(), /load of 8 bytes at offset 16 of map_value one, which has 16 bytes/],
  ['before a map value', (asm) => asm.loadMapValue(R1, 'one', 8).load(R0, R1, -16, 'u64').exit(), /load of 8 bytes at offset -8 of map_value one/],
  ['misaligned atomic', (asm) => asm.loadMapValue(R1, 'one', 4).mov64(R2, 1).atomicAdd(R1, 0, R2, 'u64').mov64(R0, 0).exit(), /misaligned atomic of 8 bytes at offset 4 of map_value one/],
  ['writing a read-only map', (asm) => asm.loadMapValue(R1, 'fixed', 0).store(R1, 0, 1, 'u64').mov64(R0, 0).exit(), /map_value fixed, which is read-only/],
  ['writing .rodata', (asm) => asm.loadMapValue(R1, '.rodata', 0).store(R1, 0, 1, 'u8').mov64(R0, 0).exit(), /map_value \.rodata, which is read-only/],
  ['through a map handle', (asm) => asm.loadMap(R1, 'h').load(R0, R1, 0, 'u64').exit(), /load through a pointer to map h, which holds no data/],
  ['an integer as pointer', (asm) => asm.loadImm64(R1, 0x123456789an).load(R0, R1, 0, 'u64').exit(), /at 0x123456789a, which is no pointer the program may dereference/],
  ['a pointer cut to 32 bits', (asm) => asm.mov32(R1, R10).load(R0, R1, -8, 'u64').exit(), /no pointer the program may dereference/],
  ['kernel memory', (asm) => asm.loadImm64(R1, 0xffff888000000000n).load(R0, R1, 0, 'u64').exit(), /direct load of 8 bytes in kernel memory at 0xffff888000000000; only helpers/],
  ['user memory', (asm) => asm.loadImm64(R1, 0x7000n << 16n).store(R1, 0, 1, 'u64').exit(), /direct store of 8 bytes in user memory/],
  ['storing to loadable kernel memory', (asm) => asm.loadImm64(R1, 0xffff888100000000n).store(R1, 0, 1, 'u64').exit(), /direct store of 8 bytes in kernel memory/],
  ['behind loadable kernel memory', (asm) => asm.loadImm64(R1, 0xffff888100000000n).load(R0, R1, 4, 'u64').exit(), /load of 8 bytes at offset 4 of kernel memory/],
  ['writing the context', (asm) => asm.store(R1, 0, 1, 'u64').mov64(R0, 0).exit(), /store of 8 bytes in context of main, which is read-only/],
  ['behind the context', (asm) => asm.load(R0, R1, 16, 'u64').exit(), /load of 8 bytes at offset 16 of context of main, which has 16 bytes/],
  ['misaligned context', (asm) => asm.load(R0, R1, 4, 'u64').exit(), /misaligned context load of 8 bytes at offset 4/],
  ['changed context pointer', (asm) => asm.add64(R1, 8).load(R0, R1, 0, 'u64').exit(), /context is read through a changed pointer \(start \+ 8\)/],
  ['a submitted record', (asm) => {
    asm.loadMap(R1, 'ring').mov64(R2, 8).mov64(R3, 0).call(helper.ringbuf_reserve).mov64(R6, R0).mov64(R1, R0).mov64(R2, 0).call(helper.ringbuf_submit)
      .store(R6, 0, 1, 'u64').mov64(R0, 0).exit();
  }, /store of 8 bytes in record of ring, which is gone/],
  ['storing an unset register', (asm) => asm.store(R10, -8, R3, 'u64').mov64(R0, 0).exit(), /r3 is read but was never written/],
];
for (const [title, build, reason] of memoryFaults) {
  t.test(`fault: ${title}`, async (t) => {
    const machine = new Machine(objectOf(build, { maps, rodata: Uint8Array.of(1, 2) }), {
      memory: [
        { address: 0xffff888000000000n, bytes: u64(1), space: 'kernel' },
        { address: 0x70000000n, bytes: u64(2), space: 'user', writable: true },
        { address: 0xffff888100000000n, bytes: u64(3), space: 'kernel', loadable: true },
      ],
    });
    faults(t, () => machine.run('main', { context: u64(1, 2) }), reason);
  });
}

t.test('stack and context of one run do not survive into the next', async (t) => {
  const machine = machineOf((asm) => {
    const skip = asm.label('skip');
    asm.load(R2, R1, 0, 'u64').mov64(R0, 0).jumpIf(R2, '==', 0, skip).store(R10, -8, R2, 'u64').place(skip).load(R0, R10, -8, 'u64').exit();
  });
  t.equal(machine.run('main', { context: u64(5) }).retval, 5n);
  faults(t, () => machine.run('main', { context: u64(0) }), /never written/);
  t.equal(machine.run('main', { context: u64(6) }).retval, 6n);
});

t.test('the first 8 bytes of a tracepoint context are hidden', async (t) => {
  const build: Build = (asm) => asm.load(R0, R1, 0, 'u32').exit();
  faults(t, () => machineOf(build, { section: 'tracepoint/sched/sched_switch' }).run('main', { context: u64(1, 2) }), /invalid bpf_context access off=0 size=4/);
  t.equal(retval((asm) => asm.load(R0, R1, 8, 'u32').exit(), { section: 'tp/sched/sched_switch' }, { context: u64(1, 2) }), 2n);
  t.equal(retval(build, {}, { context: u64(1, 2) }), 1n);
});

t.test('unaligned access to map values is allowed, constants and values can be read', async (t) => {
  t.equal(retval((asm) => asm.loadMapValue(R1, 'one', 0).store(R1, 3, 0x01020304, 'u32').load(R0, R1, 3, 'u32').exit(), { maps }), 0x01020304n);
  t.equal(retval((asm) => asm.loadMapValue(R1, '.rodata', 1).load(R0, R1, 0, 'u8').exit(), { rodata: Uint8Array.of(1, 200) }), 200n);
});

t.test('rodata can be set before the start', async (t) => {
  const machine = machineOf((asm) => asm.loadMapValue(R1, '.rodata', 1).load(R0, R1, 0, 'u8').exit(), { rodata: Uint8Array.of(1, 200) });
  machine.rodata[1] = 7;
  t.equal(machine.run('main').retval, 7n);
  t.equal(machine.object.rodata[1], 200);
});

t.test('kernel memory marked as loadable, as through BTF pointers', async (t) => {
  const environment = { memory: [{ address: 0xffff888100000000n, bytes: u64(42), space: 'kernel' as const, loadable: true }] };
  t.equal(retval((asm) => asm.loadImm64(R1, 0xffff888100000000n).load(R0, R1, 0, 'u64').exit(), { environment }), 42n);
});

t.test('references that can not be resolved', async (t) => {
  const end: Build = (asm) => asm.mov64(R0, 0).exit();
  faults(t, () => machineOf((asm) => end(asm.loadMap(R1, 'none'))), /there is no map none/);
  faults(t, () => machineOf((asm) => end(asm.loadMapValue(R1, 'none', 0))), /there is no map none/);
  faults(t, () => machineOf((asm) => end(asm.loadMapValue(R1, 'h', 0)), { maps }), /only from an array with one element/);
  faults(t, () => machineOf((asm) => end(asm.loadMapValue(R1, 'one', 16)), { maps }), /offset 16 is outside the 16 bytes of one/);
  faults(t, () => machineOf((asm) => end(asm.loadMapValue(R1, '.rodata', 0))), /offset 0 is outside the 0 bytes of \.rodata/);
  faults(t, () => machineOf((asm) => end(asm.loadFunction(R1, 'none'))), /there is no function none/);
});

t.test('placed memory', async (t) => {
  const { memory } = machineOf((asm) => asm.mov64(R0, 0).exit());
  memory.place(0x1000n, u64(1), 'user');
  faults(t, () => memory.place(0x1004n, u64(1), 'user'), /overlaps memory at 0x1000/);
  faults(t, () => memory.place(0x2000n, u64(1), 'kernel'), /kernel memory can't be at 0x2000/);
  faults(t, () => memory.place(0xffff800000000000n, u64(1), 'user'), /user memory can't be at/);
  faults(t, () => memory.place(0xffffc90000000000n, u64(1), 'kernel'), /inside the arena/);
  memory.place(0x1008n, u64(2), 'user');
  const both = new Uint8Array(16);
  t.ok(memory.copy('user', 0x1000n, both), 'a range over two neighbours');
  t.same(words(both), [1n, 2n]);
  memory.unplace(0x1008n);
  t.notOk(memory.copy('user', 0x1000n, both));
  faults(t, () => memory.unplace(0x1008n), /no memory was placed/);
});
