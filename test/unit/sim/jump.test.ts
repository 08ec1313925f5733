import t from 'tap';
import type { Insn } from '../../../lib/model/bpf/insn.js';
import type { Condition } from '../../../lib/model/bpf/opcodes.js';
import { R0, R1, R2, R10 } from '../../../lib/model/bpf/registers.js';
import { faults, machineOf, retval, run } from './support.js';

const rows: [a: bigint, condition: Condition, b: bigint, wide: boolean, narrow: boolean][] = [
  [1n, '==', 1n, true, true],
  [0x1_0000_0001n, '==', 1n, false, true],
  [1n, '!=', 2n, true, true],
  [0x1_0000_0001n, '!=', 1n, true, false],
  [-1n, '>', 1n, true, true],
  [1n, '>', 1n, false, false],
  [1n, '>=', 1n, true, true],
  [1n, '<', -1n, true, true],
  [0x1_0000_0000n, '<', 1n, false, true],
  [1n, '<=', 1n, true, true],
  [2n, '<=', 1n, false, false],
  [-1n, 's>', 1n, false, false],
  [1n, 's>', -1n, true, true],
  [0x8000_0000n, 's>', 1n, true, false],
  [-1n, 's>=', -1n, true, true],
  [-2n, 's<', -1n, true, true],
  [0x8000_0000n, 's<', 1n, false, true],
  [-1n, 's<=', -1n, true, true],
  [1n, 's<=', -1n, false, false],
  [6n, '&', 2n, true, true],
  [6n, '&', 1n, false, false],
  [0x1_0000_0000n, '&', -1n, true, false],
];

for (const [a, condition, b, wide, narrow] of rows) {
  for (const width of [64, 32] as const) {
    t.test(`${width} bit: ${a} ${condition} ${b}`, async (t) => {
      const want = (width === 64 ? wide : narrow) ? 1n : 0n;
      const byRegister = retval((asm) => {
        const taken = asm.label('taken');
        asm.loadImm64(R1, a).loadImm64(R2, b);
        asm[width === 64 ? 'jumpIf' : 'jumpIf32'](R1, condition, R2, taken).mov64(R0, 0).exit().place(taken).mov64(R0, 1).exit();
      });
      t.equal(byRegister, want);
      const byImmediate = retval((asm) => {
        const taken = asm.label('taken');
        asm.loadImm64(R1, a);
        asm[width === 64 ? 'jumpIf' : 'jumpIf32'](R1, condition, Number(b), taken).mov64(R0, 0).exit().place(taken).mov64(R0, 1).exit();
      });
      t.equal(byImmediate, want);
    });
  }
}

t.test('goto over an lddw counts slots', async (t) => {
  t.equal(retval((asm) => {
    const end = asm.label('end');
    const start = asm.label('start');
    asm.mov64(R0, 7).jump(start).place(end).exit().place(start).loadImm64(R1, 1n).jumpIf(R1, '==', 1, end).jump(end);
  }), 7n);
});

t.test('gotol takes its distance from imm', async (t) => {
  const insns: Insn[] = [
    { opcode: 0xb7, dst: 0, src: 0, off: 0, imm: 3 },
    { opcode: 0x06, dst: 0, src: 0, off: 0, imm: 1 },
    { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
    { opcode: 0x05, dst: 0, src: 0, off: -2, imm: 0 },
  ];
  t.equal(retval(insns), 3n);
});

t.test('a loop counts its instructions', async (t) => {
  const result = run((asm) => {
    const again = asm.label('again');
    asm.mov64(R0, 0).place(again).add64(R0, 1).jumpIf(R0, '<', 10, again).exit();
  });
  t.same(result, { retval: 10n, instructions: 22 });
});

t.test('an endless loop uses up its budget', async (t) => {
  const endless = machineOf((asm) => {
    const again = asm.label('again');
    asm.mov64(R0, 0).place(again).add64(R0, 1).jump(again);
  });
  faults(t, () => endless.run('main'), /instruction budget is used up/);
  faults(t, () => endless.run('main', { budget: 3 }), /instruction budget/);
});

t.test('control flow that is refused before running', async (t) => {
  const exit: Insn = { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 };
  const goTo = (off: number): Insn => ({ opcode: 0x05, dst: 0, src: 0, off, imm: 0 });
  faults(t, () => machineOf([goTo(5), exit]), /jump to slot 6, which is no instruction/);
  faults(t, () => machineOf([goTo(-2), exit]), /jump to slot -1/);
  faults(t, () => machineOf([goTo(1), { opcode: 0x18, dst: 0, src: 0, off: 0, imm: 1n }, exit]), /jump to slot 2, which is no instruction/);
  faults(t, () => machineOf([goTo(1), exit, exit]), /unreachable instruction/);
  faults(t, () => machineOf([{ opcode: 0xb7, dst: 0, src: 0, off: 0, imm: 0 }]), /falls off the end/);
  faults(t, () => machineOf([]), /no instructions/);
  faults(t, () => machineOf([{ opcode: 0x15, dst: 0, src: 1, off: 0, imm: 0 }, exit]), /reserved fields/);
});

t.test('exit needs r0', async (t) => {
  faults(t, () => run((asm) => asm.exit()), /r0 is read but was never written/);
});

t.test('return values that a program type forbids', async (t) => {
  faults(t, () => run((asm) => asm.mov64(R0, 1).exit(), { section: 'fentry/vfs_read' }), /fentry program must return 0, not 1/);
  faults(t, () => run((asm) => asm.mov64(R0, 2).exit(), { section: 'iter/task' }), /iter program must return 0 or 1/);
  t.equal(retval((asm) => asm.mov64(R0, 1).exit(), { section: 'iter/task' }), 1n);
});

t.test('comparing with an unset register', async (t) => {
  faults(t, () => run((asm) => {
    const end = asm.label('end');
    asm.mov64(R0, 0).jumpIf(R10, '==', R2, end).place(end).exit();
  }), /r2 is read/);
});
