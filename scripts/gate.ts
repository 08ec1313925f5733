// The gate, after set-up: what `npm test` runs. Everything that must hold before a change goes in.
//
//   in     the sources; root for the kernel tests, QEMU for the guests
//   out    what each part says, then the counts of tap and of the guests together; .cache/gate.json for .ci/run
//   idea   every part runs, also after one has failed; the counts are tap's own, a part that counts nothing (lint) only has a verdict

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { addCounts, countTap, countsLine, type Counts } from './tap-counts.js';
import type { VmSummary } from './vm/test.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
const tapFile = join(cache, 'tests.tap');
const vmFile = join(cache, 'vm/summary.json');
const gateFile = join(cache, 'gate.json');

/** What `.ci/run` reads. */
export interface GateResult extends Counts {
  /** parts that did not hold */
  failedParts: string[];
}

mkdirSync(cache, { recursive: true });
for (const file of [tapFile, vmFile, gateFile]) rmSync(file, { force: true });

const failedParts: string[] = [];
const counts: Counts[] = [];

await part('lint', process.execPath, ['scripts/run.mjs', 'scripts/lint.ts']);

// tap's readable reporters redraw the terminal; its own stream has a line per file at the margin, when the file has ended.
const stream = await part('tests', 'node_modules/.bin/tap', ['--reporter=tap'], (line) => /^(not )?ok\b/.test(line));
writeFileSync(tapFile, stream);
const tap = countTap(stream, 'tap');
if (tap.failed > 0 && !failedParts.includes('tests')) failedParts.push('tests');
for (const failure of tap.failures) console.log(`\nFAILED ${failure}`);
for (const skip of tap.skips) console.log(`skipped ${skip}`);
console.log(`tests: ${countsLine(tap)}`);
counts.push(tap);

await part('guests', process.execPath, ['scripts/run.mjs', 'scripts/vm/test.ts']);
if (existsSync(vmFile)) counts.push(...(JSON.parse(readFileSync(vmFile, 'utf8')) as VmSummary).kernels);
else if (!failedParts.includes('guests')) failedParts.push('guests');

const result: GateResult = { ...addCounts(counts), failedParts };
writeFileSync(gateFile, JSON.stringify(result));
if (failedParts.length > 0) console.log(`\nThese parts failed: ${failedParts.join(', ')}`);
console.log(countsLine(result));
if (failedParts.length > 0 || result.failed > 0 || result.passed === 0) process.exitCode = 1;

/** Runs a part; its output goes on as it comes, or only the lines that `show` picks. Resolves to what it wrote on stdout, when filtered. */
async function part(name: string, command: string, args: string[], show?: (line: string) => boolean): Promise<string> {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', show ? 'pipe' : 'inherit', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const lines: string[] = [];
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(`${line}\n`);
      if (show?.(line)) console.log(line);
    }
  }
  const status = await ended;
  console.log(`== ${name}: ${status === 0 ? 'ok' : 'FAILED'}, ${Math.round((Date.now() - started) / 1000)} s`);
  if (status !== 0) failedParts.push(name);
  return lines.join('');
}
