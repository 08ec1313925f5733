// C definitions: layouts as compilers make them, names, preprocessor lines, and what is wrong.

import { readFileSync } from 'node:fs';
import t from 'tap';
import type { ExpandOptions } from '../../../../lib/compiler/expand/index.js';
import { Btf } from '../../../../lib/model/btf/btf.js';
import { type StructType, findMember, membersOf, spellType } from '../../../../lib/model/types/types.js';
import { headlines, run, statements } from './helper.js';

const btf = Btf.parse(readFileSync(new URL('../../../fixtures/btf/linux-6.18-x86_64.btf', import.meta.url)));
const withBtf = { target: { btf, kernelRelease: '6.12.5-amd64' } };

/** The struct after expanding definitions, with an empty probe behind them. */
function types(definitions: string, options: Partial<ExpandOptions> = {}) {
  const { expanded, messages } = run(`${definitions}\nbegin { }`, options);
  if (!expanded) throw new Error(messages);
  return expanded.types;
}

// ---- layouts: numbers printed by a program that GCC 12 compiled for x86_64 from the same text ------------------------

const source = `
struct a { char c; int i; short s; long l; };
struct b { unsigned x:3; unsigned y:30; unsigned z:1; };
struct c { char c; int f:5; int g:10; long h:40; char e; };
struct __attribute__((packed)) d { char c; int i; short s; unsigned b:3; unsigned q:20; };
struct e { char c; } __attribute__((aligned(16)));
union u { char c[5]; int i; short s; };
struct f { struct { int x; union { char y; long z; }; }; struct a in; struct a *p; int (*fn)(int); char n[4][7]; int m[2][3]; };
struct g { int a:4; int :0; int b:4; int :4; char c; _Bool t:1; unsigned long long w:63; };
enum e1 { A, B = 7, C };
struct h { enum e1 e; float f; double d; long double ld; enum e1 b:3; };
struct i { char c; struct d d; char k; int x __attribute__((aligned(8))); };
struct j { short a:7; char b:4; int c:20; char d; };
`;
const layouts = types(source);

const sizes: [name: string, size: number][] = [
  ['a', 24], ['b', 8], ['c', 16], ['d', 10], ['e', 16], ['u', 8], ['f', 112], ['g', 16], ['h', 48], ['i', 24], ['j', 8],
];
for (const [name, size] of sizes) t.equal(layouts.struct(name)?.size, size, `sizeof ${name}`);

const offsets: [path: string, offset: number][] = [
  ['f.x', 0], ['f.y', 8], ['f.z', 8], ['f.in', 16], ['f.p', 40], ['f.fn', 48], ['f.n', 56], ['f.m', 84], ['d.i', 1], ['d.s', 5], ['h.d', 8], ['h.ld', 16],
  ['i.d', 1], ['i.k', 11], ['i.x', 16], ['c.e', 8], ['g.c', 5], ['j.d', 4], ['u.i', 0],
];
for (const [path, offset] of offsets) {
  const [name, field] = path.split('.') as [string, string];
  t.equal(findMember(layouts.struct(name)!, field)?.offset, offset, `offsetof ${path}`);
}

const bits: [path: string, first: number, count: number][] = [
  ['b.x', 0, 3], ['b.y', 32, 30], ['b.z', 62, 1], ['c.f', 8, 5], ['c.g', 13, 10], ['c.h', 23, 40], ['d.b', 56, 3], ['d.q', 59, 20], ['g.a', 0, 4], ['g.b', 32, 4],
  ['g.t', 48, 1], ['g.w', 64, 63], ['h.b', 256, 3], ['j.a', 0, 7], ['j.b', 8, 4], ['j.c', 12, 20],
];
for (const [path, first, count] of bits) {
  const [name, field] = path.split('.') as [string, string];
  const member = findMember(layouts.struct(name)!, field)!;
  t.same([member.offset * 8 + member.bitfield!.shift, member.bitfield!.bits], [first, count], `bits of ${path}`);
  const width = member.type.kind === 'int' ? member.type.bits : member.type.kind === 'enum' ? member.type.bytes * 8 : 0;
  t.ok(member.bitfield!.shift + member.bitfield!.bits <= width, `${path} lies in one unit`);
}

// the last member may end without a semicolon, and a declaration has a list of bit fields
const lists: [definition: string, size: number, places: [field: string, offset: number, first?: number, bits?: number][]][] = [
  ['struct s { int a }', 4, [['a', 0]]],
  ['struct s { int a; char b, *c }', 16, [['b', 4], ['c', 8]]],
  ['struct s { int a:3, b:5, c; }', 8, [['a', 0, 0, 3], ['b', 0, 3, 5], ['c', 4]]],
  ['struct s { unsigned a:3, :0, b:2, :6, c:30 }', 12, [['a', 0, 0, 3], ['b', 4, 0, 2], ['c', 8, 0, 30]]],
  ['struct s { union { int a; long b }; struct { char c } }', 16, [['a', 0], ['b', 0], ['c', 8]]],
  ['struct s { union { int a:2 } u; int n; int v[] }', 8, [['u', 0], ['v', 8]]],
  ['struct s { int n; struct { short k; char d[] } v[] }', 4, [['v', 4]]],
  ['struct s { char c; int x } __attribute__((packed))', 5, [['x', 1]]],
];
for (const [definition, size, places] of lists) {
  const struct = types(`${definition}`).struct('s')!;
  t.equal(struct.size, size, definition);
  for (const [field, offset, first, count] of places) {
    const member = findMember(struct, field)!;
    t.same([member.offset, member.bitfield?.shift, member.bitfield?.bits], [offset, first, count], `${definition}: ${field}`);
  }
}

// ---- member types ----------------------------------------------------------------------------------------------

const members: [declaration: string, type: string][] = [
  ['char x', 'int8'], ['signed char x', 'int8'], ['unsigned char x', 'uint8'], ['short int x', 'int16'], ['unsigned x', 'uint32'], ['long unsigned int x', 'uint64'],
  ['long long x', 'int64'], ['_Bool x', 'bool'], ['char x[16]', 'string[17]'], ['unsigned char x[16]', 'uint8[16]'], ['int x[2][3]', 'int32[2][3]'],
  ['char x[2][8]', 'string[8][2]'], ['const char *x', 'int8 *'], ['void *x', 'void *'], ['char **x', 'int8 * *'], ['int *x[4]', 'int32 *[4]'], ['int (*x)[4]', 'int32[4] *'],
  ['int (*x)(void)', 'void *'], ['int (*x[2])(int, char)', 'void *[2]'], ['struct s *x', 'struct s *'], ['struct other *x', 'struct other *'], ['u32 x', 'uint32'],
  ['__be16 x', 'uint16'], ['size_t x', 'uint64'], ['float x', 'none'], ['double x[2]', 'none'], ['enum { Q, R } x', 'enum '], ['const volatile int x', 'int32'],
  ['int x[sizeof(int) * 2]', 'int32[8]'], ['int x[N + 1]', 'int32[5]'], ['int x[]', 'int32[0]'], ['char x[]', 'int8[0]'], ['int y, x', 'int32'],
];
for (const [declaration, type] of members) {
  const struct = types(`#define N 4\nstruct s { ${declaration}; };`).struct('s')!;
  t.equal(spellType(findMember(struct, 'x')!.type), type, declaration);
}
const tagged = types('struct s { char __user *x; char *y; };').struct('s')!;
t.match([findMember(tagged, 'x')!.type, findMember(tagged, 'y')!.type], [{ space: 'user' }, { space: 'kernel' }], '__user');

const list = types('struct node { struct node *next; struct tree *root; int v; }; struct tree { struct node *first; };').struct('node')!;
const pointee = (struct: StructType, field: string): StructType => {
  const { type } = findMember(struct, field)!;
  return (type.kind === 'pointer' ? type.to : type) as StructType;
};
t.equal(pointee(list, 'next').size, 24, 'a struct that points at itself');
t.same(membersOf(pointee(list, 'root')).map((member) => member.name), ['first'], 'a struct defined later');

// ---- enums and constants -----------------------------------------------------------------------------------------

const enums = types('enum color { RED = 1, GREEN, BLUE = RED + 10, NEG = -2 }; enum { LONE = 1 << 4 }; struct s { int a[BLUE]; };');
t.same(['RED', 'GREEN', 'BLUE', 'NEG', 'LONE', 'NONE'].map((name) => enums.constant(name)?.value), [1n, 2n, 11n, -2n, 16n, undefined]);
t.match(enums.enum('color'), { kind: 'enum', name: 'color', bytes: 4, members: [['RED', 1n], ['GREEN', 2n], ['BLUE', 11n], ['NEG', -2n]] });
t.equal(enums.struct('s')?.size, 44);

// ---- types of the kernel -------------------------------------------------------------------------------------------

const mixed = types('struct mine { struct path path; struct task_struct *task; pid_t pid; enum pid_type kind; };', withBtf).struct('mine')!;
t.equal(findMember(mixed, 'task')!.offset, 16, 'a kernel struct inside of one of ours has its size');
t.ok(findMember(pointee(mixed, 'task'), 'comm'), 'and pointers to kernel structs find their members');
t.ok(types('struct task_struct { int own; };', withBtf).struct('task_struct')?.size === 4, 'a struct of the script hides the kernel\'s');

// ---- preprocessor lines ----------------------------------------------------------------------------------------------

const conditions: [lines: string, want: boolean][] = [
  ['#ifdef X', false], ['#ifndef X', true], ['#define X\n#ifdef X', true], ['#define X\n#undef X\n#ifdef X', false], ['#if 1', true], ['#if 0', false],
  ['#if defined(X) || !defined X', true], ['#define X 3\n#if X > 2 && X < 4', true], ['#if X', false], ['#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)', true],
  ['#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)', false], ['#if 0\n#if 1\n#endif\n#else', true], ['#if 0\n#elif 1', true], ['#if 1\n#elif 1', false],
  ['#define F(a, b) (a > b)\n#if F(3, 2) && !F (2, 3)', true], ['#define G(x) H(x) + 1\n#define H(x) x\n#if G(-1)', false], ['#if defined F\n#elif __has_include(<x.h>)\n#else', true],
  ['#define F(x) V_ ## x\n#define V_A 1\n#if F(A)', true], ['#define A 1\n#if defined(A) && defined A && A', true], ['#define F() 1\n#if F()', true], ['#define f(x) g\n#define g(x) x\n#if f(0)(1)', true],
  ['#if defined __x86_64__ && __WORDSIZE == 64', false], ['#if __GNUC__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__', true],
  ['#ifdef BPFTRACE_HAVE_BTF', false], ['#if 1 ? 0 : 1', false], ['#define A B\n#define B 1\n#if A', true],
];
for (const [lines, want] of conditions) {
  t.equal(types(`${lines}\nstruct s { int a; };\n#endif`).struct('s') !== undefined, want, lines.replaceAll('\n', ' / '));
}
t.ok(types('#ifdef BPFTRACE_HAVE_BTF\nstruct s { int a; };\n#endif', withBtf).struct('s'), 'BPFTRACE_HAVE_BTF with BTF');
t.same(headlines('#ifndef BPFTRACE_HAVE_BTF\n#include <net/sock.h>\n#endif\nbegin { }', withBtf), [], 'the usual guard');
t.same(headlines('#include <linux/sched.h>\n#include "net/sock.h"\nbegin { }', withBtf), [], 'kernel headers are not needed where there is BTF');

const readHeader: NonNullable<ExpandOptions['readHeader']> = (name) => ({
  'mine.h': { name: 'mine.h', text: '#ifndef MINE_H\n#define MINE_H\n#include "deep.h"\n#define SIZE 3\ntypedef struct deep deep_t;\nstruct mine { deep_t d[SIZE]; };\nint f(struct mine *);\nstatic inline int g(void) { return 1; }\ntypedef int (*callback)(void);\nstruct last { callback c; };\n#endif\n' },
  'deep.h': { name: 'deep.h', text: 'struct deep {\n  int a; /* ; } */\n  int b;\n};\n' },
})[name as 'mine.h' | 'deep.h'];
const header = types('#include "mine.h"\n#include <mine.h>', { readHeader });
t.same([header.struct('mine')?.size, header.struct('deep_t')?.name, header.struct('last')?.size], [24, 'deep', 8], 'headers of the user');

// ---- headers as systems have them -----------------------------------------------------------------------------------------

const includes = (text: string, definitions = '#include <system.h>', options: Partial<ExpandOptions> = {}): ReturnType<typeof types> =>
  types(definitions, { readHeader: (name) => (name === 'system.h' ? { name: '/usr/include/system.h', text } : name === '/usr/include/beside.h' ? { name, text: 'struct beside { int a; };' } : undefined), ...options });

const system = includes(`
/* a comment with #if 0
 # over
 * lines */ struct a { int x; /* and
   one inside */ int y; };
#define LIST(FN, ctx...) \\
  FN(first, 0, ##ctx) \\
  FN(second, 5, ##ctx) /* the last
  one */
#define ENTRY(x, y) NAME_ ## x = y,
enum list { LIST(ENTRY) MAX_LIST };
#define swab(x) ((__u32)((((__u32)(x) & (__u32)0x000000ffUL) << 24) | (((__u32)(x) & (__u32)0xff000000UL) >> 24)))
enum { SWAPPED = swab(0x12000034), NARROW = (unsigned char)0x1ff, GREATER = (SWAPPED) + 1, LOST = nobody(knows), AFTER, LATER = 3 };
enum proto { PROTO_IP = 0,
#define PROTO_IP PROTO_IP
  PROTO_TCP = 6,
#define PROTO_TCP PROTO_TCP
#if 0
  PROTO_NONE = 7,
#endif
};
__extension__ typedef unsigned long long wide_t;
#define STD_TYPE typedef
STD_TYPE wide_t wider_t;
extern int errors (const char *name) __attribute__ ((nothrow)) __asm__ ("" "__errors");
extern struct a *find (struct a *of, int (*how) (const void *,
  const void *));
struct a *another (void);
static inline struct a *third(struct a *p) { struct local { int z; } l; return p; }
struct a *fourth(int n) { if (n) { return 0; } return 0; }
_Static_assert(sizeof(struct a) == 8, "a; b");
static const int numbers[] = { 1, 2 };
struct __attribute__((packed)) tight { char c; int i; } __attribute__((aligned(2)));
#define GROUP(TAG, NAME, MEMBERS...) union { struct { MEMBERS } ; struct TAG { MEMBERS } NAME; }
struct grouped {
  GROUP(part, both, int p; int q;);
#ifdef NOBODY
  long gone;
#else
  int r;
#endif
};
struct odd { unheard_of_t x; };
#include "beside.h"
struct last { wider_t w; struct tight t; };
`);
t.same(['a', 'tight', 'grouped', 'part', 'beside', 'last', 'odd', 'local'].map((name) => system.struct(name)?.size), [8, 6, 12, 8, 4, 16, undefined, undefined], 'structs of a system header');
t.same(['NAME_first', 'NAME_second', 'MAX_LIST', 'SWAPPED', 'NARROW', 'GREATER', 'LOST', 'LATER', 'PROTO_TCP', 'PROTO_NONE'].map((name) => system.constant(name)?.value),
  [0n, 5n, 6n, 0x34000012n, 0xffn, 0x34000013n, undefined, 3n, 6n, undefined], 'its constants');
t.same(headlines('#include <system.h>\nbegin { print(TCP); }', { readHeader: () => ({ name: 'system.h', text: 'enum { TCP = 6 };\n#define TCP TCP\n' }) }), [], 'a macro that stands for the enumerator of its name');
t.ok(includes('#if defined(__x86_64__) && __WCHAR_MAX__ > 0\nstruct s { int a; };\n#endif', undefined, { target: { btf: undefined, kernelRelease: '6.1.0', arch: 'x86_64' } }).struct('s'), 'what the compiler defines');
t.match(headlines('#include "own.h"\nbegin { }', { readHeader: () => ({ name: 'own.h', text: 'struct odd { unheard_of_t x; };' }) }), [/unknown type name 'unheard_of_t'/], "a header of the user's own is read strictly");

// ---- defines in expressions --------------------------------------------------------------------------------------------

const defines: [lines: string, expression: string, want: string][] = [
  ['#define N 16', 'N', '16'], ['#define N (1 << 4) /* four */', 'N + 1', '17'], ['#define A B + 1\n#define B 2', 'A', '3'], ['#define S "text"', 'S', '"text"'],
  ['#define U 10UL', 'U', '10ul'], ['#define F(x) x', 'F(1)', 'F(1)'], ['#define F(x) x', 'F', 'F'], ['#define C ((u32) 3)', 'C', '(u32)3'], ['#define N 1', '$N + @N', '$N + @N'],
  ['#define M tid', 'M', 'tid'],
];
for (const [lines, expression, want] of defines) t.equal(statements(`print(${expression});`, { before: `${lines}\n` }), `print(${want});`, `${lines} ${expression}`);

// ---- what is wrong ---------------------------------------------------------------------------------------------------------

const wrong: [definitions: string, want: string[], options?: Partial<ExpandOptions>][] = [
  ['#include <linux/sched.h>', ["stdin:1:1-25: ERROR: 'linux/sched.h' file not found",
    'HINT: headers of the kernel are not needed where it has BTF; others are looked for next to the script']],
  ['#include "no/such.h"', ["stdin:1:1-21: ERROR: 'no/such.h' file not found",
    'HINT: headers of the kernel are not needed where it has BTF; others are looked for next to the script'], { ...withBtf, readHeader: () => undefined }],
  ['#include foo', ['stdin:1:1-13: ERROR: expected "FILENAME" or <FILENAME>']],
  ['#if 1', ['stdin:1:1-6: ERROR: unterminated conditional directive']],
  ['#endif', ['stdin:1:1-7: ERROR: #endif without #if']],
  ['#else', ['stdin:1:1-6: ERROR: #else without #if']],
  ['#if 1 +\n#endif', ['stdin:1:1-8: ERROR: invalid expression in preprocessor condition']],
  ['#error too old', ['stdin:1:1-15: ERROR: too old']],
  ['#what', ["stdin:1:2-6: ERROR: invalid preprocessing directive '#what'"]],
  ['#define 3', ['stdin:1:1-10: ERROR: macro name must be an identifier']],
  ['struct s { foo_t a; };', ["stdin:1:12-17: ERROR: C definition: unknown type name 'foo_t'"]],
  ['struct s { int a int b; };', ["stdin:1:18-21: ERROR: C definition: expected ';'"]],
  ['struct s { int a[n]; };', ['stdin:1:18-19: ERROR: C definition: expected an integer constant']],
  ['struct s { struct other o; };', ["stdin:1:26-27: ERROR: C definition: field 'o' has incomplete type"]],
  ['struct a;\nstruct b { struct a *p; struct a whole; };', ["stdin:2:39-40: ERROR: C definition: field 'whole' has incomplete type"]],
  ['enum e : uint8_t { A = 255, B };', ["stdin:1:29-30: ERROR: C definition: the value of 'B', 256, does not fit the type of the enum, uint8"]],
  ['enum e : signed char { A = 128 };', ["stdin:1:24-25: ERROR: C definition: the value of 'A', 128, does not fit the type of the enum, int8"]],
  ['enum e : float { A };', ['stdin:1:10-15: ERROR: C definition: the type of an enum must be an integer type']],
  ['enum e : nosuch { A };', ["stdin:1:10-16: ERROR: C definition: unknown type name 'nosuch'"]],
  ['struct s { enum other o; };', ["stdin:1:12-16: ERROR: C definition: unknown type 'enum other'"]],
  ['struct s { int a; };\nstruct s { int b; };', ["stdin:2:1-7: ERROR: redefinition of 'struct s'", 'stdin:1:1-7: ERROR: previous definition is here']],
  ['#define N\nkprobe:f { print(N); }', ['stdin:2:18-19: ERROR: unable to expand macro as an expression: ']],
  ['#define N 1 +\nkprobe:f { print(N); }', ['stdin:2:18-19: ERROR: unable to expand macro as an expression: 1+']],
  ['#define M M\nkprobe:f { print(M); }', ['stdin:2:18-19: ERROR: Macro recursion: M->M']],
  ['#define A B\n#define B A\nkprobe:f { print(A); }', ['stdin:3:18-19: ERROR: Macro recursion: A->B->A']],
];
for (const [definitions, want, options] of wrong) t.same(headlines(`${definitions}\nbegin { }`, options), want, definitions.replaceAll('\n', ' / '));
