// The names that bpftrace's reference has, for the table "bpftrace feature → here" of docs/reference.md.
//
//   facts  bpftrace's development head of August 2026, after 0.26.1, and the older names that scripts still use. Left out are what only
//          bpftrace's own macros use (`__builtin_…`, check_key, assert_str and the like)

/** Providers with their other names. */
export const providers: Readonly<Record<string, readonly string[]>> = {
  begin: ['BEGIN'], end: ['END'], self: [], test: [], bench: [], kprobe: ['k'], kretprobe: ['kr'], uprobe: ['u'], uretprobe: ['ur'], usdt: ['U'], tracepoint: ['t'], rawtracepoint: ['rt'],
  fentry: ['f', 'kfunc'], fexit: ['fr', 'kretfunc'], iter: ['it'], profile: ['p'], interval: ['i'], software: ['s'], hardware: ['h'], watchpoint: ['w'],
};

export const values: readonly string[] = [
  'arg0', 'args', 'cgroup', 'comm', 'config', 'cpid', 'cpu', 'ctx', 'curtask', 'elapsed', 'func', 'gid', 'has_cpid', 'jiffies', 'kstack', 'leader_comm', 'leader_tid', 'ncpus', 'nsecs', 'numaid',
  'pcomm', 'pid', 'ppid', 'probe', 'probetype', 'rand', 'retval', 'sarg0', 'tid', 'uid', 'usermode', 'username', 'ustack', 'dw_ustack',
];

/** Functions, and the macros of the standard library, which are called alike. */
export const functionNames: readonly string[] = [
  'assert', 'bswap', 'buf', 'cat', 'cgroup_path', 'cgroupid', 'clear', 'comm', 'container_of', 'debugf', 'delete', 'dw_ustack', 'errorf', 'exit', 'fail', 'find', 'getopt', 'has_key', 'is_array', 'is_err',
  'is_integer', 'is_literal', 'is_ptr', 'is_scalar', 'is_str', 'is_unsigned_integer', 'join', 'kaddr', 'kfunc_allowed', 'kfunc_exist', 'kptr', 'kstack', 'ksym', 'leader_comm', 'leader_tid', 'len',
  'macaddr', 'memcmp', 'nsecs', 'ntop', 'override', 'path', 'pcomm', 'percpu_kaddr', 'pid', 'ppid', 'print', 'printf', 'pton', 'reg', 'signal', 'signal_name', 'signal_thread', 'skboutput', 'socket_cookie',
  'static_assert', 'str', 'str_concat', 'strcap', 'strcontains', 'strerror', 'strftime', 'strlen', 'strncmp', 'strstr', 'syscall_name', 'system', 'tid', 'time', 'uaddr', 'unwatch', 'uptr', 'ustack', 'usym',
  'warnf', 'write_user', 'zero',
];

export const mapFunctions: readonly string[] = ['avg', 'count', 'hist', 'lhist', 'max', 'min', 'stats', 'sum', 'tseries'];

/** Config variables, in the environment with BPFTRACE_ before them. */
export const configNames: readonly string[] = [
  'cache_user_symbols', 'cpp_demangle', 'lazy_symbolication', 'license', 'log_size', 'max_bpf_progs', 'max_cat_bytes', 'max_map_keys', 'max_probes', 'max_strlen', 'missing_probes', 'on_stack_limit',
  'perf_rb_pages', 'print_maps_on_exit', 'show_debug_info', 'stack_mode', 'str_trunc_trailer', 'unstable_dw_ustack', 'unstable_import_statement', 'unstable_tseries', 'unstable_typeinfo', 'use_blazesym',
];

/** Config variables of older versions. */
export const oldConfigNames: readonly string[] = [
  'cat_bytes_max', 'map_keys_max', 'max_type_res_iterations', 'no_cpp_demangle', 'strlen', 'symbol_source', 'unstable_addr', 'unstable_import', 'unstable_macro', 'unstable_map_decl',
];

/** Options of the command: the long name, or the letter where there is no other. */
export const optionNames: readonly string[] = [
  'B', 'I', 'aot', 'bench', 'btf', 'cmd', 'debug', 'debuginfo', 'dry-run', 'dwarf-pid', 'e', 'emit-elf', 'emit-llvm', 'f', 'fmt', 'help', 'include', 'info', 'list', 'mode', 'no-feature', 'no-warnings', 'output',
  'pid', 'probe-filter', 'quiet', 'test', 'traceable-functions', 'unsafe', 'usdt-file-activation', 'verbose', 'verify-llvm-ir', 'version', 'warnings',
];

/** Words of the language that are no records: a script that has the form. */
export const forms: readonly (readonly [form: string, script: string])[] = [
  ['sizeof(T)', 'begin { print(sizeof(uint32)); }'], ['sizeof(e)', 'begin { print(sizeof("abc")); }'], ['offsetof(T, m)', 'struct s { int a; int b; }; begin { print(offsetof(struct s, b)); }'],
  ['typeof(e)', 'begin { $a = 1; $b = (typeof($a))2; print($b); }'], ['typeinfo(e)', 'config = { unstable_typeinfo=enable } begin { print(typeinfo(1).full_type); }'],
  ['comptime', 'begin { if comptime (sizeof(uint8) == 1) { print(1); } }'], ['let', 'begin { let $a : uint8 = 1; print($a); }'], ['if, else', 'begin { if (1) { print(1); } else { print(2); } }'],
  ['a ? b : c', 'begin { print(1 ? 2 : 3); }'], ['a ?: b', 'begin { print(1 ?: 3); }'], ['while', 'begin { $i = 0; while ($i < 3) { $i++; } print($i); }'], ['unroll', 'begin { unroll (3) { print(1); } }'],
  ['for over a range', 'begin { for $i : 0..3 { print($i); } }'], ['for over a map', 'begin { @m[1] = 2; for ($kv : @m) { print($kv.1); } }'], ['break, continue', 'begin { for $i : 0..3 { if ($i == 1) { continue; } break; } }'],
  ['return', 'begin { return; }'], ['block as expression', 'begin { print({ $a = 1; $a + 1 }); }'], ['_ = e', 'begin { _ = 1 + 2; }'], ['tuple', 'begin { print((1, "a").1); }'], ['record', 'begin { print((a=1, b="x").b); }'],
  ['&$v', 'begin { $a = 1; print(&$a == &$a); }'], ['array index', 'begin { print("abc"[1]); }'], ['duration', 'begin { print(10ms); }'], ['scientific integer', 'begin { print(1e6); }'], ['digit separator', 'begin { print(1_000); }'],
  ['predicate', 'begin /1/ { print(1); }'], ['several attach points', 'begin, end { print(1); }'], ['name of a probe', 'mine=begin { print(probe); }'], ['config block', 'config = { max_strlen=32 } begin { print(1); }'],
  ['map declaration', 'let @m = hash(5); begin { @m[1] = 2; }'], ['macro', 'macro twice(e) { e + e } begin { print(twice(2)); }'], ['subprogram', 'fn f($a : int64) : int64 { return $a + 1; } begin { print(f(1)); }'],
  ['#define', '#define N 4\nbegin { print(N); }'], ['struct', 'struct s { int a; }; begin { print(sizeof(struct s)); }'], ['union', 'union u { int a; long b; }; begin { print(sizeof(union u)); }'], ['enum', 'enum e { RED = 1 }; begin { print(RED); }'],
  ['bitfield', 'struct s { int a : 3; int b : 5; }; begin { print(sizeof(struct s)); }'], ['(T[N])e', 'begin { print((uint8[4])1); }'], ['(enum E)e', 'enum e { RED = 1 }; begin { print((enum e)1); }'], ['delete(@m[k])', 'begin { @m[1] = 1; delete(@m[1]); }'],
];
