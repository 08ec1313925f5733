// Random programs of the language print on the kernel what they print in the simulator, and what chapter 2 of the language says.
// A failure prints its seed; TBPF_PROGRAMS=from-to runs other seeds, TBPF_PROGRAMS=n just one.

import t from 'tap';
import { kernelTarget } from '../../helpers/kernel-session.js';
import { needs } from '../../helpers/needs.js';
import { comparePrograms, seedsOf } from '../../helpers/random-run.js';
import { isSlow } from '../../helpers/tool-load.js';

t.test('random programs print on the kernel what the language says', async (t) => {
  if (!needs(t, 'root', 'btf', 'bpf_loop')) return;
  // a guest's emulated CPUs take ten times as long for a program; the machine simulates the same ones
  comparePrograms(t, seedsOf(1, isSlow ? 200 : 1000), kernelTarget(), true, !isSlow);
});
