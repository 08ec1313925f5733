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
