// Every IR operation as a row: constructors, printers, passes and checks all read this table.

export interface OpFacts {
  readonly arity: number | 'any';
  /** 'none': may be removed, merged and moved;  'reads': depends on memory;  'writes': must stay, in order */
  readonly effect: 'none' | 'reads' | 'writes';
  readonly commutative?: boolean;
  readonly doc: string;
}

const row = (arity: number | 'any', effect: OpFacts['effect'], doc: string, commutative = false): OpFacts => ({ arity, effect, doc, commutative });

export const opTable = {
  param: row(0, 'none', 'parameter of a block'),
  const: row(0, 'none', 'imm'),
  map: row(0, 'none', 'pointer to the map `name`'),
  map_value: row(0, 'none', 'address of byte `offset` in the only value of the array map (or data section) `name`'),
  function: row(0, 'none', 'address of the callback `name`'),
  field_offset: row(0, 'none', 'offset of the member `name` of a kernel struct: `offset`, or what a relocation puts in its place'),
  slot: row(0, 'none', 'address of a stack slot'),

  add: row(2, 'none', 'a + b; also pointer + integer', true),
  sub: row(2, 'none', 'a - b'),
  mul: row(2, 'none', 'a * b', true),
  udiv: row(2, 'none', 'a / b unsigned; b = 0 gives 0 as the machine does'),
  umod: row(2, 'none', 'a % b unsigned; b = 0 gives a'),
  and: row(2, 'none', 'a & b', true),
  or: row(2, 'none', 'a | b', true),
  xor: row(2, 'none', 'a ^ b', true),
  shl: row(2, 'none', 'a << (b & 63)'),
  lshr: row(2, 'none', 'a >> (b & 63), zero fill'),
  ashr: row(2, 'none', 'a >> (b & 63), sign fill'),
  neg: row(1, 'none', '-a'),
  extend: row(1, 'none', 'low `width` bytes of a, sign- or zero-extended to 64 bits'),
  bswap: row(1, 'none', 'low `width` bytes of a in reverse order, zero-extended'),

  eq: row(2, 'none', 'a == b ? 1 : 0', true),
  ne: row(2, 'none', 'a != b ? 1 : 0', true),
  ult: row(2, 'none', 'a < b unsigned'),
  ule: row(2, 'none', 'a <= b unsigned'),
  ugt: row(2, 'none', 'a > b unsigned'),
  uge: row(2, 'none', 'a >= b unsigned'),
  slt: row(2, 'none', 'a < b signed'),
  sle: row(2, 'none', 'a <= b signed'),
  sgt: row(2, 'none', 'a > b signed'),
  sge: row(2, 'none', 'a >= b signed'),

  load: row(1, 'reads', '`width` bytes at p + offset, extended by `signed`; of the argument `name` in the record of a tracepoint'),
  store: row(2, 'writes', '`width` bytes of v at p + offset'),
  zero: row(1, 'writes', 'zero bytes [offset, offset + size) of p'),
  copy: row(2, 'writes', 'copies size bytes from q + sourceOffset to p + offset; both directly accessible'),
  atomic_add: row(2, 'writes', '`width` bytes at p + offset += v, atomically'),
  atomic_xchg: row(2, 'writes', 'swaps `width` bytes at p + offset with v; gives the old'),
  atomic_cmpxchg: row(3, 'writes', 'if `width` bytes at p + offset equal a, stores b; gives the old'),

  call: row('any', 'writes', 'kernel helper `name`; passes may refine the effect by helperFacts'),
  call_function: row('any', 'writes', 'BPF-to-BPF call of `name`'),
  call_kfunc: row('any', 'writes', 'kernel function `name`'),
} as const satisfies Record<string, OpFacts>;

export type Op = keyof typeof opTable;

/** Helpers whose result is the same each time in one run of a program: their calls may be merged and dropped. */
export const pureHelpers: ReadonlySet<string> = new Set([
  'get_current_pid_tgid', 'get_current_uid_gid', 'get_current_task', 'get_current_task_btf', 'task_pt_regs', 'get_current_cgroup_id', 'get_smp_processor_id', 'get_numa_node_id',
  'get_func_ip', 'get_attach_cookie',
]);

/** Helpers that change nothing, though their results differ between calls: their calls may be dropped, not merged. */
export const droppableHelpers: ReadonlySet<string> = new Set([
  'ktime_get_ns', 'ktime_get_boot_ns', 'ktime_get_tai_ns', 'ktime_get_coarse_ns', 'jiffies64', 'get_prandom_u32', 'map_lookup_elem', 'map_lookup_percpu_elem',
]);
