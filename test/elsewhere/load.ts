// Runs built programs on the machine that it runs on: `node scripts/run.mjs test/elsewhere/load.ts FOLDER`.
//
//   in     FOLDER/KERNEL/NUMBER.tbpf; the number is that of the program in programs.ts
//   out    one line of JSON for each: what became of it, beside what compiling its script here gives
//   idea   the verifier takes all of its programs, begin and end run, nothing is attached: so no other process is looked at

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeProgramFile } from '../../lib/api/program-file.js';
import { LoadError, NotSupportedError, TbpfError } from '../../lib/model/diagnostics/errors.js';
import { fitToMachine } from '../../lib/trace/fit.js';
import { relocatedElsewhere } from '../../lib/trace/relocations.js';
import { kernelTarget, runCompiledOnKernel, runOnKernel } from '../helpers/kernel-session.js';
import { programs } from './programs.js';

export interface Outcome {
  /** the kernel that it was compiled for */
  readonly kernel: string;
  readonly number: number;
  /** same: it printed what the script prints that is compiled here;  other: something else;  refused: with a reason;  failed: the verifier took it not */
  readonly what: 'same' | 'other' | 'refused' | 'failed';
  readonly text?: string;
  /** the script cannot be run here, either */
  readonly alien?: true;
}

const folder = process.argv[2]!;
const all = programs();
/** What each script prints that is compiled here; undefined: it cannot be run here. */
const here = all.map(({ script }): string | undefined => {
  try {
    const { stdout, diagnostics } = runOnKernel(script, { warnings: false });
    return diagnostics.some(({ severity }) => severity === 'error') ? undefined : stdout;
  } catch (error) {
    if (error instanceof NotSupportedError) return undefined;
    throw error;
  }
});

for (const kernel of readdirSync(folder)) {
  for (const name of readdirSync(join(folder, kernel))) {
    const number = Number.parseInt(name, 10);
    const expected = here[number];
    console.log(JSON.stringify({ kernel, number, ...run(join(folder, kernel, name), expected), ...(expected === undefined && { alien: true as const }) } satisfies Outcome));
  }
}

function run(path: string, expected: string | undefined): Pick<Outcome, 'what' | 'text'> {
  const { elf, parsed } = decodeProgramFile(readFileSync(path), path);
  try {
    const fitted = fitToMachine({ elf, manifest: parsed }, kernelTarget());
    const { stdout } = runCompiledOnKernel({ ...fitted, elf: relocatedElsewhere(fitted.elf, parsed.origin, kernelTarget()) }, { warnings: false });
    return stdout === expected ? { what: 'same' } : { what: 'other', text: stdout };
  } catch (error) {
    if (error instanceof NotSupportedError) return { what: 'refused', text: error.message };
    if (error instanceof LoadError) return { what: 'failed', text: error.message };
    if (error instanceof TbpfError && error.code === 'ERR_ELSEWHERE') return { what: 'refused', text: error.message.replace(/^.*? differs: /, '') };
    throw error;
  }
}
