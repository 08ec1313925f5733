// Every kind of expression, and every position an expression can stand in: their product is what the compiler must have an answer for.
//
//   in     a seed
//   out    scripts: an expression of some kind, wrapped in other expressions or not, in some position of some statement of some probe
//   idea   most pairs make no sense, and few people would write one by hand. Each gets a program that loads, or a diagnostic
//   facts  functions and builtins come from their records: a new one is here by itself

import { aggregates } from '../../lib/language/aggregates/index.js';
import { builtins } from '../../lib/language/builtins/index.js';
import { functions } from '../../lib/language/functions/index.js';
import type { FunctionRecord, ParameterKind } from '../../lib/language/record.js';
import type { Choice } from './dice.js';

/** Where a wrapper or a position takes its expression. */
const HOLE = '□';

/** Names that the expressions below use; all but the last lines are the same in each script. */
const definitions = `struct leaf { int x; char text[8]; };
struct box { struct leaf *p; struct leaf in; struct leaf arr[2]; int grid[2][3]; unsigned int low:4; union { long u; char c; }; struct box *next; char *name; void *any; struct leaf flex[]; };
struct none { };
enum color { RED, GREEN = 7, BLUE = 100 };
#define SEVEN 7
#define TEXT "text"`;

const macros = `macro same(x) { x }
macro twice(x) { (x, x) }
macro add(x, y) { x + y }
macro first($v) { $v }
macro whole(@m) { @m }
macro nothing() { }
macro made(t) { sizeof(t) }`;

const setup = `$i8 = (int8)-1; $u8 = (uint8)255; $i16 = (int16)-1; $i32 = (int32)-1; $u32 = (uint32)1; $i64 = (int64)-1; $u64 = (uint64)1; $one = 1; $b = true; $s = "abc"; $t = (1, "a", (2, 3));
$r = (a = 1, b = "x"); $arr = (int32[2])0x100000002; $bytes = (uint8[8])1; $p = (struct box *)0; $pp = (struct leaf **)0; $pi = (int32 *)0; $pv = (void *)0; $c = comm; $e = GREEN; $buf = buf("abcd", 4); let $unset; let $typed : uint16; let $st : struct leaf;`;

const maps = `@n = 1; @s = "abc"; @k[1] = 1; @ks["a", 1] = (1, "b"); @c = count(); @cs[1] = sum(1); @h = hist(1); @hk[1] = lhist(1, 0, 10, 1); @avg = avg(1); @st = stats(1); @min = min(1); @stack[kstack(3)] = 1; @bytes = $bytes; @leaf = *$p; @buf = $buf; @e = GREEN; @ip = ntop(1); @time = strftime("%H", nsecs); @p = $p;`;

const types = [
  'bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'string', 'string[4]', 'string[64]', 'buffer[4]', 'int8[8]', 'uint16[4]', 'int32[2]', 'int8[]', 'uint64[]', 'bool[8]', 'int32[2][3]',
  'struct box', 'struct box *', 'struct box **', 'struct nothing *', 'struct none', 'enum color', 'void', 'void *', 'int8 *', 'int32 **', 'int32*[2]', 'inet', 'inet[24]', 'timestamp', 'macaddr_t', 'username_t', 'ksym_t', 'usym_t', 'count_t', 'hist_t', 'avg_t', 'kstack_t', 'cgroup_path_t',
  'typeof($t)', 'typeof($p)', 'typeof(@ks)', 'typeof(int32)', 'typeof(args)', 'pid_t', 'struct task_struct', 'struct task_struct *',
] as const;

/** Arguments that a function takes where it takes that kind; '' none. */
const fitting: Readonly<Record<ParameterKind, readonly string[]>> = {
  any: ['1', '"a"', '$t', '$p'], integer: ['1', '$i32'], string: ['"a"', '$s', 'comm'], pointer: ['$p', '$pi'], 'integer or pointer': ['$u64', '$p'], map: ['@k', '@n', '@h'], 'map or value': ['@k', '@cs', '$s'], record: ['$r', '(pid = pid, kstack = kstack)', 'args'],
  'literal integer': ['1', '3'], 'literal string': ['"a"', '"%d"'], identifier: ['perf', 'raw'], format: ['"x"', '"%d %s\\n"'], expression: ['$p', '@k[1]', '1'], variable: ['$i64', '$found', '$s'],
};

function callsOf(record: FunctionRecord): string[] {
  const calls = new Set([`${record.name}()`]);
  for (let count = 1; count <= record.params.length + (record.variadic ? 2 : 0); count++) {
    for (let variant = 0; variant < 3; variant++) {
      const args = Array.from({ length: count }, (_, i) => { const choices = fitting[record.params[i]?.accepts ?? 'any']; return choices[(variant + i) % choices.length]!; });
      calls.add(`${record.name}(${args.join(', ')})`);
    }
  }
  return [...calls];
}

/** The function with the hole in each of its places, the other arguments fitting. */
function holesOf(record: FunctionRecord): string[] {
  const count = record.params.length + (record.variadic ? 1 : 0);
  return Array.from({ length: count }, (_, at) => {
    const args = Array.from({ length: at + 1 }, (_, i) => (i === at ? HOLE : record.variadic && record.params[i]?.accepts === 'format' ? '"%s\\n"' : fitting[record.params[i]?.accepts ?? 'any'][0]!));
    return `${record.name}(${args.join(', ')})`;
  });
}

const AGGREGATES = [...aggregates.keys()].map((name) => (name === 'lhist' ? 'lhist(1, 0, 10, 1)' : name === 'count' ? 'count()' : name === 'tseries' ? 'tseries(1, 1s, 10)' : `${name}(1)`));

/** One expression of each kind. */
export const kinds: readonly string[] = [
  '0', '1', '-1', '255', '0x7fffffffffffffff', '0x8000000000000000', '0xffffffffffffffff', '1e6', '5s', '1ul', 'true', 'false', '""', '"abc"', '"%d"', `"${'long '.repeat(30)}"`, '"\\xff\\0z"',
  'SEVEN', 'TEXT', 'RED', '(enum color)7', '(enum color)$i32', '$e', 'GREEN', '$1', '$2', '$#', 'str($1)', '$nowhere', '@nowhere', '@nowhere[1]', 'no_such_name', 'no_such_call(1)',
  '$i8', '$u8', '$i16', '$i32', '$u32', '$i64', '$u64', '$one', '$b', '$s', '$t', '$r', '$arr', '$bytes', '$p', '$pp', '$pi', '$pv', '$c', '$buf', '$unset', '$typed', '$st',
  '@n', '@s', '@k', '@k[1]', '@k[$i32]', '@ks', '@ks["a", 1]', '@ks["a", 1].1', '@c', '@cs', '@cs[1]', '@h', '@hk', '@hk[1]', '@avg', '@st', '@min', '@stack', '@stack[kstack(3)]', '@bytes', '@leaf', '@buf', '@e', '@ip', '@time', '@p', '@p->in.x',
  '$t.0', '$t.1', '$t.2', '$t[1]', '$t.2.1', '$r.a', '$r.b', '$arr[0]', '$arr[$one]', '$bytes[1]', '$s[0]', '$s[$one]', '$c[0]', '$pi[2]', '$p[1]', '$pp[1]', '$buf[0]',
  '*$p', '*$pi', '*$pp', '**$pp', '*$pv', '*$i64', '$p->p', '$p->p->x', '$p->in', '$p->in.text', '$p->arr', '$p->arr[1]', '$p->arr[$one].x', '$p->grid', '$p->grid[1]', '$p->grid[1][2]', '$p->low', '$p->u', '$p->c', '$p->next->next->in', '$p->name', '$p->any', '$p->flex', '$p->flex[1]', '$st.x', '$st.text', '@leaf.p',
  '&$s', '&$i32', '&$t', '&@n', '&@k', '&@h', '!$b', '!$s', '!$p', '~$u8', '-$i8', '-$u8', '$one++', '--$i32', '@n++', '++@k[2]', '@c++', '$p++', '$s++',
  '$i32 + $u8', '$p + 1', '$p - 1', '1 - $p', '$p - $p', '$s + 1', '"abc" + 1', '$t + 1', '$i32 / $u8', '$i64 % 0', '$u64 << 65', '$b + $b', '$i8 == $u64', '$s == "abc"', '$s < "x"', '$t == (1, "a", (2, 3))', '$r == $r', '$arr == $arr', '$buf == $buf', '$p == $pi', '$p == 0', '$b && $s', '$p || $t', '$s != comm', '$e == BLUE', '$e + 1', 'kstack == kstack',
  '$b ? 1 : 2', '$b ? "a" : "longer"', '$b ? $t : $t', '$b ? $p : 0', '$b ? $arr : $bytes', '$b ? print(1) : print(2)', '$b ?: 1', '$s ?: "x"', 'comm ?: "none"', '"" ?: "x"', '$t ?: $t', '$p ?: $p', '@h ?: 1', '@c ?: 1', '$buf ?: $buf', 'kstack ?: kstack', 'if $b { 1 } else { 2 }', 'if $b { "a" } else { comm }', 'if ($b) { $t } else { $t }', 'if $b { 1 } else { }',
  '{ 1 }', '{ $z = 1; $z }', '{ let $z = comm; $z }', '{ 1; }', '{ }', '{ print(1); "a" }', '{ @n = 2; @k }', '{ return; 1 }', '{ if $b { return; } 3 }',
  '()', '(1,)', '(1, 2)', '(1, "a", (2, comm))', '(1, ())', '(a = 1)', '(a = 1, b = (c = comm, d = 2))', '(1, @c)', '(1, @h)', '(1, kstack)', '(1, $p)', '(1, *$p)', '($arr, $bytes)', '(1, args)', '(1, ctx)', '(1, print(1))', '(1, $buf, ntop(1), usym(1))',
  'sizeof($t)', 'sizeof(struct box)', 'sizeof(args)', 'sizeof(print(1))', 'sizeof(@k)', 'sizeof(void)', 'sizeof(struct nothing)', 'offsetof(struct box, in.x)', 'offsetof($p, in)', 'offsetof(*$p, next)', 'offsetof(struct box, nope)', 'typeof($t)', 'typeinfo($t)', 'typeinfo(int32)', 'typeinfo(@k)', 'typeinfo($p)', 'typeinfo(print(1))', 'typeinfo(struct box).full_type', 'typeinfo(args)', 'typeinfo(1).base_type', 'comptime 1', 'comptime (1 + 2)', 'comptime "a"', 'comptime sizeof($t)', 'comptime $i32', 'comptime (typeinfo(1).base_type == "int")',
  'same(1)', 'same($t)', 'same(comm)', 'twice("a")', 'twice(@c)', 'add($i8, $u64)', 'add("a", 1)', 'first($s)', 'first(1)', 'whole(@k)', 'whole(@n)', 'whole(@c)', 'nothing()', 'nothing', 'same(nothing())', 'made(typeof(int32))', 'made(int32)', 'same(print(1))', 'same(same(same($t)))',
  'args.filename', 'args.dfd', 'args.count', 'args.comm', 'args.nope', 'str(args.filename)', '*args', 'args->common_pid', 'ctx.task', 'ctx.task.comm', 'ctx.task->pid', 'ctx.meta', '*ctx', '*(uint64 *)ctx', '((struct task_struct *)curtask)->comm', 'curtask->parent->mm', 'curtask->comm', 'curtask->cpus_mask', '*curtask', 'curtask->pid',
  'arg0', 'arg5', 'arg99', 'sarg0', 'kstack(3)', 'kstack(perf)', 'kstack(raw, 2)', 'ustack(3)', 'ustack(perf, 5)', 'ustack(build_id, 2)', 'kstack(40)', 'strftime("%H:%M", nsecs)', 'nsecs(boot)', 'nsecs(sw_tai)', 'ntop(1)', 'ntop($bytes)', 'pton("1.2.3.4")', 'pton("::1")', 'macaddr($bytes)', 'cgroup_path(1)', 'cgroupid("/")', 'buf($s, 2)', 'buf($arr)', 'str($p->name, 3)', 'strncmp($s, "a", 1)', 'usym(1)', 'ksym(1)', 'ksym($p)', 'usym($p)',
  ...types.flatMap((type) => [`(${type})1`, `(${type})$s`]), ...types.slice(0, 24).flatMap((type) => [`(${type})$i32`, `(${type})$arr`, `(${type})$p`, `(${type})@c`]), '(int32)$bytes', '(uint64)$bytes', '(int8[])"abc"', '(string[2])$s', '(bool)comm', '(uint64)@cs[1]', '(struct box)*$p', '(typeof($t))(1, "a", (2, 3))', '(string)comm', '(int32)$p->low', '(int64)$e',
  ...builtins.keys(), ...[...functions.values()].flatMap(callsOf), ...AGGREGATES,
];

/** Expressions that take another one; every one of their places. */
export const wrappers: readonly string[] = [
  '(□)', '-□', '!□', '~□', '*□', '&□', '□++', '--□', '□ + 1', '1 + □', '□ - □', '□ * $u8', '□ / $i32', '7 % □', '□ & 3', '$u64 << □', '□ == □', '□ == 1', '"a" == □', '□ != $t', '□ < 2', '$u64 >= □', '□ && 1', '$p || □',
  '□ ? 1 : 2', '$b ? □ : 1', '$b ? "a" : □', '$b ? □ : □', '□ ?: 1', '□ ?: □', '$p ?: □', 'if □ { 1 } else { 2 }', 'if $b { □ } else { □ }', '{ □ }', '{ □; 1 }', '{ $w = □; $w }', '(□,)', '(1, □)', '(□, "a", □)', '((□, 1), 2)', '(a = □)', '(a = 1, b = □)', '(□, 2).0', '(1, □).1', '(a = □).a',
  '□.x', '□->in', '□.0', '□.1', '□[0]', '□[$one]', '□[1][2]', '$arr[□]', '$p[□]', '$s[□]', '$t[□]', '@k[□]', '@ks[□, 1]', '@new[□]', '@new[□, □]', '@new[1, □]++',
  'same(□)', 'twice(□)', 'add(□, 1)', 'add(1, □)', 'first(□)', 'whole(□)', 'made(□)', 'sizeof(□)', 'sizeof((□))', 'offsetof(□, x)', 'typeof(□)', 'typeinfo(□)', 'typeinfo((□))', 'typeinfo(□).full_type', 'comptime □', 'comptime (□)', 'no_such_call(□)', '(typeof(□))1', '(typeof(□))□',
  ...types.map((type) => `(${type})(□)`), ...[...functions.values()].flatMap(holesOf), ...[...aggregates.keys()].flatMap((name) => [`${name}(□)`]), 'lhist(1, □, 10, 1)', 'lhist(1, 0, □, 1)', 'lhist(□, 0, 10, 1)', 'tseries(□, 1s, 5)', 'tseries(1, □, 5)', 'hist(1, □)', 'hist(□, 3)',
  'printf("%d", □)', 'printf("%s %d\\n", □, □)', 'printf("%r|%x|%p", □, □, □)', 'printf("%c%5s%-8lld", □, □, □)', 'print(□, 3)', 'print(□, 3, 2)', 'print(@k, □)', 'str(□, 3)', 'str($p, □)', 'buf($p, □)', 'buf($bytes, □)', 'strncmp(□, □, 2)', 'strncmp("a", "b", □)', 'kstack(□)', 'kstack(perf, □)', 'strftime(□, nsecs)', 'strftime("%H", □)', 'strftime("%f %Y", □)', 'delete(@k, □)', 'delete(@k[□])', 'delete(@ks[□, 1])', 'has_key(@k, □)', 'len(□)', 'join(□, "x")', 'ntop(2, □)', 'time(□)', 'exit(□)',
];

/** Statements and probes that take an expression; every one of their places. */
export const positions: readonly string[] = [
  'P { □ }', 'P { □; }', 'P { _ = □; }', 'P { print(□); }', 'P { print((□, 1)); }', 'P { printf("%d %s %x\\n", □, □, □); }', 'P { printf("%s\\n", □); }', 'P { printf(□); }', 'P { printf(□, 1); }',
  'P { $v = □; print($v); }', 'P { $v = □; $v = □; }', 'P { $v = 1; $v = □; print($v); }', 'P { $v = □; $v = 1; }', 'P { $v = □; $v += □; }', 'P { $v = 1; $v += □; }', 'P { $v = "x"; $v = □; print($v); }', 'P { let $v = □; print($v); }', 'P { let $v : typeof(□) = □; print($v); }', 'P { let $v : typeof(□); print($v); }', 'P { let $v : uint16 = □; }', 'P { let $v : string = □; }', 'P { let $v; $v = □; print($v); }', 'P { let $v : int32[□]; }', 'P { let $v : string[□]; print($v); }',
  'P { @v = □; print(@v); }', 'P { @v = □; @v = □; }', 'P { @v[1] = □; print(@v); }', 'P { @v[1] = □; print(@v[1]); }', 'P { @v[□] = 1; print(@v); }', 'P { @v[□] = □; }', 'P { @v[□, 1] = count(); }', 'P { @v[1, □] = "a"; delete(@v, (1, □)); }', 'P { @v[□]++; }', 'P { @v[□] += □; }', 'P { @v += □; }', 'P { @v |= □; }', 'P { @v = 1; @v = □; }', 'P { @v = "x"; @v = □; }', 'P { @v = count(); @v = □; }', 'P { @v[1] = 2; @v[□] = 3; }', 'P { @v["a"] = 2; @v[□] = 3; }', 'P { @v[1] = hist(□); }', 'P { @v[□] = sum(□); }', 'P { □ = 1; }', 'P { □ += 1; }', 'P { □++; }', 'P { @k[□] = @k[□]; }', 'P { @v = □; clear(@v); zero(@v); }', 'P { @v[1] = □; @w = @v[1]; print(@w); }', 'P { @v[□] = 1; for $kv : @v { print($kv); print($kv.0); } }', 'P { @v[1] = □; for $kv : @v { @w[$kv.0] = $kv.1; print($kv); } }', 'let @v = lruhash(5); P { @v[□] = □; }', 'let @v = percpuhash(3); P { @v[1] = □; print(@v); }',
  'P { if □ { print(1); } }', 'P { if (□) { print(1); } else if (□) { print(2); } else { print(3); } }', 'P { while (□) { break; } }', 'P { $n = 0; while ($n++ < 3) { print(□); @l[□] = count(); } }', 'P { $n = 0; while ($n++ < 2) { $v = □; if (□) { continue; } } }', 'P { for $i : □ { print($i); } }', 'P { for $i : 0..□ { print($i); } }', 'P { for $i : □..3 { print($i); } }', 'P { for $i : (□)..(□) { break; } }', 'P { for $i : 0..2 { print(□); } }', 'P { for $i : 0..2 { $v = □; @l[$i] = □; } }', 'P { $v = □; for $i : 0..2 { print($v); $v = □; } print($v); }', 'P { for $kv : @k { print((□, $kv)); } }', 'P { unroll (□) { print(1); } }', 'P { unroll (2) { print(□); $v = □; } }', 'P { return □; }', 'P { if $b { return □; } print(1); }', 'P { { □ } print({ □ }); }', 'P { break □; }', 'P { $v = □; { print($v); } @v = $v; @w[$v] = $v; }',
  'P /□/ { print(1); }', 'P /□ == □/ { print(□); }', 'macro m() { □ } P { print(m()); }', 'macro m(x) { x; x } P { print(m(□)); }', 'macro m(@a) { @a[□] = □; } P { m(@v); }', 'macro m($a) { $a = □; } P { $q = □; m($q); }', 'fn f($a : int64) : int64 { return $a; } P { print(f(□)); }', '#define D □\nP { print(D); }', '#if □\nP { print(1); }\n#endif', 'P, end { print(□); }', 'config = { max_strlen = 100; stack_mode = perf } P { print(□); @v[□] = □; }', 'config = { print_maps_on_exit = 0; on_stack_limit = 128 } P { print(□); @v[□] = □; }', 'P { print(□); exit(); } end { print(□); }', 'interval:s:□ { print(1); }', 'let @v = hash(□); P { @v[1] = 2; }', 'import □; P { print(1); }', 'P { import □; }',
];

/** Attach points; what FixtureTarget has. */
const simulated = ['begin', 'begin', 'begin', 'end', 'tracepoint:syscalls:sys_enter_openat', 'tracepoint:sched:sched_switch', 'tracepoint:sched:*', 'rawtracepoint:sched_switch', 'kprobe:vfs_read', 'kretprobe:vfs_read', 'fentry:vfs_read', 'fexit:vfs_read', 'profile:hz:99', 'interval:s:1', 'software:cs:1', 'hardware:cache-misses:100', 'self:signal:SIGUSR1', 'iter:task', 'iter:task_file', 'uprobe:/bin/app:main', 'uretprobe:/bin/app:main', 'watchpoint:0x1000:4:w'];
/** That every kernel of the rig and this one have. */
const everywhere = ['begin', 'begin', 'tracepoint:syscalls:sys_enter_openat', 'tracepoint:sched:sched_switch', 'rawtracepoint:sched_switch', 'profile:hz:99', 'interval:s:1', 'software:cs:1', 'self:signal:SIGUSR1', 'iter:task'];

export interface Script {
  readonly text: string;
  readonly probe: string;
}

const put = (template: string, expression: string): string => template.replaceAll(HOLE, () => expression);
const namesIn = (text: string): string[] => text.match(/[$@]\w+/g) ?? [];

/** The statements of `setup` and `maps` that give the text its variables and maps a value. */
function statementsFor(text: string): string {
  const wanted = new Set(namesIn(text));
  const chosen: string[] = [];
  for (const statement of `${setup} ${maps}`.split(/(?<=;)\s+/).reverse()) {
    const [name, ...used] = namesIn(statement);
    if (!wanted.has(name!)) continue;
    for (const each of used) wanted.add(each);
    chosen.unshift(statement);
  }
  return chosen.join(' ');
}

/** The expression in the position. Predicates stand before any statement: there variables have no value. */
export function script(expression: string, position: string, probe: string): Script {
  const filled = put(position, expression);
  const text = filled.replace('P {', () => `P { ${statementsFor(filled)}`).replace(/^P(?=[ ,])|(?<=[\s;}])P(?=[ ,])/, () => probe);
  return { text: `${definitions}\n${text}\n${macros}`, probe };
}

/** A script of one kind in one position, with none to two expressions around it. */
export function randomScript(dice: Choice, where: 'simulator' | 'kernel'): Script {
  let expression = dice.one(kinds);
  for (let depth = dice.weighted([2, 3, 1]); depth > 0; depth--) expression = put(dice.one(wrappers), expression);
  return script(expression, dice.one(positions), dice.one(where === 'kernel' ? everywhere : simulated));
}

/** Each kind in a position of its own turn, each position and each wrapper with kinds of their own turn: from a place that the seed says. */
export function* everyPair(seed: number): Generator<Script> {
  const probeAt = (i: number): string => simulated[i % simulated.length]!;
  const rows = Math.max(kinds.length, wrappers.length, positions.length);
  for (let i = 0; i < rows; i++) {
    const kind = kinds[i % kinds.length]!;
    const at = i * 7 + seed;
    yield script(kind, positions[at % positions.length]!, probeAt(i + seed));
    yield script(put(wrappers[(i + seed) % wrappers.length]!, kind), positions[(at * 3) % positions.length]!, probeAt(at));
  }
}
