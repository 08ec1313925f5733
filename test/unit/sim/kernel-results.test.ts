// The machine against a real kernel: return values of 1000 random programs, recorded once.
//
//   facts  kernel-results.txt: low 32 bits in hexadecimal, from BPF_PROG_TEST_RUN of the same programs as raw tracepoint programs on
//          Linux 6.18, x86-64, JIT; 1000 programs of seed 20240518, all of which that kernel's verifier accepted

import t from 'tap';
import { readFileSync } from 'node:fs';
import { disassemble } from '../../../lib/model/bpf/disassembler.js';
import { randomPrograms } from './random-programs.js';
import { machineOf } from './support.js';

const SEED = 20240518;
const recorded = readFileSync(new URL('kernel-results.txt', import.meta.url), 'utf8').trim().split(/\s+/);

t.test('1000 random programs return what Linux 6.18 returned', async (t) => {
  t.equal(recorded.length, 1000);
  randomPrograms(SEED, recorded.length).forEach((insns, index) => {
    const result = BigInt.asUintN(32, machineOf(insns).run('main').retval).toString(16).padStart(8, '0');
    if (result !== recorded[index]) t.equal(result, recorded[index], `program ${index}:\n${disassemble(insns).join('\n')}`);
  });
});
