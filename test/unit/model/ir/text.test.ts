import t from 'tap';
import { parseModule, printModule } from '../../../../lib/model/ir/text.js';

const everything = `program probe_1 "tracepoint/syscalls/sys_enter_read" {
  slot 0 key size=16 align=8
  slot 1 "a name" size=3 align=1
b0 entry(v0: ctx):
  v1: s64 = const -9223372036854775808
  v2: map = map @counts
  v3: map_value = map_value .rodata offset=8
  v4: function = function each
  v5: stack = slot 1
  v6: u64 = add v1, v1
  v7: s32 = extend v6 width=4 signed
  v8: u32 = bswap v6 width=4
  v9: u8 = slt v6, v7
  v10: u16 = load v0 offset=-8 width=2 unsigned
  store v5, v10 offset=0 width=2
  zero v5 offset=0 size=3
  copy v5, v0 offset=0 from=16 size=3
  v16: u64 = atomic_xchg v3, v6 offset=0 width=8
  v17: map_value? = call map_lookup_elem(v2, v5)
  call ringbuf_submit(v17, v1)
  v18: u64 = call_function each(v1, v2)
  v19: u64 = call_kfunc bpf_iter_num_new()
  branch ne v17, v1 -> b7(v6, v7), b2 unlikely
b7 "then part"(v20: u64, v21: s32):
  jump b2
b2 done():
  return v1
}

callback each ".text" {
b0 entry(v0: map, v1: stack, v2: btf?, v3: kernel):
  branch eq v1, v2 -> b1, b1 likely
b1 end():
  return v3
}
`;

t.test('what is printed is read back to the same', async (t) => {
  t.equal(printModule(parseModule(everything)), everything);
});

t.test('comments, blank lines and spaces count for nothing', async (t) => {
  const spaced = everything.replaceAll('\n', ' ; remark\n\n').replaceAll(', ', ' , ');
  t.equal(printModule(parseModule(spaced)), everything);
});

t.test('new values continue the numbers that were read', async (t) => {
  const [func] = parseModule(everything).functions;
  t.ok(func!.valueCount > 21);
  t.equal(func!.newBlock('next').id, 8);
});

const refused: [string, string, RegExp][] = [
  ['an operation that does not exist', 'v1: u64 = frobnicate v0', /line 3: 'frobnicate' is no operation/],
  ['a value that does not exist', 'v1: u64 = neg v9', /there is no value v9/],
  ['a value defined twice', 'v0: u64 = const 1', /line 3: v0 is defined twice/],
  ['a type that does not exist', 'v1: u65 = const 1', /line 3: 'u65' is no type/],
  ['an attribute that does not exist', 'v1: u64 = load v0 weight=3', /line 3: 'weight' is no attribute/],
  ['a width of 3', 'v1: u64 = load v0 width=3', /line 3: width 3/],
  ['a character of no use', 'v1: u64 = load v0 %', /line 3: cannot read '%/],
  ['a block that does not exist', 'jump b4', /there is no block b4/],
];
for (const [title, line, message] of refused) {
  t.test(title, async (t) => {
    const end = line.startsWith('jump') ? '' : '  return v0\n';
    t.throws(() => parseModule(`program p "x" {\nb0 entry(v0: ctx):\n  ${line}\n${end}}\n`), message);
  });
}
