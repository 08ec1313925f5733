// A graph of C structs, and every form of the language that leads through it: the same rows for user memory and kernel memory.
//
//   out    the definitions, the bytes of the graph, and forms with what they give
//   idea   the graph is made of chunks; a chunk points only to chunks before it, so that it can be put together anywhere: in memory of
//          the simulator, by a process in its own memory, by a BPF program in its own, which is kernel memory

export const definitions = `struct leaf { int x; int y; };
struct node { struct leaf *leaf; };
struct box {
  struct leaf *one;
  struct { char *text; struct leaf *leaf; } s;
  struct leaf *arr[2];
  struct leaf **pp;
  union { struct leaf *u1; unsigned long u2; };
  unsigned int low:4, high:12; int count;
  struct leaf grid[3][2];
  char name[8];
  unsigned long address;
  struct node *chain;
  struct leaf (*rows)[2];
  int n; int m;
  struct leaf flex[];
};`;

/** A number, or the address of a byte of an earlier chunk. */
export type Word = bigint | { readonly chunk: string; readonly offset: number };

const to = (chunk: string, offset = 0): Word => ({ chunk, offset });
const pair = (x: number, y: number): bigint => BigInt(x) | (BigInt(y) << 32n);
const text = (s: string): bigint => Buffer.from(s.padEnd(8, '\0')).readBigUInt64LE();

export const chunks: readonly (readonly [name: string, words: readonly Word[]])[] = [
  ['text', [text('hello')]],
  ['leaves', [pair(1, 2), pair(3, 4)]],
  ['node', [to('leaves', 8)]],
  ['pointers', [to('leaves'), to('leaves', 8)]],
  ['box', [
    to('leaves', 8), to('text'), to('leaves'), to('leaves'), to('leaves', 8), to('pointers'), to('leaves', 8), pair(0x1235, 9),
    pair(0, 100), pair(1, 101), pair(10, 110), pair(11, 111), pair(20, 120), pair(21, 121),
    text('inline'), to('text'), to('node'), to('leaves'), pair(2, 0), pair(50, 51), pair(60, 61), pair(70, 71),
  ]],
];

const offsets = new Map<string, number>();
let end = 0;
for (const [name, words] of chunks) {
  offsets.set(name, end);
  end += 8 * words.length;
}
export const imageBytes = end;
export const boxOffset = offsets.get('box')!;

/** Offset and value of each word of the graph; relative ones count from its start. */
export const imageWords: readonly { readonly offset: number; readonly value: bigint; readonly relative: boolean }[] = chunks.flatMap(([name, words]) =>
  words.map((word, i) => ({
    offset: offsets.get(name)! + 8 * i,
    value: typeof word === 'bigint' ? word : BigInt(offsets.get(word.chunk)! + word.offset),
    relative: typeof word !== 'bigint',
  })));

/** The graph as it lies at `base`. */
export function image(base: bigint): Buffer {
  const bytes = Buffer.alloc(imageBytes);
  for (const { offset, value, relative } of imageWords) bytes.writeBigUInt64LE(relative ? base + value : value, offset);
  return bytes;
}

/** Statements that put the graph into variables of a program; `$box` is its root. */
export const ownGraph = chunks.map(([name, words]) =>
  `$${name} = (${words.map((word) => (typeof word === 'bigint' ? `(uint64)${word}` : `(uint64)&$${word.chunk} + ${word.offset}`)).join(', ')}${words.length === 1 ? ', (uint64)0' : ''});`).join(' ');

export interface Form {
  readonly before?: string;
  readonly expression: string;
  readonly want: string;
}

const row = (expression: string, want: string | number, before?: string): Form => ({ expression, want: String(want), before });

/** `$p` points to the box. @m is a map of the form's own. */
export const forms: readonly Form[] = [
  row('$p->one->y', 4),
  row('$p.one.y', 4),
  row('(*$p).one->y', 4),
  row('(*$p->one).y', 4),
  row('$p[0].one->y', 4),
  row('$p[$i].one->y', 4, '$i = $p->n - 2;'),
  row('$q->one->y', 4, '$q = $p + 0;'),
  row('$p->s.leaf->x', 1),
  row('str($p->s.text)', 'hello'),
  row('$p->s.text[1]', 101),
  row('buf($p->s.text, 5)', 'hello'),
  row('$p->arr[1]->y', 4),
  row('$p->arr[$i]->y', 4, '$i = $p->n - 1;'),
  row('$n', 6, '$n = 0; for $i : 0..2 { $n += $p->arr[$i]->y; }'),
  row('$n', 6, '$n = 0; $a = $p->arr; for $i : 0..2 { $n += $a[$i]->y; }'),
  row('$n', 6, '$n = 0; $i = 0; while ($i < 2) { $n += $p->pp[$i]->y; $i++; }'),
  row('$n', 6, '$n = 0; $i = 0; unroll(2) { $n += $p->arr[$i]->y; $i++; }'),
  row('$p->pp[1]->y', 4),
  row('$p->pp[$i]->y', 4, '$i = $p->n - 1;'),
  row('$p->pp->y', 2),
  row('(*$p->pp)->y', 2),
  row('(**$p->pp).y', 2),
  row('$q->y', 2, '$q = *$p->pp;'),
  row('(*$q)->y', 4, '$q = $p->pp + 1;'),
  row('$p->u1->y', 4),
  row('((struct leaf *)$p->u2)->y', 4),
  row('$p->low', 5),
  row('$p->high', 0x123),
  row('$p->count', 9),
  row('($s.low, $s.high, $s.count)', '(5, 291, 9)', '$s = *$p;'),
  row('$s.one->y', 4, '$s = *$p;'),
  row('$s.s.leaf->x', 1, '$s = *$p;'),
  row('$s.arr[1]->y', 4, '$s = *$p;'),
  row('$s.arr[$i]->y', 4, '$s = *$p; $i = $s.n - 1;'),
  row('$s.pp[1]->y', 4, '$s = *$p;'),
  row('$s.grid[2][1].y', 121, '$s = *$p;'),
  row('$t.leaf->x', 1, '$t = $p->s;'),
  row('str($t.text)', 'hello', '$s = *$p; $t = $s.s;'),
  row('$a[1]->y', 4, '$a = $p->arr;'),
  row('$a[$i]->y', 4, '$a = $p->arr; $i = $p->n - 1;'),
  row('@m.one->y', 4, '@m = *$p;'),
  row('@m.arr[1]->y', 4, '@m = *$p;'),
  row('(@m.high, @m.s.leaf->x)', '(291, 1)', '@m = *$p;'),
  row('@m->y', 4, '@m = $p->one;'),
  row('@m["k"].leaf->x', 1, '@m["k"] = $p->s;'),
  row('@m[1][1]->y', 4, '@m[1] = $p->arr;'),
  row('@m[1].0->y', 4, '@m[1] = ($p->one, 2);'),
  row('@m[1].1.one->y', 4, '@m[1] = (7, *$p);'),
  row('$n', 4, '@m[$p->one] = 1; $n = 0; for $kv : @m { $n = $kv.0->y; }'),
  row('$t.1->y', 4, '$t = (1, $p->one);'),
  row('$t.1.one->y', 4, '$t = (1, *$p);'),
  row('$r.a->y', 4, '$r = (a = $p->one, b = 1);'),
  row('$q->y', 4, '$q = $p->n > 1 ? $p->one : $p->arr[0];'),
  row('($p->n > 1 ? $p->one : $p->arr[0])->y', 4),
  row('(if ($p->n > 1) { $p->one } else { $p->arr[0] })->y', 4),
  row('({ let $z = $p->one; $z })->y', 4),
  row('$p->grid[2][1].x', 21),
  row('$p->grid[$i][1].y', 121, '$i = $p->n;'),
  row('$p->grid[2][$i].y', 121, '$i = $p->n - 1;'),
  row('$p->grid[$i][$j].y', 121, '$i = $p->n; $j = $i - 1;'),
  row('$g[1].y', 111, '$g = $p->grid[1];'),
  row('$g[$i].y', 111, '$i = $p->n - 1; $g = $p->grid[$i];'),
  row('$g[$i][$j].y', 121, '$g = $p->grid; $i = $p->n; $j = $i - 1;'),
  row('((int32 *)$p->grid)[3]', 101),
  row('((int32 *)$p->grid[$i])[3]', 111, '$i = $p->n - 1;'),
  row('buf($p->grid[0], 4)', '\\x00\\x00\\x00\\x00'),
  row('$p->name', 'inline'),
  row('str($p->name)', 'inline'),
  row('$p->name == "inline"', 'true'),
  row('strncmp($p->name, "inlet", 3)', 0),
  row('strlen(str($p->s.text))', 5),
  row('str($p->s.text) == "hello"', 'true'),
  row('$n', 'hello', '@m[str($p->s.text)] = 1; $n = ""; for $kv : @m { $n = $kv.0; }'),
  row('@m[1].s.leaf->x', 1, '@m[1] = *$p;'),
  row('@m[*$p->one]', 7, '@m[*$p->one] = 7;'),
  row('$q->y', 4, '$q = (struct leaf *)0; $q = $p->one;'),
  row('(*$q)->y', 4, '$q = (struct leaf **)((uint64)$p->pp + 8);'),
  row('$p->name[1]', 110),
  row('$p->name[$i]', 108, '$i = $p->n;'),
  row('str($p->address)', 'hello'),
  row('str((char *)$p->address)', 'hello'),
  row('str($p->address + 1)', 'ello'),
  row('str($p->address & ~7)', 'hello'),
  row('str($s.address)', 'hello', '$s = *$p;'),
  row('str(@m)', 'hello', '@m = $p->address;'),
  row('$p->chain->leaf->y', 4),
  row('((struct node *)$p->chain)->leaf->y', 4),
  row('((struct leaf *)(uint64)$p->one)->y', 4),
  row('((struct leaf *)$x)->y', 4, '$x = (uint64)$p->one;'),
  row('((struct leaf **)$p->pp)[1]->y', 4),
  row('(*$p->rows)[1].y', 4),
  row('$p->rows[0][1].y', 4),
  row('$p->rows[0][$i].y', 4, '$i = $p->n - 1;'),
  row('$p->flex[0].x', 50),
  row('$p->flex[2].y', 71),
  row('$p->flex[$i].y', 71, '$i = $p->n;'),
  row('$e.y', 61, '$e = $p->flex[1];'),
  row('((int32 *)$p->flex)[1]', 51),
  row('buf($p->flex, 1)', '2'),
  row('$q->y', 4, 'let $q : struct leaf *; $q = $p->one;'),
  row('$q->y', 4, 'let $q : struct leaf * = $p->one;'),
  row('$s.one->y', 4, 'let $s : struct box = *$p;'),
  row('$q->y', 4, '$q = $p->arr[0]; $q += 1;'),
  row('$q->y', 4, '$q = $p->arr[0]; $q++;'),
  row('$p->arr[1] == $p->one', 'true'),
  row('*$p->one', '{ .x = 3, .y = 4 }'),
  row('$p->grid[1]', '[{ .x = 10, .y = 110 },{ .x = 11, .y = 111 }]'),
  row('$p->flex', '[]'),
];
