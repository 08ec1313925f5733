// `--mode compiler-bench`: how long compiling a script takes.
//
//   facts  the facts of the machine were read by the compilation before; what remains is the compiler alone

import { benchmarkHead, benchmarkRow } from './own-probes.js';

const LEAST_NS = 1_000_000_000;
const LEAST_ITERATIONS = 10;

/** A table as that of --bench, of at least ten compilations and a second. */
export function benchmarkOf(compile: () => unknown): string {
  const start = process.hrtime.bigint();
  for (let iterations = 1; ; iterations++) {
    compile();
    const total = Number(process.hrtime.bigint() - start);
    if (iterations >= LEAST_ITERATIONS && total >= LEAST_NS) return benchmarkHead + benchmarkRow('compile', Math.round(total / iterations), iterations);
  }
}
