import t from 'tap';
import { generate } from '../../../../lib/compiler/codegen/index.js';
import { allocateRegisters } from '../../../../lib/compiler/codegen/regalloc.js';
import { layoutBlocks } from '../../../../lib/compiler/codegen/layout.js';
import { select } from '../../../../lib/compiler/codegen/select.js';
import { placeStack, roundedFrame, type StackLayout } from '../../../../lib/compiler/codegen/stack.js';
import { parseModule } from '../../../../lib/model/ir/text.js';

function layoutOf(source: string): { offsets: Record<string, number>; layout: StackLayout } {
  const func = select(parseModule(source).functions[0]!);
  layoutBlocks(func);
  const allocated = allocateRegisters(func);
  const layout = placeStack(func, allocated.blockStarts, allocated.spills);
  return { offsets: Object.fromEntries([...layout.slotOffsets].map(([slot, offset]) => [slot.name, offset])), layout };
}

const program = (slots: readonly (readonly [string, number])[], body: string): string => `program p "raw_tp" {
${slots.map(([name, size], id) => `  slot ${id} ${name} size=${size} align=1`).join('\n')}
b0 entry(v0: ctx):
  v99: u64 = const 0
${slots.map((_, id) => `  v${100 + id}: stack = slot ${id}`).join('\n')}
${body}
}`;

const fill = (id: number): string => `zero v${100 + id} size=1\ncall probe_read_kernel(v${100 + id}, v99, v0)\n`;

t.test('slots used one after the other share bytes', async (t) => {
  const { offsets, layout } = layoutOf(program([['a', 16], ['b', 16]], `${fill(0)}${fill(1)}return v99`));
  t.same(offsets, { a: -16, b: -16 });
  t.equal(layout.sizeBytes, 16);
});

t.test('slots used at the same time do not', async (t) => {
  const { offsets } = layoutOf(program([['a', 16], ['b', 8]], `${fill(0)}${fill(1)}${fill(0)}return v99`));
  t.same(offsets, { a: -16, b: -24 });
});

t.test('slots used on different ways share, one used after both does not share with what it needs', async (t) => {
  const { offsets } = layoutOf(program([['a', 8], ['b', 8], ['c', 8]],
    `${fill(2)}branch eq v99, v99 -> b1, b2\nb1 x():\n${fill(0)}jump b3\nb2 y():\n${fill(1)}jump b3\nb3 z():\n${fill(2)}return v99`));
  t.equal(offsets.a, offsets.b);
  t.not(offsets.c, offsets.a);
});

t.test('a slot used in a loop lives all round it', async (t) => {
  const { offsets } = layoutOf(program([['a', 8], ['b', 8]],
    `${fill(0)}jump b1\nb1 x():\n${fill(1)}call probe_read_kernel(v100, v99, v0)\nbranch eq v99, v99 -> b1, b2\nb2 y():\nreturn v99`));
  t.not(offsets.a, offsets.b);
});

t.test('a slot lives as long as a pointer made from it', async (t) => {
  const { offsets } = layoutOf(program([['a', 16], ['b', 16]],
    `${fill(0)}v1: u64 = load v0 offset=0 width=8\nv2: stack = add v100, v1\n${fill(1)}v3: u64 = load v2 offset=0 width=8\nreturn v3`));
  t.not(offsets.a, offsets.b);
});

t.test('a slot whose address is stored lives for good', async (t) => {
  const { offsets } = layoutOf(program([['a', 8], ['b', 8], ['p', 8]], `${fill(0)}store v102, v100 offset=0 width=8\n${fill(1)}return v99`));
  t.not(offsets.a, offsets.b);
});

t.test('alignment follows the widest access that fits', async (t) => {
  const { offsets } = layoutOf(program([['a', 1], ['b', 12], ['c', 3]], `${fill(0)}${fill(1)}${fill(2)}${fill(0)}${fill(1)}${fill(2)}return v99`));
  t.equal(offsets.b! % 8, 0);
  t.equal(offsets.c! % 2, 0);
});

t.test('frames of a call chain count together, each rounded up to 32', async (t) => {
  t.same([0, 1, 32, 33].map(roundedFrame), [32, 32, 32, 64]);
  const callback = (size: number): string => `callback f ".text" {
  slot 0 x size=${size} align=8
b0 entry(v0: u64):
  v1: stack = slot 0
  zero v1 size=${size}
  return v0
}`;
  const caller = program([['a', 256]], `zero v100 size=256\nv1: u64 = call_function f(v99)\nv2: u64 = load v100 width=8\nreturn v2`);
  t.strictSame(generate(parseModule(caller + callback(256))).tooLarge, []);
  t.strictSame(generate(parseModule(caller + callback(264))).tooLarge, ['p']);
  t.strictSame(generate(parseModule(program([['a', 300], ['b', 300]], `${fill(0)}${fill(1)}${fill(0)}return v99`))).tooLarge, ['p']);
});

t.test('functions that call each other in a circle are a Bug', async (t) => {
  const f = (name: string, callee: string): string => `callback ${name} ".text" {\nb0 entry(v0: u64):\n  v1: u64 = call_function ${callee}(v0)\n  return v1\n}\n`;
  t.throws(() => generate(parseModule(program([], 'v1: u64 = call_function f(v99)\nreturn v1') + f('f', 'g') + f('g', 'f'))), /recursion: p → f → g → f/);
});
