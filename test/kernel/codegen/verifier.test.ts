// Shapes of code that verifiers are particular about: each must load on every kernel, and give what the simulator gives.

import t from 'tap';
import { generate } from '../../../lib/compiler/codegen/index.js';
import { writeObject } from '../../../lib/compiler/object/object.js';
import { optimize } from '../../../lib/compiler/optimize/index.js';
import type { MapSpec, ObjectSpec } from '../../../lib/model/bpf/object-spec.js';
import { parseModule } from '../../../lib/model/ir/text.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { Machine } from '../../../lib/sim/index.js';
import { type Feature, needs } from '../../helpers/needs.js';

const maps: readonly MapSpec[] = [
  { name: 'values', type: 'array', keySize: 4, valueSize: 64, maxEntries: 4, flags: 0 },
  { name: 'big', type: 'array', keySize: 4, valueSize: 4096, maxEntries: 1, flags: 0 },
  { name: 'events', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 },
];
const context = new Uint8Array(BigUint64Array.from([3n, 0x8000000000000001n, 77n, 0xfffffff0n, 12n, 1n, 2n, 9n]).buffer);

interface Case {
  readonly title: string;
  readonly needs?: readonly Feature[];
  /** blocks of the program, after those of `head` */
  readonly body: string;
  readonly callbacks?: string;
}

/** The first block of every case: constants, a zeroed key, the first element of `values`. */
const head = `
  slot 0 key size=8 align=8
  slot 1 buffer size=64 align=8
b0 entry(v0: ctx):
  v1: u64 = const 0
  v2: u64 = const 1
  v3: u64 = const 8
  v4: u64 = const 64
  v5: stack = slot 0
  v6: stack = slot 1
  v7: map = map values
  zero v5 offset=0 size=8
  zero v6 offset=0 size=64`;

const cases: readonly Case[] = [
  {
    title: 'a pointer is spilled between the call that gives it and its null check',
    body: `
  v10: map_value? = call map_lookup_elem(v7, v5)
  v11: u64 = call get_smp_processor_id()
  v12: u64 = load v0 offset=0 width=8
  v13: u64 = load v0 offset=8 width=8
  v14: u64 = load v0 offset=16 width=8
  v15: u64 = load v0 offset=24 width=8
  v16: u64 = load v0 offset=32 width=8
  v17: u64 = call probe_read_kernel(v6, v3, v0)
  v18: u64 = call probe_read_kernel(v6, v3, v0)
  v19: u64 = add v12, v13
  v20: u64 = add v14, v15
  v21: u64 = add v19, v20
  v22: u64 = add v21, v16
  branch ne v10, v1 -> b1, b2
b1 found():
  v23: u64 = call probe_read_kernel(v6, v3, v0)
  v24: u64 = add v12, v22
  v25: u64 = sub v24, v14
  v26: u64 = xor v25, v15
  store v10, v26 offset=0 width=8
  v27: u64 = load v10 offset=0 width=4 unsigned
  v28: u64 = mul v16, v13
  v29: u64 = add v27, v28
  return v29
b2 absent():
  return v1`,
  },
  {
    title: 'an index that a mask bounds, kept across a call',
    body: `
  v10: u64 = load v0 offset=16 width=8
  v11: u64 = const 56
  v12: u64 = and v10, v11
  v13: u64 = call probe_read_kernel(v6, v3, v0)
  v14: map_value? = call map_lookup_elem(v7, v5)
  branch ne v14, v1 -> b1, b2 likely
b1 found():
  v15: map_value = add v14, v12
  store v15, v10 offset=0 width=8
  v16: u64 = load v15 offset=0 width=8
  v17: stack = add v6, v12
  v18: u64 = load v17 offset=0 width=8
  v19: u64 = add v16, v18
  return v19
b2 absent():
  return v2`,
  },
  {
    title: 'an index that a comparison bounds, spilled by other values',
    body: `
  v10: u64 = load v0 offset=32 width=8
  v11: u64 = const 16
  v12: u64 = load v0 offset=40 width=8
  v13: u64 = load v0 offset=48 width=8
  v14: u64 = load v0 offset=56 width=8
  branch ult v10, v11 -> b1, b4
b1 small():
  v15: u64 = mul v12, v13
  v16: u64 = mul v13, v14
  v17: u64 = mul v14, v12
  v18: u64 = add v15, v17
  v19: u64 = mul v18, v16
  v20: u64 = call probe_read_kernel(v6, v3, v0)
  v21: map_value? = call map_lookup_elem(v7, v5)
  branch ne v21, v1 -> b2, b4
b2 found():
  v22: map_value = add v21, v10
  store v22, v18 offset=0 width=1
  v23: u64 = add v15, v16
  v24: u64 = add v17, v18
  v25: u64 = add v23, v24
  v26: u64 = add v25, v19
  return v26
b4 end():
  return v1`,
  },
  {
    title: 'a size that a comparison bounds, from 1 to 64',
    body: `
  v10: u64 = load v0 offset=32 width=8
  branch ugt v10, v1 -> b1, b2
b1 more():
  branch ule v10, v4 -> b3, b2
b3 fits():
  v11: s64 = call probe_read_kernel(v6, v10, v0)
  v12: u64 = load v6 offset=0 width=8
  return v12
b2 end():
  return v1`,
  },
  {
    title: 'the length a string read gives, as size of a record',
    needs: ['ringbuf'],
    body: `
  v10: s64 = call probe_read_kernel_str(v6, v4, v0)
  branch sgt v10, v1 -> b1, b2
b1 some():
  v11: map = map events
  v12: s64 = call ringbuf_output(v11, v6, v10, v1)
  return v12
b2 end():
  return v10`,
  },
  {
    title: 'long runs of zeros and copies as loops',
    body: `
  v10: map_value = map_value big offset=0
  v11: u64 = load v0 offset=24 width=8
  zero v10 offset=0 size=4096
  store v10, v11 offset=0 width=8
  store v10, v11 offset=1499 width=8
  copy v10, v10 offset=2048 from=0 size=1507
  v12: u64 = load v10 offset=3547 width=8
  v13: u64 = load v10 offset=2048 width=8
  v14: u64 = add v12, v13
  return v14`,
  },
  {
    title: 'a record reserved, filled in every way, submitted',
    needs: ['ringbuf'],
    body: `
  v10: map = map events
  v11: u64 = const 40
  v12: record? = call ringbuf_reserve(v10, v11, v1)
  branch eq v12, v1 -> b2, b1 unlikely
b1 fill():
  store v12, v11 offset=0 width=4
  zero v12 offset=4 size=7
  v13: u64 = load v0 offset=16 width=8
  store v12, v13 offset=12 width=8
  copy v12, v6 offset=20 from=0 size=15
  v14: record = add v12, v11
  v15: u64 = call probe_read_kernel(v12, v3, v0)
  call ringbuf_submit(v12, v1)
  return v15
b2 full():
  return v2`,
  },
  {
    title: 'comparisons with constants above 31 bits, 32 and 64 bits wide',
    body: `
  v10: u32 = load v0 offset=24 width=8
  v11: u32 = extend v10 width=4 unsigned
  v12: u64 = const 4294967280
  v13: u64 = load v0 offset=8 width=8
  v14: s64 = const -9223372036854775807
  branch eq v11, v12 -> b1, b2
b1 equal():
  v15: u8 = eq v13, v14
  v16: u64 = const 3
  v17: u64 = shl v15, v16
  return v17
b2 other():
  return v2`,
  },
  {
    title: 'atomic operations that give the old value',
    needs: ['kernel>=5.12'],
    body: `
  v10: u64 = load v0 offset=0 width=8
  v11: u64 = atomic_add v6, v10 offset=0 width=8
  v12: u64 = atomic_xchg v6, v3 offset=0 width=8
  v13: u64 = atomic_cmpxchg v6, v3, v10 offset=0 width=8
  v14: u64 = atomic_add v6, v10 offset=4 width=4
  v15: u64 = load v6 offset=0 width=8
  v16: u64 = add v11, v12
  v17: u64 = add v13, v14
  v18: u64 = xor v16, v17
  v19: u64 = add v18, v15
  return v19`,
  },
  {
    title: 'a callback that works on its caller’s stack',
    needs: ['bpf_loop'],
    body: `
  v10: function = function each
  v11: u64 = const 20
  v12: u64 = call loop(v11, v10, v6, v1)
  v13: u64 = load v6 offset=0 width=8
  v14: u64 = load v6 offset=8 width=8
  v15: u64 = mul v14, v4
  v16: u64 = add v13, v15
  return v16`,
    callbacks: `callback each ".text" {
b0 entry(v0: u64, v1: stack):
  v2: u64 = load v1 offset=0 width=8
  v3: u64 = add v2, v0
  store v1, v3 offset=0 width=8
  v4: u64 = const 1
  atomic_add v1, v4 offset=8 width=8
  v5: u64 = const 100
  v6: u8 = ugt v3, v5
  return v6
}`,
  },
  {
    title: 'a loop whose test stands behind its body, with pointers into the stack',
    body: `
  jump b1(v1, v1)
b1 loop(v10: u64, v11: u64):
  branch ult v10, v3 -> b2, b3
b2 body():
  v12: u64 = const 7
  v13: u64 = and v10, v12
  v14: stack = add v6, v13
  v15: u64 = load v0 offset=32 width=8
  store v14, v15 offset=0 width=1
  v16: u64 = load v14 offset=0 width=1
  v17: u64 = add v11, v16
  v18: u64 = add v10, v2
  jump b1(v18, v17)
b3 done():
  v19: u64 = load v6 offset=0 width=8
  v20: u64 = add v19, v11
  return v20`,
  },
];

for (const { title, needs: wanted = [], body, callbacks = '' } of cases) {
  t.test(title, async (t) => {
    if (!needs(t, 'root', ...wanted)) return;
    for (const how of ['plain', 'optimized']) {
      const module = parseModule(`program main "raw_tp" {${head}${body}\n}\n${callbacks}`);
      if (how === 'optimized') optimize(module, { check: true });
      const spec: ObjectSpec = { ...generate(module, { check: true }), maps, rodata: new Uint8Array(0), license: 'GPL' };
      const expected = Number(new Machine(spec).run('main', { context }).retval & 0xffffffffn);
      const object = loadNative().openObject(writeObject(spec), { name: 'verifier' });
      try {
        object.load();
        t.equal(object.program('main')!.testRun({ ctxIn: context }).retval, expected, how);
      } catch (error) {
        t.fail(`${how}: ${(error as Error).message}\n${(error as { log?: string }).log?.slice(-2000) ?? ''}`);
      } finally {
        object.close();
      }
    }
  });
}
