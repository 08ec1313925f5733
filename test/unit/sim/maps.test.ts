import t from 'tap';
import type { MapTypeName } from '../../../lib/model/bpf/object-spec.js';
import { R0, R1, R2, R3, R4, R6, R10 } from '../../../lib/model/bpf/registers.js';
import { helper } from '../../../lib/model/bpf/uapi.js';
import { errnoText, Machine } from '../../../lib/sim/index.js';
import type { Build } from './support.js';
import { assemble, faults, key4, machineOf, map, objectOf, run, u32, u64, words } from './support.js';

/** Updates the element with key context[0] to context[1], flags context[2]; answers r0. */
const update: Build = (asm) => asm.mov64(R6, R1)
  .load(R1, R6, 0, 'u32').store(R10, -4, R1, 'u32').load(R1, R6, 8, 'u64').store(R10, -16, R1, 'u64')
  .loadMap(R1, 'm').mov64(R2, R10).add64(R2, -4).mov64(R3, R10).add64(R3, -16).load(R4, R6, 16, 'u64').call(helper.map_update_elem).exit();
const remove: Build = (asm) => asm.load(R1, R1, 0, 'u32').store(R10, -4, R1, 'u32').mov64(R2, R10).add64(R2, -4).loadMap(R1, 'm').call(helper.map_delete_elem).exit();
/** Adds context[1] to the element in place; answers 1 when it is missing. */
const add: Build = (asm) => {
  const missing = asm.label('missing');
  asm.mov64(R6, R1).load(R1, R6, 0, 'u32').store(R10, -4, R1, 'u32').mov64(R2, R10).add64(R2, -4).loadMap(R1, 'm').call(helper.map_lookup_elem)
    .jumpIf(R0, '==', 0, missing).load(R1, R6, 8, 'u64').atomicAdd(R0, 0, R1, 'u64').mov64(R0, 0).exit().place(missing).mov64(R0, 1).exit();
};

class Fixture {
  private readonly machine: Machine;

  constructor(type: MapTypeName, maxEntries: number) {
    const object = objectOf(update, { maps: [map('m', type, 4, 8, maxEntries)] });
    const more = Object.entries({ remove, add }).map(([name, build]) => ({ ...object.programs[0]!, name, insns: assemble(build) }));
    this.machine = new Machine({ ...object, programs: [...object.programs, ...more] }, { cpus: 2 });
  }

  get map(): ReturnType<Machine['keyedMap']> {
    return this.machine.keyedMap('m');
  }

  update(key: number, value: number, flags = 0, cpu = 0): string {
    return errnoText(Number(BigInt.asIntN(64, this.machine.run('main', { cpu, context: u64(key, value, flags) }).retval)));
  }

  remove(key: number): string {
    return errnoText(Number(BigInt.asIntN(64, this.machine.run('remove', { context: u64(key) }).retval)));
  }

  add(key: number, value: number, cpu = 0): boolean {
    return this.machine.run('add', { cpu, context: u64(key, value) }).retval === 0n;
  }

  lookup(key: number): bigint[] | undefined {
    const bytes = this.map.lookup(u32(key));
    return bytes && words(bytes);
  }

  keys(): number[] {
    return this.map.entries().map(([key]) => new DataView(key.buffer).getUint32(0, true));
  }
}

for (const type of ['hash', 'percpu_hash'] as const) {
  t.test(`${type}: flags and errors`, async (t) => {
    const m = new Fixture(type, 2);
    t.equal(m.update(1, 10, 2), '-ENOENT', 'BPF_EXIST without element');
    t.equal(m.update(1, 10, 1), '0', 'BPF_NOEXIST without element');
    t.equal(m.update(1, 11, 1), '-EEXIST');
    t.equal(m.update(1, 12, 2), '0');
    t.equal(m.lookup(1)![0], 12n);
    t.equal(m.update(1, 13, 3), '-EINVAL');
    t.equal(m.update(2, 20), '0');
    t.equal(m.update(3, 30), '-E2BIG');
    t.equal(m.update(2, 21), '0', 'a full map can be updated');
    t.equal(m.remove(3), '-ENOENT');
    t.equal(m.remove(1), '0');
    t.equal(m.lookup(1), undefined);
    t.same(m.keys(), [2]);
    t.equal(m.add(1, 1), false);
    t.equal(m.add(2, 4), true);
    t.equal(m.lookup(2)![0], 25n);
    m.map.clear();
    t.equal(m.map.size, 0);
  });
}

for (const type of ['array', 'percpu_array'] as const) {
  t.test(`${type}: elements always exist`, async (t) => {
    const m = new Fixture(type, 2);
    t.same(m.lookup(1), type === 'array' ? [0n] : [0n, 0n]);
    t.equal(m.lookup(2), undefined);
    t.equal(m.update(1, 10, 1), '-EEXIST');
    t.equal(m.update(1, 10, 3), '-EINVAL');
    t.equal(m.update(2, 10), '-E2BIG');
    t.equal(m.update(1, 10, 2), '0');
    t.equal(m.remove(1), '-EINVAL');
    t.equal(m.add(1, 5), true);
    t.equal(m.add(2, 5), false);
    t.equal(m.lookup(1)![0], 15n);
    t.same(m.keys(), [0, 1]);
    m.map.clear();
    t.equal(m.lookup(1)![0], 0n);
  });
}

t.test('per-CPU values', async (t) => {
  for (const type of ['percpu_hash', 'percpu_array', 'lru_percpu_hash'] as const) {
    const m = new Fixture(type, 4);
    t.equal(m.update(1, 10, 0, 0), '0');
    t.same(m.lookup(1), [10n, 0n], `${type}: the other CPU's value is zero`);
    t.equal(m.add(1, 5, 1), true);
    t.same(m.lookup(1), [10n, 5n]);
    t.equal(m.update(1, 7, 0, 1), '0');
    t.same(m.lookup(1), [10n, 7n], `${type}: an update touches its CPU only`);
    t.equal(m.map.update(u32(2), u64(1, 2)), 0);
    t.same(m.lookup(2), [1n, 2n]);
    t.equal(m.map.userValueSize, 16);
  }
});

t.test('per-CPU values are rounded up to 8 for user space', async (t) => {
  const machine = machineOf((asm) => key4(asm, 0).loadMap(R1, 'm').call(helper.map_lookup_elem).store(R0, 8, 7, 'u32').mov64(R0, 0).exit(), {
    maps: [map('m', 'percpu_array', 4, 12, 1)], environment: { cpus: 2 },
  });
  machine.run('main', { cpu: 1 });
  t.same(words(machine.keyedMap('m').lookup(u32(0))!), [0n, 0n, 0n, 7n]);
});

t.test('LRU maps give up the element unused for longest', async (t) => {
  for (const type of ['lru_hash', 'lru_percpu_hash'] as const) {
    const m = new Fixture(type, 2);
    m.update(1, 10);
    m.update(2, 20);
    m.add(1, 1);
    t.equal(m.update(3, 30), '0');
    t.same(m.keys(), [1, 3], type);
    t.same(m.lookup(1)![0], 11n);
    m.lookup(1);
    m.update(4, 40);
    t.same(m.keys(), [3, 4], `${type}: reading from user space is no use`);
  }
});

t.test('a pointer to a replaced or deleted value stays valid but is no longer in the map', async (t) => {
  const machine = machineOf((asm) => {
    key4(asm, 1).loadMap(R1, 'm').call(helper.map_lookup_elem).mov64(R6, R0);
    asm.store(R10, -16, 77, 'u64');
    key4(asm, 1).loadMap(R1, 'm').mov64(R3, R10).add64(R3, -16).mov64(R4, 0).call(helper.map_update_elem);
    asm.mov64(R1, 100).atomicAdd(R6, 0, R1, 'u64').load(R0, R6, 0, 'u64').exit();
  }, { maps: [map('m', 'hash', 4, 8, 4)] });
  machine.keyedMap('m').update(u32(1), u64(5));
  t.equal(machine.run('main').retval, 105n);
  t.same(words(machine.keyedMap('m').lookup(u32(1))!), [77n]);
});

t.test('user space: sizes are checked, updates answer errnos', async (t) => {
  const m = new Fixture('hash', 1).map;
  t.throws(() => m.lookup(u64(1)), new RangeError('map m: a key has 4 bytes, not 8'));
  t.throws(() => m.update(u32(1), u32(1)), new RangeError('map m: a value has 8 bytes for user space, not 4'));
  t.equal(m.update(u32(1), u64(1), 1), 0);
  t.equal(errnoText(m.update(u32(1), u64(1), 1)), '-EEXIST');
  t.equal(errnoText(m.update(u32(2), u64(1))), '-E2BIG');
  t.equal(errnoText(m.delete(u32(2))), '-ENOENT');
  t.equal(m.delete(u32(1)), 0);
});

t.test('arguments of map helpers', async (t) => {
  const parts = { maps: [map('m', 'hash', 4, 8, 4), map('ring', 'ringbuf', 0, 0, 4096), map('stacks', 'stack_trace', 4, 80, 4)] };
  const cases: [build: Build, reason: RegExp][] = [
    [(asm) => asm.store(R10, -8, 0, 'u16').mov64(R2, R10).add64(R2, -8).loadMap(R1, 'm').call(helper.map_lookup_elem).exit(), /map_lookup_elem: byte 2 of 4 in r2 \(fp-6 of frame 0\) was never written/],
    [(asm) => asm.mov64(R2, R10).add64(R2, -2).loadMap(R1, 'm').call(helper.map_lookup_elem).exit(), /r2 needs 4 bytes at offset 510 of stack frame 0, which has 512/],
    [(asm) => asm.mov64(R2, 0).loadMap(R1, 'm').call(helper.map_lookup_elem).exit(), /r2 is NULL/],
    [(asm) => asm.mov64(R2, R1).loadMap(R1, 'm').call(helper.map_lookup_elem).exit(), /r2 points to context of main, which can't be passed as key/],
    [(asm) => key4(asm, 1).loadImm64(R1, 5n).call(helper.map_lookup_elem).exit(), /r1 is no map/],
    [(asm) => key4(asm, 1).loadMap(R1, 'ring').call(helper.map_lookup_elem).exit(), /cannot pass map ring of type ringbuf/],
    [(asm) => key4(asm, 1).loadMap(R1, 'stacks').call(helper.map_delete_elem).exit(), /cannot pass map stacks of type stack_trace/],
    [(asm) => key4(asm, 1).loadMap(R1, 'm').mov64(R3, 0).call(helper.map_lookup_percpu_elem).exit(), /cannot pass map m of type hash/],
    [(asm) => asm.loadMap(R1, 'ring').mov64(R2, 8).mov64(R3, 0).call(helper.ringbuf_reserve).store(R0, 0, 1, 'u32').mov64(R2, R0).loadMap(R1, 'm').call(helper.map_lookup_elem).exit(),
      /record of ring, which can't be passed as key before Linux 6.2/],
    [(asm) => asm.mov64(R1, R10).add64(R1, -16).mov64(R2, 16).mov64(R3, 0x1000).call(helper.probe_read_user_str).mov64(R2, R10).add64(R2, -16).loadMap(R1, 'm').call(helper.map_lookup_elem).exit(),
      /byte 3 of 4 in r2 .* was left alone by the helper that filled the buffer: the map key would hold garbage/],
  ];
  for (const [build, reason] of cases) {
    faults(t, () => run(build, { ...parts, environment: { memory: [{ address: 0x1000n, bytes: Buffer.from('ab\0'), space: 'user' }] } }), reason);
  }
});

t.test('map_lookup_percpu_elem', async (t) => {
  const build: Build = (asm) => {
    const missing = asm.label('missing');
    asm.load(R6, R1, 0, 'u32');
    key4(asm, 0).loadMap(R1, 'm').mov64(R3, R6).call(helper.map_lookup_percpu_elem).jumpIf(R0, '==', 0, missing).load(R0, R0, 0, 'u64').exit().place(missing).mov64(R0, -1).exit();
  };
  const machine = machineOf(build, { maps: [map('m', 'percpu_array', 4, 8, 1)], environment: { cpus: 2 } });
  machine.keyedMap('m').update(u32(0), u64(5, 6));
  t.equal(machine.run('main', { context: u64(0) }).retval, 5n);
  t.equal(machine.run('main', { context: u64(1) }).retval, 6n);
  t.equal(machine.run('main', { context: u64(2) }).retval, 0xffffffffffffffffn, 'no such CPU');
});

t.test('for_each_map_elem', async (t) => {
  /** sums key + value into the u64 the context points to; stops after key context[0] of the program */
  const each: Build = (asm) => {
    const go = asm.label('go');
    asm.load(R0, R3, 0, 'u64').load(R1, R2, 0, 'u32').add64(R0, R1).load(R2, R4, 0, 'u64').add64(R2, R0).store(R4, 0, R2, 'u64')
      .load(R2, R4, 8, 'u64').jumpIf(R1, '!=', R2, go).mov64(R0, 1).exit().place(go).mov64(R0, 0).exit();
  };
  const build: Build = (asm) => asm.load(R6, R1, 0, 'u64').store(R10, -16, 0, 'u64').store(R10, -8, R6, 'u64')
    .loadMap(R1, 'm').loadFunction(R2, 'each').mov64(R3, R10).add64(R3, -16).mov64(R4, 0).call(helper.for_each_map_elem)
    .mov64(R6, R0).load(R0, R10, -16, 'u64').lsh64(R6, 32).or64(R0, R6).exit();
  for (const type of ['hash', 'lru_hash', 'percpu_hash', 'array', 'percpu_array'] as const) {
    const machine = machineOf(build, { maps: [map('m', type, 4, 8, 3)], subprograms: { each }, environment: { cpus: 1 } });
    for (const key of [0, 1, 2]) machine.keyedMap('m').update(u32(key), u64(key * 10));
    t.equal(machine.run('main', { context: u64(99) }).retval, (3n << 32n) | 33n, type);
    t.equal(machine.run('main', { context: u64(1) }).retval, (2n << 32n) | 11n, `${type}, stopped`);
  }
  const flags = machineOf((asm) => asm.loadMap(R1, 'm').loadFunction(R2, 'each').mov64(R3, 0).mov64(R4, 1).call(helper.for_each_map_elem).exit(), {
    maps: [map('m', 'hash', 4, 8, 3)], subprograms: { each },
  });
  t.equal(BigInt.asIntN(64, flags.run('main').retval), -22n);
});

t.test('deleting while iterating', async (t) => {
  const each: Build = (asm) => asm.loadMap(R1, 'm').call(helper.map_delete_elem).mov64(R0, 0).exit();
  const machine = machineOf((asm) => asm.loadMap(R1, 'm').loadFunction(R2, 'each').mov64(R3, 0).mov64(R4, 0).call(helper.for_each_map_elem).exit(), {
    maps: [map('m', 'hash', 4, 8, 3)], subprograms: { each },
  });
  for (const key of [1, 2, 3]) machine.keyedMap('m').update(u32(key), u64(key));
  t.equal(machine.run('main').retval, 3n);
  t.equal(machine.keyedMap('m').size, 0);
});

t.test('callbacks: what they must not do', async (t) => {
  const maps = [map('m', 'hash', 4, 8, 3), map('ring', 'ringbuf', 0, 0, 4096)];
  const loop: Build = (asm) => asm.mov64(R1, 3).loadFunction(R2, 'body').mov64(R3, 0).mov64(R4, 0).call(helper.loop).exit();
  const bodies: [body: Build, reason: RegExp][] = [
    [(asm) => asm.mov64(R0, 2).exit(), /callback body returned 2, must be 0 or 1/],
    [(asm) => asm.exit(), /callback body returned nothing/],
    [(asm) => asm.mov64(R0, R3).exit(), /r3 is read/],
    [(asm) => asm.loadMap(R1, 'ring').mov64(R2, 8).mov64(R3, 0).call(helper.ringbuf_reserve).mov64(R0, 0).exit(), /keeps or releases a ring-buffer record/],
  ];
  for (const [body, reason] of bodies) faults(t, () => run(loop, { maps, subprograms: { body } }), reason);
  const context: Build = (asm) => asm.mov64(R3, R1).mov64(R1, 3).loadFunction(R2, 'body').mov64(R4, 0).call(helper.loop).exit();
  faults(t, () => run(context, { subprograms: { body: bodies[0]![0] } }), /r3 must be a stack address or NULL/);
  const noFunction: Build = (asm) => asm.mov64(R1, 3).mov64(R2, 5).mov64(R3, 0).mov64(R4, 0).call(helper.loop).exit();
  faults(t, () => run(noFunction), /r2 is no function/);
});

const specs: [spec: ReturnType<typeof map>, reason: RegExp][] = [
  [map('m', 'hash', 0, 8, 1), /map_create\(hash\) fails with EINVAL: key size is 0/],
  [map('m', 'hash', 4, 0, 1), /value size is 0/],
  [map('m', 'hash', 4, 8, 0), /max entries is 0/],
  [map('m', 'array', 8, 8, 1), /key size must be 4, not 8/],
  [map('m', 'percpu_hash', 8, 32769, 1), /E2BIG: a per-CPU value has at most 32768 bytes, not 32769/],
  [map('m', 'ringbuf', 0, 0, 5000), /size 5000 is no power of two/],
  [map('m', 'ringbuf', 4, 4, 4096), /key and value size must be 0/],
  [map('m', 'perf_event_array', 8, 4, 4), /key and value size must be 4/],
  [map('m', 'stack_trace', 4, 1024, 4), /value size 1024 is no multiple of 8 up to 1016/],
  [map('a_name_too_long_', 'hash', 4, 8, 1), /1 to 15 letters/],
];
for (const [spec, reason] of specs) {
  t.test(`refused: ${JSON.stringify(spec)}`, async (t) => {
    faults(t, () => machineOf((asm) => asm.mov64(R0, 0).exit(), { maps: [spec] }), reason);
  });
}

t.test('maps are asked for by their kind', async (t) => {
  const machine = machineOf((asm) => asm.mov64(R0, 0).exit(), { maps: [map('m', 'hash', 4, 8, 1), map('ring', 'ringbuf', 0, 0, 4096)] });
  t.throws(() => machine.ringBuffer('m'), new RangeError('map m is a hash'));
  t.throws(() => machine.keyedMap('ring'), new RangeError('map ring is a ringbuf'));
  t.throws(() => machine.perfEventArray('ring'), new RangeError('map ring is a ringbuf'));
  t.throws(() => machine.stackTraceMap('ring'), new RangeError('map ring is a ringbuf'));
});
