// A process of `npm run test:random`: runs the seeds it is given and reports each.
//
//   in     WHAT FROM TO on its command line; see run.ts
//   out    a Report for each seed, over IPC
//   idea   a process of its own for each batch: what hangs can be ended, and what a batch leaves behind ends with it

import { answerTo, damagedOf } from '../errors/answer.js';
import { kernelTarget } from '../helpers/kernel-session.js';
import { differences } from '../helpers/random-run.js';

export type What = 'programs' | 'damaged';

export interface Report {
  readonly seed: number;
  /** CPU that the seed took */
  readonly ms: number;
  readonly compiled: boolean;
  /** what went wrong, with the script */
  readonly faults: readonly string[];
}

const runs: Readonly<Record<What, (seed: number) => Omit<Report, 'seed' | 'ms'>>> = {
  programs(seed) {
    const found = [...differences([seed], kernelTarget(), true)];
    return { compiled: true, faults: found.map(({ where, script, printed, expected }) => `${where}\n${script}\nprinted:\n${printed}\nexpected:\n${expected}`) };
  },
  damaged(seed) {
    const { text, damage } = damagedOf(seed);
    const { compiled, wrong } = answerTo(text, damage);
    return { compiled, faults: wrong === undefined ? [] : [`${damage.title}: ${wrong}\n${text}`] };
  },
};

const [what, from, to] = process.argv.slice(2);
const run = runs[what as What];
// what is read once (types, symbols, the corpus) is no seed's
run(0);
for (let seed = Number(from); seed <= Number(to); seed++) {
  const before = process.cpuUsage();
  const result = run(seed);
  const { user, system } = process.cpuUsage(before);
  process.send!({ seed, ms: (user + system) / 1000, ...result } satisfies Report);
}
process.disconnect();
