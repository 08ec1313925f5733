// Copies of instructions that user probes are tried on: the kernel refuses there what it refuses elsewhere, and takes what needs no trying.

import t from 'tap';
import { programType, attachType } from '../../../lib/model/bpf/uapi.js';
import { takesProbe } from '../../../lib/model/target/x86-instructions.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { lacking, needs } from '../../helpers/needs.js';

const STRIDE = 16;
/** r0 = 0; exit */
const returnZero = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

t.test('a copy of code', async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  if (process.arch !== 'x64') return t.plan(0, 'instructions of x86_64');
  const native = loadNative();
  const several = lacking('uprobe_multi') === undefined;
  const program = native.loadProgram({ name: 'tbpf_test', type: programType.kprobe, insns: returnZero, ...(several ? { expectedAttachType: attachType.trace_uprobe_multi } : {}) });
  t.teardown(() => program.close());

  /** The errors of probes on these instructions, '' for those that are taken. */
  const tried = (instructions: readonly (readonly number[])[]): string[] => {
    const copy = native.copyCode(Uint8Array.from(instructions.flatMap((bytes) => [...bytes, ...new Array<number>(STRIDE - bytes.length).fill(0)])));
    try {
      return instructions.map((_, index) => {
        const offset = BigInt(index * STRIDE);
        try {
          program.attach(several ? { kind: 'uprobeMulti', path: copy.path, offsets: [offset], pid: process.pid } : { kind: 'uprobe', path: copy.path, offset, pid: process.pid }).close();
          return '';
        } catch (error) {
          return (error as { code: string }).code;
        }
      });
    } finally {
      copy.close();
    }
  };

  t.test('the kernel refuses', async (t) => {
    t.strictSame(tried([[0xf0, 0x83, 0x07, 0x01], [0x55], [0xf4], [0x0f, 0x05], [0xf0, 0xff, 0x0f]]), ['ENOTSUPP', '', 'ENOTSUPP', '', 'ENOTSUPP']);
  });

  t.test('what is said to take a probe takes one', async (t) => {
    const opcodes = Array.from({ length: 256 }, (_, opcode) => opcode);
    const instructions = [[0xf3, 0x0f, 0x1e, 0xfa], ...opcodes.map((opcode) => [opcode]), ...opcodes.map((opcode) => [0x48, opcode])].filter((bytes) => takesProbe(Uint8Array.from([...bytes, 0, 0])));
    t.ok(instructions.length > 200, `${instructions.length} instructions`);
    const wrong = tried(instructions).flatMap((code, index) => (code === '' ? [] : [`${Buffer.from(instructions[index]!).toString('hex')}: ${code}`]));
    t.strictSame(wrong, []);
  });

  t.test('a closed copy', async (t) => {
    const copy = native.copyCode(new Uint8Array(1));
    copy.close();
    copy.close();
    t.equal(copy.closed, true);
    t.throws(() => copy.path, { code: 'ERR_CLOSED' });
    t.throws(() => native.copyCode(new Uint8Array(0)), { code: 'ERR_ARG' });
  });
});
