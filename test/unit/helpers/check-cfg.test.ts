import t from 'tap';
import { Assembler } from '../../../lib/model/bpf/assembler.js';
import { R0, R1 } from '../../../lib/model/bpf/registers.js';
import { flowProblem } from '../../helpers/check-cfg.js';

const cases: [title: string, build: (asm: Assembler) => unknown, problem: string | undefined][] = [
  ['a loop that jumps back', (asm) => {
    const again = asm.label('again');
    asm.mov64(R0, 0).place(again).add64(R0, 1).jumpIf(R0, '<', 9, again).exit();
  }, undefined],
  ['a loop that falls into its test', (asm) => {
    const [body, test] = [asm.label('body'), asm.label('test')];
    asm.mov64(R0, 0).jump(test).place(body).add64(R0, 1).place(test).jumpIf(R0, '<', 9, body).exit();
  }, 'back-edge from insn 2 to 3'],
  ['an instruction behind a jump', (asm) => {
    const end = asm.label('end');
    asm.loadImm64(R0, 1n << 40n).jump(end).mov64(R1, 0).place(end).exit();
  }, 'unreachable insn 2'],
  ['no exit', (asm) => asm.mov64(R0, 0), 'insn 0 falls off the end'],
];
for (const [title, build, problem] of cases) {
  t.test(title, async (t) => {
    const asm = new Assembler();
    build(asm);
    t.equal(flowProblem(asm.finish()), problem);
  });
}
