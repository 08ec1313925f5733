// Runs random programs of the language: compiled once, the same bytes in the simulator and on the kernel.
//
//   in     seeds; a seed is a program, whatever else is run with it
//   out    where a program printed, or ended with, something else than language.md says
//   idea   small programs find as much as large ones for a tenth of the time, so most are small; each tenth is also proved: every allocation and every
//          pass is checked, and the program as it was lowered runs besides
//   facts  bytes go to the kernel as they went to the simulator, which therefore has the running kernel's types

import type { Test } from 'tap';
import { compile, type Compiled } from '../../lib/compile.js';
import { Config } from '../../lib/language/config.js';
import { renderDiagnostics } from '../../lib/model/diagnostics/render.js';
import { Source } from '../../lib/model/source/source.js';
import type { Target } from '../../lib/model/target/target.js';
import { runCompiledOnKernel } from './kernel-session.js';
import { randomProgram } from './random-programs.js';
import { runCompiledInSim } from './sim-session.js';

export interface Difference {
  readonly seed: number;
  readonly where: 'simulator' | 'simulator, as lowered' | 'kernel';
  readonly script: string;
  readonly printed: string;
  readonly expected: string;
}

const sizes = [1, 3, 1, 2, 5, 1, 2, 1, 3, 2];

/** About how many statements the program of a seed has. */
export const sizeOf = (seed: number): number => (seed % 200 === 199 ? 30 : seed % 50 === 49 ? 12 : sizes[seed % sizes.length]!);

/** From one to another, or what TBPF_PROGRAMS says: `from-to`, or one seed. */
export function seedsOf(first: number, last: number): number[] {
  const [from = 1, to = from] = (process.env['TBPF_PROGRAMS'] ?? `${first}-${last}`).split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** A test of these seeds; the parameters as differences() has them. */
export function comparePrograms(t: Pick<Test, 'equal' | 'comment' | 'pass'>, seeds: readonly number[], target: Target, kernel: boolean, simulates = true): void {
  for (const { seed, where, script, printed, expected } of differences(seeds, target, kernel, simulates)) {
    t.equal(printed, expected, `seed ${seed}, ${where}`);
    t.comment(script);
  }
  t.pass(`${seeds.length} programs`);
}

/** @param kernel  whether the programs also run on the kernel, which `target` then is
 *  @param simulates  false: on the kernel alone, and without proofs, where the same seeds are simulated elsewhere */
export function* differences(seeds: Iterable<number>, target: Target, kernel: boolean, simulates = true): Generator<Difference> {
  const before = process.env['TBPF_CHECK'];
  for (const seed of seeds) {
    const { script, expected, status } = randomProgram(seed, sizeOf(seed));
    const proved = seed % 10 === 9 && simulates;
    process.env['TBPF_CHECK'] = proved ? '1' : '0';
    let warned: string | undefined;
    for (const [where, run] of ways(script, target, { kernel, simulates, proved })) {
      const { stdout, stderr } = resultOf(run);
      // which values are missing and which divisors are zero is no chance either: the kernel says what the simulator says
      warned ??= stderr;
      const [printed, wanted] = [`${stdout}${stderr === warned ? '' : stderr}`, endedBy(expected, status)];
      if (printed !== wanted) yield { seed, where, script, printed: `${stdout}${stderr}`, expected: `${wanted}${warned}` };
    }
  }
  if (before === undefined) delete process.env['TBPF_CHECK'];
  else process.env['TBPF_CHECK'] = before;
}

/** The command writes two newlines when it ends. */
const endedBy = (text: string, status: number): string => `${text.trimEnd()}\nstatus ${status}\n`;

type Ran = { readonly stdout: string; readonly stderr: string; readonly status: number };

interface Ways { readonly kernel: boolean; readonly simulates: boolean; readonly proved: boolean }

/** The ways to run a script; the first is the measure for warnings. */
function* ways(script: string, target: Target, { kernel, simulates, proved }: Ways): Generator<[Difference['where'], () => Ran]> {
  const options = { warnings: true };
  let made: Compiled | undefined;
  const compiled = (): Compiled => (made ??= compiledOf(script, target, true));
  if (simulates) yield ['simulator', () => runCompiledInSim(compiled(), target, options)];
  if (kernel) yield ['kernel', () => runCompiledOnKernel(compiled(), options)];
  if (proved) yield ['simulator, as lowered', () => runCompiledInSim(compiledOf(script, target, false), target, options)];
}

function compiledOf(script: string, target: Target, optimizes: boolean): Compiled {
  const { diagnostics, output } = compile(new Source('stdin', script), target, { config: new Config(), optimizes });
  if (!output) throw new Error(renderDiagnostics(diagnostics, { face: 'command' }));
  return output;
}

/** What cannot be run prints why. */
function resultOf(run: () => Ran): { readonly stdout: string; readonly stderr: string } {
  try {
    const { stdout, stderr, status } = run();
    return { stdout: endedBy(stdout, status), stderr };
  } catch (error) {
    return { stdout: String((error as Error).stack), stderr: '' };
  }
}
