// Programs of C and C++ with debug information: what their functions are called with, and what lies in their structs, is known. Each line such a program
// is given makes it work once more.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineProgram } from './program.js';

/** A round calls each function once, and both functions that are called `twin` in two files. */
export const cSource = `
#include <stdbool.h>
#include <stdio.h>
#define FUNCTION __attribute__((noinline, noclone))
enum color { RED = 3, GREEN = 7, BELOW = -2 };
typedef unsigned long long ticks_t;
struct pair { short a, b; };
struct node {
  char name[12];
  struct pair pairs[3];
  union { long number; void *pointer; };
  unsigned low : 3, middle : 5; int sign : 4;
  enum color color;
  struct node *next;
  const char *text;
  double real;
  int matrix[2][3];
  char rest[];
};
struct two { long x; int y; };
struct big { long x[5]; };
struct floats { double a; float b; };
/* the kernel has a struct of this name, too */
struct file { int mine; };
struct opaque;
static volatile long sink;
FUNCTION int plain(int a, unsigned char b, const char *s, struct node *n, enum color c, bool ok) { sink = a + b + s[0] + n->color + c + ok; return -a; }
FUNCTION long mixed(double d, int a, struct two t, struct big g, float f, ticks_t last) { sink = (long)d + (long)f; return last + a + t.x + g.x[0]; }
FUNCTION struct big hidden(int a) { struct big b = {{a}}; sink = a; return b; }
FUNCTION double half(int a) { sink = a; return a / 2.0; }
FUNCTION struct node *find(struct node *n, int depth, ...) { sink = depth; return n->next; }
FUNCTION void many(int a, int b, int c, int d, int e, int f, int g) { sink = a + b + c + d + e + f + g; }
FUNCTION void floating(struct floats s, int after) { sink = (long)s.a + after; }
FUNCTION int mine(struct file *f, struct opaque *o) { sink = o == 0; return f->mine; }
FUNCTION __int128 wide(__int128 w, int after) { sink = (long)w; return w + after; }
FUNCTION static void twin(int first) { sink = first; }
void other(void);
int main(void) {
  struct node second = { .name = "second", .color = BELOW, .number = 77 };
  struct node first = { .name = "first", .pairs = {{1, 2}, {3, 4}, {5, -6}}, .number = 1234567890123, .low = 5, .middle = 17, .sign = -3, .color = GREEN, .next = &second, .text = "hello",
    .matrix = {{1, 2, 3}, {4, 5, 6}} };
  struct two t = { 100, 5 }; struct big g = {{1000}}; struct floats s = {1.5, 2.5}; struct file f = { 99 };
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready\\n");
  while (getchar() != EOF) {
    while (getchar() != '\\n') {}
    plain(-5, 200, "text", &first, GREEN, true);
    mixed(1.5, 3, t, g, 2.5f, 1ull << 40);
    sink = hidden(42).x[0];
    sink = (long)half(9);
    find(&first, 2, 3, 4);
    many(1, 2, 3, 4, 5, 6, 7);
    floating(s, 11);
    mine(&f, 0);
    sink = (long)wide(5, 6);
    twin(1);
    other();
    printf("done\\n");
  }
  return 0;
}
`;

const cOther = `
static volatile long sink;
struct local { int only_here; };
__attribute__((noinline, noclone)) static void twin(long second) { sink = second; }
__attribute__((noinline)) void local(struct local *l) { sink = l->only_here; }
static inline __attribute__((always_inline)) void twice(long n) {
  sink = n; /* in two places */
}
void other(void) { struct local l = { 4 }; twin(2); local(&l); twice(1); sink = 5; twice(2); }
`;

/** The line of twice() in other.c that has code in two functions' worth of places. */
export const lineOfTwoPlaces = cOther.split('\n').findIndex((line) => line.includes('in two places')) + 1;
export const lineOfPlain = cSource.split('\n').findIndex((line) => line.includes('int plain(')) + 1;

export const cppSource = `
#include <cstdio>
#include <string>
#define FUNCTION __attribute__((noinline))
static volatile long sink;
namespace ns {
struct Base { int id; virtual ~Base() {} };
struct Mixin { long weight; };
class Shape : public Base, public Mixin {
 public:
  enum Kind { SMALL, LARGE };
  const char *label; int &reference; int side : 5; static int total; Kind kind;
  Shape(const char *l, int &r) : label(l), reference(r), side(-3), kind(LARGE) { id = 9; weight = 77; }
  FUNCTION int area(int scale) { sink = scale; return side * scale; }
};
int Shape::total = 0;
template <typename T> struct Box { T value; };
FUNCTION int unbox(Box<long> *box, const Shape &shape) { sink = box->value; return shape.id; }
struct Trivial { int a, b; };
FUNCTION int by_value(Trivial t, int after) { sink = t.a; return after; }
FUNCTION int by_reference(std::string s, int after) { sink = s.size(); return after; }
struct Owned { int n; ~Owned() { sink = n; } };
FUNCTION Owned returned(int first) { sink = first; return {first}; }
FUNCTION int over(int a) { sink = a; return 1; }
FUNCTION int over(const char *a) { sink = a[0]; return 2; }
}
int main() {
  int number = 12;
  ns::Shape shape("square", number);
  ns::Box<long> box{1234567890123L};
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  while (getchar() != EOF) {
    while (getchar() != '\\n') {}
    sink = shape.area(4);
    ns::unbox(&box, shape);
    ns::by_value({1, 2}, 5);
    ns::by_reference("hey", 6);
    ns::returned(8);
    ns::over(1);
    ns::over("two");
    puts("done");
  }
}
`;

export class DwarfProgram {
  readonly folder = mkdtempSync(join(tmpdir(), 'tbpf-dwarf-'));
  readonly path = join(this.folder, 'program');
  private lines: LineProgram | undefined;

  /** @param options  of the compiler */
  constructor(compiler: 'gcc' | 'g++' | 'clang', options: readonly string[]) {
    const isCpp = compiler === 'g++';
    const files = isCpp ? ['program.cc'] : ['program.c', 'other.c'];
    writeFileSync(join(this.folder, files[0]!), isCpp ? cppSource : cSource);
    if (!isCpp) writeFileSync(join(this.folder, 'other.c'), cOther);
    execFileSync(compiler, [...options, '-o', 'program', ...files], { cwd: this.folder });
  }

  /** Starts it; resolves when it waits for work. */
  async start(): Promise<void> {
    this.lines = new LineProgram(this.path);
    await this.lines.ready;
  }

  readonly work = async (): Promise<void> => void (await this.lines!.work());

  run(command: string, ...args: string[]): void {
    execFileSync(command, args, { cwd: this.folder });
  }

  async close(): Promise<void> {
    await this.lines?.close();
    rmSync(this.folder, { recursive: true });
  }
}
