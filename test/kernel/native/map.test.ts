// Maps: elements one by one and all at once.

import t from 'tap';
import { loadNative, type MapHandle } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { mapType, u32, u64, type Refusal } from './fixture.js';

const native = loadNative();
const cpus = native.possibleCpus();

const hash = (maxEntries = 100, type: number = mapType.hash, flags = 0): MapHandle =>
  native.createMap({ name: 'test_map', type, keySize: 4, valueSize: 8, maxEntries, flags });

/** Keys and first values of a whole map, in the order of the keys. */
function entries(map: MapHandle): [number, bigint][] {
  const { count, keys, values } = map.readAll();
  const list = Array.from({ length: count }, (_, i): [number, bigint] => [keys.readUInt32LE(i * map.keySize), values.readBigUInt64LE(i * map.valueBytes)]);
  return list.sort(([a], [b]) => a - b);
}

t.test('what a map is', async (t) => {
  if (!needs(t, 'root')) return;
  const map = hash(7, mapType.percpu_hash);
  t.match(map, {
    name: 'test_map', type: mapType.percpu_hash, keySize: 4, valueSize: 8, valueBytes: 8 * cpus, perCpu: true, maxEntries: 7, flags: 0, internal: false,
  });
  t.ok(map.id() > 0);
  const again = native.openMap({ id: map.id() });
  t.same([again.name, again.id()], ['test_map', map.id()]);
  again.close();
  map.close();
  map.close();
  t.equal(map.fd, -1);
  t.equal(map.keySize, 4);
});

t.test('values of per-CPU maps are rounded up to 8', async (t) => {
  if (!needs(t, 'root')) return;
  const map = native.createMap({ type: mapType.percpu_array, keySize: 4, valueSize: 12, maxEntries: 1 });
  t.equal(map.valueBytes, 16 * cpus);
  const value = Buffer.alloc(16 * cpus, 5);
  map.update(u32(0), value);
  t.equal(map.lookup(u32(0))!.length, 16 * cpus);
  t.equal(map.lookup(u32(0))!.subarray(0, 12).toString('hex'), '05'.repeat(12));
  map.close();
});

t.test('one element', async (t) => {
  if (!needs(t, 'root')) return;
  const map = hash(2);
  t.equal(map.lookup(u32(1)), undefined);
  map.update(u32(1), u64(10));
  t.same(map.lookup(u32(1)), u64(10));
  map.update(u32(1), u64(11), 2);
  t.throws(() => map.update(u32(1), u64(0), 1), { code: 'EEXIST', syscall: 'bpf_map_update_elem' });
  t.throws(() => map.update(u32(9), u64(0), 2), { code: 'ENOENT' });
  map.update(u32(2), u64(20));
  t.throws(() => map.update(u32(3), u64(30)), { code: 'E2BIG', message: 'map test_map is full', advice: /max_map_keys/ });
  t.equal(map.delete(u32(2)), true);
  t.equal(map.delete(u32(2)), false);
  t.same(map.nextKey(), u32(1));
  t.equal(map.nextKey(u32(1)), undefined);
  map.close();
});

t.test('lookup and delete', async (t) => {
  if (!needs(t, 'root', 'kernel>=5.14')) return;
  const map = hash();
  map.update(u32(1), u64(10));
  t.same(map.lookupAndDelete(u32(1)), u64(10));
  t.equal(map.lookupAndDelete(u32(1)), undefined);
  map.close();
  const array = hash(1, mapType.array);
  t.throws(() => array.lookupAndDelete(u32(0)), { name: 'NotSupportedError', code: 'ERR_NOT_SUPPORTED' });
  array.close();
});

const kinds: [string, number][] = [
  ['hash', mapType.hash],
  ['lru_hash', mapType.lru_hash],
  ['percpu_hash', mapType.percpu_hash],
  ['lru_percpu_hash', mapType.lru_percpu_hash],
];
for (const [name, type] of kinds) {
  t.test(`a whole ${name}`, async (t) => {
    if (!needs(t, 'root')) return;
    const map = hash(5000, type);
    t.same(entries(map), []);
    t.equal(map.deleteAll(), 0);
    const fill = Buffer.alloc(map.valueBytes);
    for (let i = 0; i < 3000; i++) {
      fill.writeBigUInt64LE(BigInt(i) * 3n);
      map.update(u32(i), fill);
    }
    const all = entries(map);
    t.equal(all.length, 3000);
    t.same(all[2999], [2999, 8997n]);
    t.equal(new Set(all.map(([key]) => key)).size, 3000);
    t.equal(map.zeroAll(), 3000);
    t.ok(entries(map).every(([, value]) => value === 0n));
    t.equal(map.deleteAll(), 3000);
    t.same(entries(map), []);
    map.close();
  });
}

for (const [name, type] of [['array', mapType.array], ['percpu_array', mapType.percpu_array]] as const) {
  t.test(`a whole ${name}`, async (t) => {
    if (!needs(t, 'root')) return;
    const map = hash(100, type);
    const value = Buffer.alloc(map.valueBytes);
    value.writeBigUInt64LE(7n);
    map.update(u32(42), value);
    t.same(entries(map).filter(([, v]) => v !== 0n), [[42, 7n]]);
    t.equal(entries(map).length, 100);
    t.throws(() => map.deleteAll(), { code: 'ERR_ARG', message: /array test_map cannot be deleted/ });
    t.throws(() => map.takeAll(false), { code: 'ERR_ARG', message: /array test_map cannot be deleted/ });
    t.equal(map.lookup(u32(100)), undefined);
    t.throws(() => map.update(u32(100), value), { code: 'E2BIG' });
    t.equal(map.zeroAll(), 100);
    t.ok(entries(map).every(([, v]) => v === 0n));
    map.close();
  });
}

t.test('values larger than a batch', async (t) => {
  if (!needs(t, 'root')) return;
  const map = native.createMap({ type: mapType.hash, keySize: 4, valueSize: 200_000, maxEntries: 100 });
  for (let i = 0; i < 100; i++) map.update(u32(i), Buffer.alloc(200_000, i));
  const { count, values, keys } = map.readAll();
  t.equal(count, 100);
  t.ok(Array.from({ length: 100 }, (_, i) => values[i * 200_000 + 199_999] === keys.readUInt32LE(i * 4)).every(Boolean));
  map.close();
});

t.test('a map without batch operations is read one by one', async (t) => {
  if (!needs(t, 'root')) return;
  // stacks by id: lookups work, batches do not exist
  const map = native.createMap({ type: mapType.stack_trace, keySize: 4, valueSize: 80, maxEntries: 16 });
  t.same(map.readAll(), { count: 0, keys: Buffer.alloc(0), values: Buffer.alloc(0) });
  map.close();
  const trie = native.createMap({ type: mapType.lpm_trie, keySize: 8, valueSize: 8, maxEntries: 16, flags: 1 });
  for (let i = 0; i < 10; i++) trie.update(Buffer.concat([u32(32), u32(i)]), u64(i));
  t.equal(trie.readAll().count, 10);
  t.equal(trie.deleteAll(), 10);
  t.equal(trie.readAll().count, 0);
  trie.close();
});

t.test('a frozen map', async (t) => {
  if (!needs(t, 'root')) return;
  const map = hash(1, mapType.array);
  map.freeze();
  t.throws(() => map.update(u32(0), u64(1)), { name: 'PermissionError', code: 'EPERM' });
  t.same(map.lookup(u32(0)), u64(0));
  map.close();
});

const refusedMaps: [string, Parameters<typeof native.createMap>[0], Refusal][] = [
  ['an unknown type', { type: 9999, keySize: 4, valueSize: 4, maxEntries: 1 }, { code: 'EINVAL' }],
  ['no entries', { type: mapType.hash, keySize: 4, valueSize: 4, maxEntries: 0 }, { code: 'EINVAL', message: /refused map/ }],
  ['too much memory', { type: mapType.array, keySize: 4, valueSize: 1 << 20, maxEntries: 0xffffffff }, { code: /E2BIG|ENOMEM|EINVAL/ }],
];
for (const [title, options, error] of refusedMaps) {
  t.test(`refuses ${title}`, async (t) => {
    if (!needs(t, 'root')) return;
    t.throws(() => native.createMap(options), error);
  });
}

t.test('a map that is not there', async (t) => {
  if (!needs(t, 'root')) return;
  t.throws(() => native.openMap({ id: 0x7fffffff }), { code: 'ENOENT', syscall: 'bpf_map_get_fd_by_id' });
  t.throws(() => native.openMap({ path: '/sys/fs/bpf/no_such_map' }), { code: /ENOENT|EPERM|EACCES|EINVAL/, syscall: 'bpf_obj_get' });
});

for (const type of ['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash'] as const) {
  t.test(`all elements are taken at once: ${type}`, async (t) => {
    if (!needs(t, 'root')) return;
    // an LRU map may drop elements before it is full
    const map = hash(type.startsWith('lru') ? 20_000 : 3000, mapType[type]);
    const value = (n: number): Buffer => Buffer.concat(Array.from({ length: map.perCpu ? cpus : 1 }, () => u64(BigInt(n))));
    for (let i = 0; i < 3000; i++) map.update(u32(i), value(i));
    const { count, keys, values } = map.takeAll(false);
    t.equal(count, 3000);
    const numbers = Array.from({ length: count }, (_, i) => [keys.readUInt32LE(i * 4), Number(values.readBigUInt64LE(i * map.valueBytes))] as const);
    t.same([...numbers].sort(([a], [b]) => a - b), Array.from({ length: 3000 }, (_, i) => [i, i]));
    t.equal(map.readAll().count, 0);
    map.update(u32(7), value(70));
    t.equal(map.takeAll(true).values.readBigUInt64LE(0), 70n);
    t.same(entries(map), [[7, 0n]], 'the key stays');
    t.equal(map.takeAll(false).count, 1);
    t.equal(map.takeAll(false).count, 0);
    map.close();
  });
}
