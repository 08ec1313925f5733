import t from 'tap';
import type { Insn } from '../../../lib/model/bpf/insn.js';
import { R0, R1, R2, R3, R4, R5, R6, R7, R10 } from '../../../lib/model/bpf/registers.js';
import { helper } from '../../../lib/model/bpf/uapi.js';
import { Source } from '../../../lib/model/source/source.js';
import { type Machine } from '../../../lib/sim/index.js';
import type { Build } from './support.js';
import { assemble, faults, machineOf, map, retval, run, u64 } from './support.js';

t.test('a subprogram gets r1-r5, keeps r6-r9 of its caller and gives r0', async (t) => {
  const result = run((asm) => asm.mov64(R6, 100).mov64(R1, 1).mov64(R2, 2).mov64(R3, 3).mov64(R4, 4).mov64(R5, 5).callFunction('sum').add64(R0, R6).exit(), {
    subprograms: { sum: (asm) => asm.mov64(R6, 0).add64(R6, R1).add64(R6, R2).add64(R6, R3).add64(R6, R4).add64(R6, R5).mov64(R0, R6).exit() },
  });
  t.same(result, { retval: 115n, instructions: 17 });
});

t.test('a subprogram may use the stack of its caller, which may not use the stack of the subprogram', async (t) => {
  const fill: Build = (asm) => asm.store(R1, 0, 9, 'u64').mov64(R0, R10).exit();
  t.equal(retval((asm) => asm.mov64(R1, R10).add64(R1, -8).callFunction('fill').load(R0, R10, -8, 'u64').exit(), { subprograms: { fill } }), 9n);
  const leak: Build = (asm) => asm.store(R10, -8, 9, 'u64').mov64(R0, R10).exit();
  faults(t, () => run((asm) => asm.callFunction('leak').load(R0, R0, -8, 'u64').exit(), { subprograms: { leak } }), /stack frame 1, which is gone/);
});

const clobbered: [title: string, build: Build, reason: RegExp][] = [
  ['r1 after a helper', (asm) => asm.mov64(R1, 1).call(helper.get_smp_processor_id).mov64(R0, R1).exit(), /r1 is read .* clobbered by a call/],
  ['r5 after a subprogram', (asm) => asm.mov64(R5, 1).callFunction('nop').mov64(R0, R5).exit(), /r5 is read/],
  ['r6 in a subprogram', (asm) => asm.mov64(R6, 1).callFunction('uses6').exit(), /r6 is read/],
  ['an unset argument of a helper', (asm) => asm.mov64(R1, R10).add64(R1, -16).call(helper.get_current_comm).exit(), /r2 is read/],
  ['r0 of a subprogram without result', (asm) => asm.callFunction('nothing').exit(), /r0 is read/],
  ['r0 after a helper without result', (asm) => {
    const end = asm.label('end');
    asm.loadMap(R1, 'ring').mov64(R2, 8).mov64(R3, 0).call(helper.ringbuf_reserve).jumpIf(R0, '==', 0, end)
      .mov64(R1, R0).mov64(R2, 0).call(helper.ringbuf_discard).place(end).exit();
  }, /r0 is read/],
];
for (const [title, build, reason] of clobbered) {
  t.test(`fault: ${title}`, async (t) => {
    const subprograms: Record<string, Build> = {
      nop: (asm) => asm.mov64(R0, 0).exit(), uses6: (asm) => asm.mov64(R0, R6).exit(), nothing: (asm) => asm.mov64(R1, 0).exit(),
    };
    faults(t, () => run(build, { subprograms, maps: [map('ring', 'ringbuf', 0, 0, 4096)] }), reason);
  });
}

t.test('limits of the call stack', async (t) => {
  const recurse: Build = (asm) => asm.callFunction('f').mov64(R0, 0).exit();
  faults(t, () => run(recurse, { subprograms: { f: recurse } }), /call stack of 9 frames is too deep, 8 is the limit/);
  const wide: Build = (asm) => asm.store(R10, -264, 0, 'u64').callFunction('g').mov64(R0, 0).exit();
  const g: Build = (asm) => asm.mov64(R1, R10).add64(R1, -232).store(R1, 0, 0, 'u64').mov64(R0, 0).exit();
  faults(t, () => run(wide, { subprograms: { g } }), /combined stack size of 2 calls is 544. Too large/);
  faults(t, () => machineOf((asm) => asm.store(R10, -520, 0, 'u64').mov64(R0, 0).exit()), /main uses 544 bytes of stack, 512 is the limit/);
});

t.test('kernel functions come from the environment', async (t) => {
  const build: Build = (asm) => asm.mov64(R1, 20).mov64(R2, 3).callKfunc('bpf_sub').exit();
  const bpfSub = (_: Machine, [a, b]: readonly (bigint | undefined)[]): bigint => a! - b!;
  t.equal(retval(build, { environment: { kfuncs: { bpf_sub: bpfSub } } }), 17n);
  faults(t, () => run(build), /kernel function bpf_sub is not modelled/);
});

t.test('calls that are refused before running', async (t) => {
  const exit: Insn = { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 };
  const call = (over: Partial<Insn>): Insn[] => [{ opcode: 0x85, dst: 0, src: 0, off: 0, imm: 0, ...over }, exit];
  faults(t, () => machineOf(call({ imm: 9999 })), /no kernel has a helper 9999/);
  faults(t, () => machineOf(call({ src: 1 })), /needs a reference/);
  faults(t, () => machineOf(call({ src: 1, reference: { kind: 'function', name: 'none' } })), /there is no function none/);
  faults(t, () => machineOf(call({ src: 2 })), /needs a reference/);
  faults(t, () => machineOf(call({ reference: { kind: 'kfunc', name: 'f' } })), /has src 0/);
  faults(t, () => run(call({ imm: helper.skb_store_bytes })), /helper skb_store_bytes \(9\) is not modelled/);
});

t.test('names in an object are unique', async (t) => {
  const end: Build = (asm) => asm.mov64(R0, 0).exit();
  faults(t, () => machineOf(end, { subprograms: { main: end } }), /two functions are named main/);
  faults(t, () => machineOf(end, { maps: [map('m', 'hash', 4, 4, 1), map('m', 'hash', 4, 4, 1)] }), /two maps are named m/);
});

t.test('wrong questions of a test are its own errors', async (t) => {
  const machine = machineOf((asm) => asm.mov64(R0, 0).exit(), { subprograms: { sub: (asm) => asm.mov64(R0, 0).exit() } });
  t.throws(() => machine.run('none'), new RangeError('the object has no program none'));
  t.throws(() => machine.run('sub'), new RangeError('the object has no program sub'));
  t.throws(() => machine.run('main', { cpu: 4 }), new RangeError('there is no CPU 4, only 4'));
  t.throws(() => machine.map('none'), new RangeError('the object has no map none'));
  t.throws(() => machine.activation, /no program is running/);
});

t.test('a program can be interrupted by another at a helper', async (t) => {
  const seen: bigint[] = [];
  const counting: Build = (asm) => asm.mov64(R7, R1).store(R10, -8, 1, 'u64').call(helper.get_smp_processor_id).load(R1, R10, -8, 'u64').add64(R0, R1).exit();
  const machine: Machine = machineOf(counting, {
    environment: {
      onHelper: (name, on) => {
        if (name === 'get_smp_processor_id' && seen.length === 0) {
          seen.push(0n);
          seen.push(on.run('main', { cpu: 2 }).retval);
        }
      },
    },
  });
  t.same(machine.run('main', { cpu: 1 }), { retval: 2n, instructions: 6 });
  t.same(seen, [0n, 3n]);
});

t.test('a fault says where, what and with which registers', async (t) => {
  const source = new Source('stdin', 'BEGIN { @x[1] = 2 }');
  const insns = assemble((asm) => asm.mov64(R6, 17).store(R10, -8, 3, 'u64').mov64(R1, R10).callFunction('sub').exit());
  const sub = assemble((asm) => asm.mov64(R2, R1).at(source.span(8, 17)).comment('value of @x').load(R0, R1, 8, 'u64').exit());
  const fault = faults(t, () => machineOf(insns, { subprograms: { sub } }).run('main'), /load of 8 bytes/);
  t.equal(fault?.message, "main: sub instruction 1 (slot 1) 'r0 = *(u64 *)(r1 + 8)  # value of @x': load of 8 bytes at fp+8, outside the 512 bytes of frame 0");
  const lines = fault?.toString().split('\n') ?? [];
  t.equal(lines[0], 'SimFault: load of 8 bytes at fp+8, outside the 512 bytes of frame 0');
  t.equal(lines[2], '  script: stdin:1:9-18: @x[1] = 2');
  t.equal(lines[3], '  called by main instruction 3');
  t.equal(lines[4], '  r0  unset');
  t.match(lines[5], /^ {2}r1 {2}0xffffc9[0-9a-f]+ \(frame 0: fp\+?0\)$/);
  t.equal(lines.length, 15);
  t.same(fault?.place?.index, 1);
});

t.test('exit with a record that was reserved', async (t) => {
  const machine = machineOf((asm) => {
    asm.loadMap(R1, 'ring').mov64(R2, 8).mov64(R3, 0).call(helper.ringbuf_reserve).mov64(R0, 0).exit();
  }, { maps: [map('ring', 'ringbuf', 0, 0, 4096)] });
  faults(t, () => machine.run('main', { context: u64(1) }), /exit with a ring-buffer record of ring that was neither submitted nor discarded/);
  t.same(machine.ringBuffer('ring').drain(), []);
  t.equal(machine.ringBuffer('ring').usedBytes, 0, 'the ring is not blocked by it');
});
