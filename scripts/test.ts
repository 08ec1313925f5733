// `node scripts/run.mjs scripts/test.ts [PART OF A FILE NAME…]`: the tests on this machine, as the gate runs them.
//
//   why    `tap FILE` is for writing a test: for each file it translates all that the file imports. All of them take three times as long
//          as bundled at once and run by themselves
//   in     test/**/*.test.ts
//   out    a line per file as it ends, then failures and counts; .cache/tests.json (TapSummary) for the gate
//   idea   each file in a process of its own, two at a time; one that takes too long is ended with all it started. A few that fail are run once
//          more, one at a time with nothing beside them: what fails again is a failure, what holds then is reported as unsteady

import { mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnBound } from './bound.js';
import { bundleTests } from './bundle-tests.js';
import { addFailure, addSummaries, AGAIN_AT_MOST, countTap, countsLine, type TapSummary } from './tap-counts.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
const JOBS = 2;
/** For what hangs, several times what the longest file takes on a busy machine. tap's own limit is shorter, so that tap reports what it waited for */
const TAP_SECONDS = 300;
const PROCESS_SECONDS = 330;

const parts = process.argv.slice(2);
const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts')).sort().map((name) => `test/${name}`)
  .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)));
mkdirSync(cache, { recursive: true });
const modules = await bundleTests(tests, join(cache, 'tests'));
const scratch = mkdtempSync(join(tmpdir(), 'tbpf-tests-'));
const waiting = tests.map((name, i) => ({ name, module: modules[i]! }));
const summaries = new Map<{ name: string; module: string }, TapSummary>();

await Promise.all(Array.from({ length: JOBS }, async () => {
  for (let test = waiting.shift(); test; test = waiting.shift()) summaries.set(test, await runFile(test.name, test.module));
}));
const failed = [...summaries].filter(([, { failed }]) => failed > 0);
if (failed.length <= AGAIN_AT_MOST) {
  for (const [test, { failures }] of failed) {
    console.log(`once more, alone: ${test.name}`);
    const again = await runFile(test.name, test.module);
    if (again.failed === 0) again.unsteady = failures;
    summaries.set(test, again);
  }
}
rmSync(scratch, { recursive: true });
const summary = addSummaries([...summaries.values()]);
for (const failure of summary.unsteady) console.log(`\nUNSTEADY, held when run again: ${failure}`);
for (const failure of summary.failures) console.log(`\nFAILED ${failure}`);
for (const skip of summary.skips) console.log(`skipped ${skip}`);
console.log(`tests: ${countsLine(summary)}`);
writeFileSync(join(cache, 'tests.json'), JSON.stringify(summary));
if (summary.failed > 0 || summary.passed === 0) process.exitCode = 1;

async function runFile(name: string, module: string): Promise<TapSummary> {
  const base = join(scratch, name.replaceAll('/', '_'));
  const files = ['tap', 'stderr'].map((part) => openSync(`${base}.${part}`, 'w'));
  const started = Date.now();
  const child = spawnBound('TERM', process.execPath, [module], { cwd: root, stdio: ['ignore', ...files], detached: true, env: { ...process.env, TAP_TIMEOUT: String(TAP_SECONDS) } });
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), PROCESS_SECONDS * 1000);
  const end = await new Promise<{ status: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => resolve({ status, signal }));
  });
  clearTimeout(timer);
  files.forEach(closeSync);

  const counted = countTap(readFileSync(`${base}.tap`, 'utf8'), name);
  if (end.status !== 0 && counted.failed === 0) addFailure(counted, `${name}: ended by ${end.signal ?? `status ${end.status ?? 'unknown'}`}`);
  const said = readFileSync(`${base}.stderr`, 'utf8').trim();
  if (counted.failed > 0 && said) counted.failures.push(`${name}, on stderr:\n${said.split('\n').slice(-40).join('\n')}`);
  console.log(`${counted.failed === 0 ? 'ok    ' : 'FAILED'} ${name} ${((Date.now() - started) / 1000).toFixed(1)} s`);
  const named = (text: string): string => (text.startsWith(name) ? text : `${name} > ${text}`);
  return { ...counted, failures: counted.failures.map(named), skips: counted.skips.map(named) };
}
