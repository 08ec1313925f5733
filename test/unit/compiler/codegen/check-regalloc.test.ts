// The check must notice every way of spoiling an allocation.

import t from 'tap';
import type { AllocatedFunc, AllocatedItem } from '../../../../lib/compiler/codegen/allocated.js';
import { checkRegalloc } from '../../../../lib/compiler/codegen/check-regalloc.js';
import { layoutBlocks } from '../../../../lib/compiler/codegen/layout.js';
import type { MachineInsn } from '../../../../lib/compiler/codegen/machine.js';
import { allocateRegisters } from '../../../../lib/compiler/codegen/regalloc.js';
import { select } from '../../../../lib/compiler/codegen/select.js';
import { placeStack } from '../../../../lib/compiler/codegen/stack.js';
import { parseModule } from '../../../../lib/model/ir/text.js';
import { randomModule } from '../../../random/ir-generator.js';

const source = `program p "raw_tp" {
b0 entry(v0: ctx):
  v1: u64 = load v0 offset=0 width=8
  v2: u64 = load v0 offset=8 width=8
  v3: u64 = load v0 offset=16 width=8
  v4: u64 = load v0 offset=24 width=8
  v5: u64 = load v0 offset=32 width=8
  v6: u64 = call get_current_pid_tgid()
  branch eq v1, v2 -> b1(v3, v4), b1(v4, v3)
b1 x(v7: u64, v8: u64):
  v9: u64 = sub v7, v8
  v10: u64 = sub v5, v9
  v11: u64 = call_function f(v10, v9, v6, v1, v2)
  v12: u64 = add v11, v9
  return v12
}
callback f ".text" {
b0 entry(v0: u64, v1: u64, v2: u64, v3: u64, v4: u64):
  return v0
}`;

function allocate(seed?: number): AllocatedFunc {
  const module = seed === undefined ? parseModule(source) : randomModule(seed, { size: 40, variables: 8 });
  const func = select(module.functions[0]!);
  layoutBlocks(func);
  return allocateRegisters(func);
}

const check = (allocated: AllocatedFunc): void => checkRegalloc(allocated, placeStack(allocated.func, allocated.blockStarts, allocated.spills));

function changed(allocated: AllocatedFunc, change: (item: AllocatedItem) => AllocatedItem | undefined): AllocatedFunc {
  return { ...allocated, blocks: allocated.blocks.map((items) => items.flatMap((item) => change(item) ?? [])) };
}

/** Changes only the nth of the items that `pick` accepts. */
function nth(n: number, pick: (item: AllocatedItem) => boolean, change: (item: AllocatedItem) => AllocatedItem | undefined): (item: AllocatedItem) => AllocatedItem | undefined {
  let seen = 0;
  return (item) => (pick(item) && seen++ === n ? change(item) : item);
}

t.test('a sound allocation passes', async () => check(allocate()));

t.test('a missing move is noticed', async (t) => {
  const allocated = allocate();
  const moves = allocated.blocks.flat().filter((item) => item.kind === 'move').length;
  t.ok(moves > 8);
  for (let n = 0; n < moves; n++) t.throws(() => check(changed(allocated, nth(n, (i) => i.kind === 'move', () => undefined))), /check-regalloc/, `move ${n}`);
});

t.test('a wrong register in an operand is noticed', async (t) => {
  const allocated = allocate();
  const isAlu = (item: AllocatedItem): boolean => item.kind === 'insn' && item.insn.kind === 'alu';
  for (let n = 0; n < allocated.blocks.flat().filter(isAlu).length; n++) {
    const spoil = (item: AllocatedItem): AllocatedItem => {
      const { insn } = item as { insn: MachineInsn & { kind: 'alu' } };
      return { ...item, insn: { ...insn, a: (insn.a + 1) % 10 } } as AllocatedItem;
    };
    t.throws(() => check(changed(allocated, nth(n, isAlu, spoil))), /check-regalloc/, `operand ${n}`);
  }
});

t.test('an operand that its own instruction overwrites is noticed', async (t) => {
  const allocated = allocate();
  const isSub = (item: AllocatedItem): boolean => item.kind === 'insn' && item.insn.kind === 'alu' && item.insn.op === 'sub' && 'reg' in item.insn.b;
  const spoil = (item: AllocatedItem): AllocatedItem => {
    const { insn } = item as { insn: MachineInsn & { kind: 'alu'; b: { reg: number } } };
    return { ...item, insn: { ...insn, dst: insn.b.reg } } as AllocatedItem;
  };
  t.throws(() => check(changed(allocated, nth(0, isSub, spoil))), /overwrites its operand/);
});

t.test('a value kept in a register that a call clobbers is noticed', async (t) => {
  const allocated = allocate();
  const swap = (reg: number): number => (reg === 6 ? 3 : reg);
  const spoilt = changed(allocated, (item) => {
    if (item.kind !== 'move') return item;
    const { to, from } = item.move;
    return { ...item, move: { to: swap(to), from: from.kind === 'reg' ? { kind: 'reg', reg: swap(from.reg) } : from } };
  });
  t.throws(() => check(spoilt), /check-regalloc/);
});

t.test('two spill slots at one place, or a slot on a spill slot, are noticed', async (t) => {
  for (let seed = 1; seed < 40; seed++) {
    const allocated = allocate(seed);
    if (allocated.spills.length < 4) continue;
    const stack = placeStack(allocated.func, allocated.blockStarts, allocated.spills);
    t.throws(() => checkRegalloc(allocated, { ...stack, spillOffsets: stack.spillOffsets.map(() => -8) }), /check-regalloc/);
    const onSpill = new Map([...stack.slotOffsets.keys()].map((slot) => [slot, stack.spillOffsets[0]!]));
    t.throws(() => checkRegalloc(allocated, { ...stack, slotOffsets: onSpill }), /which holds nothing/);
    return;
  }
  t.fail('no random program spills');
});

// ---- the calling convention ------------------------------------------------------------------------------------------

const conventions = `program p "raw_tp" {
  slot 0 key size=8 align=8
  slot 1 other size=8 align=8
b0 entry(v0: ctx):
  v1: u64 = load v0 offset=0 width=8
  v2: u64 = load v0 offset=8 width=8
  v3: u64 = call_function f(v1, v2, v1, v2, v1)
  v4: stack = slot 0
  store v4, v3 offset=0 width=8
  v5: u64 = atomic_cmpxchg v4, v1, v2 offset=0 width=8
  return v5
}
callback f ".text" {
b0 entry(v0: u64, v1: u64, v2: u64, v3: u64, v4: u64):
  v5: u64 = sub v4, v0
  return v5
}`;

/** The allocations of these functions with one kind of instruction changed, where there is such an instruction. */
function spoilt(change: (insn: MachineInsn) => MachineInsn | undefined): readonly AllocatedFunc[] {
  return parseModule(conventions).functions.flatMap((each) => {
    const func = select(each);
    layoutBlocks(func);
    const allocated = allocateRegisters(func);
    check(allocated);
    const isSpoilt = (item: AllocatedItem): boolean => item.kind === 'insn' && change(item.insn) !== undefined;
    if (!allocated.blocks.flat().some(isSpoilt)) return [];
    return [changed(allocated, (item) => (item.kind === 'insn' ? { ...item, insn: change(item.insn) ?? item.insn } : item))];
  });
}

const wrongConventions: readonly [title: string, change: (insn: MachineInsn) => MachineInsn | undefined, complaint: RegExp][] = [
  ['arguments of a call in each other\'s registers', (insn) => (insn.kind === 'call' ? { ...insn, args: [insn.args[2]!, insn.args[1]!, insn.args[0]!, insn.args[3]!, insn.args[4]!] } : undefined), /operand 1 belongs in r1/],
  ['arguments of a call in one register', (insn) => (insn.kind === 'call' ? { ...insn, args: insn.args.map(() => insn.args[0]!) } : undefined), /operand 2 belongs in r2/],
  ['an argument of a call in r6', (insn) => (insn.kind === 'call' ? { ...insn, args: insn.args.map((arg, i) => (i === 4 ? { kind: 'reg', reg: 6 } : arg)) } : undefined), /operand 5 belongs in r5/],
  ['the result of a call in r1', (insn) => (insn.kind === 'call' ? { ...insn, dst: 1 } : undefined), /result 1 comes in r0/],
  ['a call without its last argument', (insn) => (insn.kind === 'call' ? { ...insn, args: insn.args.slice(0, 4) } : undefined), /other operands/],
  ['a call of another function', (insn) => (insn.kind === 'call' ? { ...insn, callee: { kind: 'function', name: 'g' } } : undefined), /another instruction/],
  ['what a function returns in r1', (insn) => (insn.kind === 'exit' ? { ...insn, value: { kind: 'reg', reg: 1 } } : undefined), /operand 1 belongs in r0/],
  ['what a function returns in no register', (insn) => (insn.kind === 'exit' ? { ...insn, value: { kind: 'imm', imm: 0n } } : undefined), /from no register/],
  ['parameters of a function in each other\'s registers', (insn) => (insn.kind === 'arguments' && insn.dsts.length > 1 ? { ...insn, dsts: [...insn.dsts].reverse() } : undefined), /result 1 comes in r1/],
  ['cmpxchg that compares with r2', (insn) => (insn.kind === 'atomic' ? { ...insn, expected: 2 } : undefined), /operand \d belongs in r0/],
  ['the result of cmpxchg in r2', (insn) => (insn.kind === 'atomic' ? { ...insn, dst: 2 } : undefined), /result 1 comes in r0/],
  ['another operation', (insn) => (insn.kind === 'alu' ? { ...insn, op: 'add' } : undefined), /another instruction/],
  ['another width', (insn) => (insn.kind === 'store' ? { ...insn, width: 4 } : undefined), /another instruction/],
  ['another offset', (insn) => (insn.kind === 'load' ? { ...insn, address: { ...insn.address, offset: insn.address.offset + 8 } } : undefined), /another instruction/],
];

for (const [title, change, complaint] of wrongConventions) {
  t.test(`${title}: noticed`, async (t) => {
    const wrong = spoilt(change);
    t.ok(wrong.length > 0);
    for (const allocated of wrong) t.throws(() => check(allocated), complaint);
  });
}

const throughRegisters: readonly [title: string, code: string][] = [
  ['a store through a register', 'v20: stack = add v10, v9\n  store v20, v9 offset=0 width=8'],
  ['a store through a register that points into one of two slots', 'v19: stack = slot 1\n  branch eq v1, v9 -> b1(v10), b1(v19)\nb1 x(v20: stack):\n  v21: stack = add v20, v9\n  store v21, v9 offset=0 width=8'],
  ['a call that gets a register', 'v20: stack = add v10, v9\n  v21: s64 = call probe_read_kernel(v20, v9, v0)'],
];

for (const [title, code] of throughRegisters) {
  t.test(`${title} into a spill slot: noticed`, async (t) => {
    const loads = [1, 2, 3, 4, 5, 6, 7].map((n) => `  v${n}: u64 = load v0 offset=${n * 8} width=8`).join('\n');
    const sums = [2, 3, 4, 5, 6, 7].map((n) => `  v${n + 30}: u64 = xor v${n === 2 ? 1 : n + 29}, v${n}`).join('\n');
    const func = select(parseModule(`program p "raw_tp" {
  slot 0 buffer size=64 align=8
  slot 1 other size=64 align=8
b0 entry(v0: ctx):
${loads}
  v8: u64 = call get_current_pid_tgid()
  v11: u64 = const 56
  v9: u64 = and v8, v11
  v10: stack = slot 0
  ${code}
${sums}
  return v37
}`).functions[0]!);
    layoutBlocks(func);
    const allocated = allocateRegisters(func);
    const stack = placeStack(func, allocated.blockStarts, allocated.spills);
    checkRegalloc(allocated, stack);
    t.ok(stack.spillOffsets.length > 0, 'something is spilled');
    for (const [slot] of stack.slotOffsets) {
      if (slot.name === 'other' && !code.includes('slot 1')) continue;
      const onSpill = new Map(stack.slotOffsets).set(slot, Math.min(...stack.spillOffsets) - 8);
      t.throws(() => checkRegalloc(allocated, { ...stack, slotOffsets: onSpill }), /which holds nothing/, slot.name);
    }
  });
}
