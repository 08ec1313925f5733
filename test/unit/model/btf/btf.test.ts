import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { Btf } from '../../../../lib/model/btf/btf.js';
import { BtfBuilder } from '../../../../lib/model/btf/builder.js';
import { findField, listFields } from '../../../../lib/model/btf/fields.js';
import type { BtfType } from '../../../../lib/model/btf/types.js';

/** One type of every kind; answers what the reader must say about each, by id. */
function everyKind(): { bytes: Uint8Array; want: BtfType[] } {
  const b = new BtfBuilder();
  const want: BtfType[] = [];
  const int = b.int('int', 4, { signed: true });
  want.push({ kind: 'int', id: 1, name: 'int', sizeBytes: 4, bits: 32, offsetBits: 0, signed: true, char: false, bool: false });
  const bool = b.int('_Bool', 1, { bool: true });
  want.push({ kind: 'int', id: 2, name: '_Bool', sizeBytes: 1, bits: 8, offsetBits: 0, signed: false, char: false, bool: true });
  b.ptr(int);
  want.push({ kind: 'ptr', id: 3, name: '', type: 1 });
  b.array(bool, 16, int);
  want.push({ kind: 'array', id: 4, name: '', type: 2, indexType: 1, length: 16 });
  b.struct('point', 8, [{ name: 'x', type: int, offsetBits: 0 }, { name: 'y', type: int, offsetBits: 32 }]);
  want.push({ kind: 'struct', id: 5, name: 'point', sizeBytes: 8, members: [
    { name: 'x', type: 1, offsetBits: 0, bitfieldSize: 0 }, { name: 'y', type: 1, offsetBits: 32, bitfieldSize: 0 },
  ] });
  b.union('flags', 4, [{ name: 'low', type: int, offsetBits: 0, bitfieldSize: 3 }, { name: 'all', type: int, offsetBits: 0 }]);
  want.push({ kind: 'union', id: 6, name: 'flags', sizeBytes: 4, members: [
    { name: 'low', type: 1, offsetBits: 0, bitfieldSize: 3 }, { name: 'all', type: 1, offsetBits: 0, bitfieldSize: 0 },
  ] });
  b.enum('signed_enum', 4, [{ name: 'MINUS', value: -1 }, { name: 'PLUS', value: 1n }], true);
  want.push({ kind: 'enum', id: 7, name: 'signed_enum', sizeBytes: 4, signed: true, values: [{ name: 'MINUS', value: -1n }, { name: 'PLUS', value: 1n }] });
  b.enum('unsigned_enum', 4, [{ name: 'TOP', value: 0xffffffff }]);
  want.push({ kind: 'enum', id: 8, name: 'unsigned_enum', sizeBytes: 4, signed: false, values: [{ name: 'TOP', value: 0xffffffffn }] });
  b.enum64('wide', 8, [{ name: 'FAR', value: -(2n ** 40n) }], true);
  want.push({ kind: 'enum64', id: 9, name: 'wide', sizeBytes: 8, signed: true, values: [{ name: 'FAR', value: -(2n ** 40n) }] });
  b.fwd('later', 'union');
  want.push({ kind: 'fwd', id: 10, name: 'later', of: 'union' });
  b.typedef('pid_t', int);
  want.push({ kind: 'typedef', id: 11, name: 'pid_t', type: 1 });
  b.qualified('volatile', int);
  want.push({ kind: 'volatile', id: 12, name: '', type: 1 });
  b.qualified('const', 11);
  want.push({ kind: 'const', id: 13, name: '', type: 11 });
  b.qualified('restrict', 3);
  want.push({ kind: 'restrict', id: 14, name: '', type: 3 });
  b.funcProto(int, [{ name: 'fmt', type: 3 }, { name: '', type: 0 }]);
  want.push({ kind: 'func_proto', id: 15, name: '', returns: 1, parameters: [{ name: 'fmt', type: 3 }, { name: '', type: 0 }] });
  b.func('printk', 15, 'global');
  want.push({ kind: 'func', id: 16, name: 'printk', type: 15, linkage: 'global' });
  b.var('jiffies', int, 'static');
  want.push({ kind: 'var', id: 17, name: 'jiffies', type: 1, linkage: 'static' });
  b.datasec('.data..percpu', 64, [{ type: 17, offset: 8, sizeBytes: 4 }]);
  want.push({ kind: 'datasec', id: 18, name: '.data..percpu', sizeBytes: 64, variables: [{ type: 17, offset: 8, sizeBytes: 4 }] });
  b.float('double', 8);
  want.push({ kind: 'float', id: 19, name: 'double', sizeBytes: 8 });
  b.declTag('bpf_kfunc', 16, -1);
  want.push({ kind: 'decl_tag', id: 20, name: 'bpf_kfunc', type: 16, component: -1 });
  b.typeTag('user', int);
  want.push({ kind: 'type_tag', id: 21, name: 'user', type: 1 });
  return { bytes: b.finish(), want };
}

t.test('what the builder writes, the reader answers: one type of every kind', async (t) => {
  const { bytes, want } = everyKind();
  const btf = Btf.parse(bytes);
  t.equal(btf.endId, want.length + 1);
  for (const type of want) {
    t.same(btf.type(type.id), type, `${type.kind} ${type.name}`);
    t.equal(btf.kindOf(type.id), type.kind);
    t.equal(btf.nameOf(type.id), type.name);
    if (type.name) t.equal(btf.find(type.kind, type.name), type.id, `find ${type.kind} ${type.name}`);
  }
  t.same(btf.type(0), { kind: 'void', id: 0, name: '' });
  t.equal(btf.type(5), btf.type(5), 'decoded once');
  t.same([...btf.names('enum')], ['signed_enum', 'unsigned_enum']);
  t.same([...btf.ids('int')], [1, 2]);
  t.same(btf.declTags(16).map((tag) => tag.name), ['bpf_kfunc']);
  t.same(btf.declTags(15), []);
  t.equal(btf.find('struct', 'nothing'), undefined);
  t.equal(btf.find('union', 'point'), undefined, 'kinds are told apart');
  t.equal(btf.find('struct', ''), undefined);
});

t.test('a blob at an odd address is read as well', async (t) => {
  const { bytes } = everyKind();
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  t.equal(Btf.parse(shifted.subarray(1)).find('struct', 'point'), 5);
});

t.test('sizes', async (t) => {
  const btf = Btf.parse(everyKind().bytes);
  const sizes = [[1, 4], [2, 1], [3, 8], [4, 16], [5, 8], [6, 4], [9, 8], [13, 4], [14, 8], [17, 4], [19, 8], [10, undefined], [15, undefined], [0, undefined]];
  for (const [id, size] of sizes) t.equal(btf.sizeOf(id!), size, `type ${id}`);
  t.equal(btf.resolve(13).name, 'int', 'through const and typedef');
});

t.test('many lookups use an index and answer the same', async (t) => {
  const b = new BtfBuilder();
  const int = b.int('int', 4);
  for (let i = 0; i < 100; i++) b.struct(`s${i % 90}`, 4, [{ name: 'x', type: int, offsetBits: 0 }]);
  const btf = Btf.parse(b.finish());
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 90; i++) t.same(btf.findAll('struct', `s${i}`), i < 10 ? [i + 2, i + 92] : [i + 2]);
    t.equal(btf.find('struct', 's90'), undefined);
  }
});

t.test('split BTF of a module', async (t) => {
  const b = new BtfBuilder();
  b.int('int', 4);
  b.struct('file', 4, [{ name: 'f', type: 1, offsetBits: 0 }]);
  const base = Btf.parse(b.finish());
  // written by hand: struct own { int f; struct file *file; }, ids continue at 3, strings at the end of the base's
  const strings = Buffer.from('own\0file_of\0');
  const firstString = '\0int\0file\0f\0'.length;
  const words = Uint32Array.of(
    firstString, (4 << 24) | 2, 16, 10, 1, 0, firstString + 4, 4, 64,
    0, 2 << 24, 2,
    5, (4 << 24) | 0, 0,
  );
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  header.writeUInt32LE(24, 4);
  header.writeUInt32LE(words.byteLength, 12);
  header.writeUInt32LE(words.byteLength, 16);
  header.writeUInt32LE(strings.length, 20);
  const split = Btf.parse(Buffer.concat([header, Buffer.from(words.buffer), strings]), base);
  t.equal(split.firstId, 3);
  t.equal(split.find('struct', 'own'), 3);
  t.same(split.type(3), { kind: 'struct', id: 3, name: 'own', sizeBytes: 16, members: [
    { name: 'f', type: 1, offsetBits: 0, bitfieldSize: 0 }, { name: 'file_of', type: 4, offsetBits: 64, bitfieldSize: 0 },
  ] });
  t.equal(split.type(2).name, 'file', 'ids of the base');
  t.same(split.findAll('struct', 'file'), [5, 2], 'own before the base\'s');
  t.equal(split.find('int', 'int'), 1);
  t.same([...split.names('struct')], ['own', 'file']);
  for (let i = 0; i < 60; i++) t.same(split.findAll('struct', 'file'), [5, 2]);
  t.equal(split.find('struct', 'own'), 3, 'by index');
});

t.test('fields', async (t) => {
  const b = new BtfBuilder();
  const int = b.int('int', 4, { signed: true });
  const old = b.int('unsigned int', 4, { bits: 3, offsetBits: 5 });
  const user = b.ptr(b.typeTag('user', int));
  const percpu = b.ptr(b.qualified('const', b.typeTag('percpu', b.typeTag('rcu', int))));
  const union = b.union('', 8, [{ name: 'a', type: int, offsetBits: 0 }, { name: 'flags', type: int, offsetBits: 3, bitfieldSize: 2 }]);
  const nested = b.struct('', 16, [{ name: '', type: union, offsetBits: 64 }, { name: 'named', type: union, offsetBits: 0 }]);
  const outer = b.struct('outer', 64, [
    { name: 'first', type: int, offsetBits: 0 }, { name: '', type: nested, offsetBits: 64 },
    { name: 'buffer', type: user, offsetBits: 256 }, { name: 'counters', type: percpu, offsetBits: 320 }, { name: 'old', type: old, offsetBits: 384 },
  ]);
  const alias = b.qualified('const', b.typedef('outer_t', outer));
  const btf = Btf.parse(b.finish());
  t.same(findField(btf, outer, 'first'), { name: 'first', type: int, offsetBits: 0, bitfieldSize: 0, tags: [] });
  t.same(findField(btf, alias, 'a'), { name: 'a', type: int, offsetBits: 128, bitfieldSize: 0, tags: [] }, 'through two anonymous levels');
  t.same(findField(btf, outer, 'flags'), { name: 'flags', type: int, offsetBits: 131, bitfieldSize: 2, tags: [] });
  t.same(findField(btf, outer, 'buffer')?.tags, ['user']);
  t.same(findField(btf, outer, 'counters')?.tags, ['percpu', 'rcu']);
  t.same(findField(btf, outer, 'old'), { name: 'old', type: old, offsetBits: 389, bitfieldSize: 3, tags: [] }, 'bit field without kind_flag');
  t.equal(findField(btf, outer, 'missing'), undefined);
  t.equal(findField(btf, int, 'first'), undefined);
  t.same(listFields(btf, outer).map((field) => field.name), ['first', 'a', 'flags', 'named', 'buffer', 'counters', 'old']);
});

const good = everyKind().bytes;
const patched = (at: number, value: number): Uint8Array => {
  const bytes = good.slice();
  bytes[at] = value;
  return bytes;
};
const damage: [title: string, bytes: Uint8Array, message: RegExp][] = [
  ['empty', new Uint8Array(0), /too short/],
  ['no magic', patched(0, 0), /magic/],
  ['another version', patched(2, 2), /version is 2/],
  ['cut off', good.slice(0, -1), /beyond its end/],
  ['string without end', patched(good.length - 1, 65), /do not end with zero/],
  ['unknown kind', patched(24 + 7, 31), /kind 31/],
];
t.test('damaged blobs throw', async (t) => {
  for (const [title, bytes, message] of damage) t.throws(() => Btf.parse(bytes), { code: 'ERR_BTF', message }, title);
  t.throws(() => Btf.parse(good).type(1000), { code: 'ERR_BTF', message: /no type 1000/ });
});

const VMLINUX = '/sys/kernel/btf/vmlinux';
t.test('the running kernel', { skip: existsSync(VMLINUX) ? false : `no ${VMLINUX}` }, async (t) => {
  const start = performance.now();
  const bytes = readFileSync(VMLINUX);
  const read = performance.now();
  const btf = Btf.parse(bytes);
  const task = btf.find('struct', 'task_struct')!;
  const pid = findField(btf, task, 'pid')!;
  const end = performance.now();
  t.comment(`read ${(read - start).toFixed(1)} ms, opened and looked up in ${(end - read).toFixed(1)} ms, ${btf.endId} types`);
  t.equal(btf.type(pid.type).name, 'pid_t');
  t.equal(pid.offsetBits % 32, 0);
  t.ok(findField(btf, task, 'comm'));
  t.ok(btf.find('func', 'bpf_prog_load') ?? btf.find('func', 'vfs_read'), 'functions');
  let decoded = 0;
  for (let id = 0; id < btf.endId; id++) if (btf.type(id).id === id) decoded++;
  t.equal(decoded, btf.endId, 'every type can be decoded');
});
